// Calls of the admin API. They go to where the page came from, with the browser's own certificate.

/** What the service answered instead of what was asked for (RFC 9457). */
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail || body?.title || `The service answered ${status}`);
    this.status = status;
    this.kind = (body?.type || '').replace('urn:glados:problem:', '');
    this.pointer = body?.pointer || '';
    this.role = body?.required_scope || '';
  }
}

async function call(method, path, body, signal) {
  const asked = {method, signal, cache: 'no-store', credentials: 'same-origin', redirect: 'error'};
  if (method === 'POST' || method === 'PATCH') {
    asked.headers = {'Content-Type': 'application/json'};
    asked.body = JSON.stringify(body || {});
  }
  let answer;
  try {
    answer = await fetch(path, asked);
  } catch (fault) {
    if (fault.name === 'AbortError') throw fault;
    throw new Problem(0, {title: 'The node cannot be reached'});
  }
  const kind = (answer.headers.get('Content-Type') || '').split(';')[0];
  const text = await answer.text();
  const read = kind.endsWith('json') && text ? JSON.parse(text) : text;
  if (!answer.ok) throw new Problem(answer.status, read);
  return {status: answer.status, body: read};
}

/** The body of a GET. */
export const get = async (path, signal) => (await call('GET', path, undefined, signal)).body;

/** {status, body} of a call that changes something; 202 says that a second operator is needed. */
export const send = (method, path, body) => call(method, path, body);

const MOST_PAGES = 200;

/** Every entry of a list that comes a page at a time, from a cursor on; and the cursor at its end. */
export async function allAfter(path, member, from, signal) {
  const rows = [];
  let next = from;
  const mark = path.includes('?') ? '&' : '?';
  for (let page = 0; page < MOST_PAGES; ++page) {
    const got = await get(next ? `${path}${mark}after=${encodeURIComponent(next)}` : path, signal);
    rows.push(...got[member]);
    if (got[member].length === 0 || !got.next || got.next === next) return {rows, next};
    next = got.next;
  }
  throw new Problem(0, {title: 'The list is too long for a page: use the command line'});
}

export const all = async (path, member, signal) =>
  (await allAfter(path, member, '', signal)).rows;
