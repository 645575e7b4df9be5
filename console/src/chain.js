// The audit's chain, checked in the browser: `hash` is SHA-256 over the hash before, the sequence (8
// bytes, big endian) and the text.

const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, '0')).join('');
const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));

async function hashOf(record) {
  const body = new TextEncoder().encode(record.body);
  const text = new Uint8Array(40 + body.length);
  text.set(unhex(record.previous), 0);
  new DataView(text.buffer).setBigUint64(32, BigInt(record.sequence));
  text.set(body, 40);
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', text)));
}

/** Nothing if the records follow each other, the first one `before` (unless undefined); else why. */
export async function fault(records, before) {
  let last = before;
  for (const record of records) {
    if (last && (record.sequence !== last.sequence + 1 || record.previous !== last.hash))
      return `record ${record.sequence} does not follow ${last.sequence}`;
    if (await hashOf(record) !== record.hash)
      return `the text of record ${record.sequence} is not what was hashed`;
    last = record;
  }
  return undefined;
}

export const BEGINNING = {sequence: 0, hash: '0'.repeat(64)};
