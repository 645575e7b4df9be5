// Prometheus text into rates and percentiles: what the traffic page is drawn from.

const LINE = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;

function* readings(text) {
  for (const line of text.split('\n')) {
    if (!line || line[0] === '#') continue;
    const found = LINE.exec(line);
    if (!found) continue;
    const labels = {};
    for (const [, name, value] of (found[2] || '').matchAll(LABEL)) labels[name] = value;
    yield [found[1], labels, found[3] === '+Inf' ? Infinity : Number(found[3])];
  }
}

const empty = () => ({classes: {}, buckets: [], sum: 0, count: 0});

/** {at, routes, conversion, gauges}: counters of the provider listener at one moment. */
export function sample(text, at) {
  const routes = {};
  const codes = {};
  const gauges = {};
  const route = (labels) => (routes[labels.route] ||= empty());
  for (const [name, labels, value] of readings(text)) {
    if (labels.listener === 'admin') continue;
    if (name === 'glados_http_requests_total') {
      route(labels).classes[labels.status] = value;
    } else if (name === 'glados_http_request_seconds_bucket') {
      route(labels).buckets.push([labels.le === '+Inf' ? Infinity : Number(labels.le), value]);
    } else if (name === 'glados_http_request_seconds_count') {
      route(labels).count = value;
    } else if (name === 'glados_codes_sent_total' || name === 'glados_codes_confirmed_total') {
      const key = `${labels.country} ${labels.channel}`;
      codes[key] ||= {country: labels.country, channel: labels.channel, sent: 0, confirmed: 0};
      codes[key][name === 'glados_codes_sent_total' ? 'sent' : 'confirmed'] = value;
    } else {
      const inner = Object.entries(labels).filter(([key]) => key !== 'listener')
        .map(([, of]) => of).join(' ');
      gauges[inner ? `${name} ${inner}` : name] = value;
    }
  }
  return {at, routes, codes: Object.values(codes), gauges};
}

/** What was added to each bucket between two samples, over some routes, not cumulative. */
function added(before, after, names) {
  const sums = new Map();
  for (const name of names) {
    const now = after.routes[name]?.buckets || [];
    const then = before?.routes[name]?.buckets || [];
    let below = 0;
    now.forEach(([bound, value], i) => {
      const upto = Math.max(0, value - (then[i]?.[1] || 0));
      sums.set(bound, (sums.get(bound) || 0) + upto - below);
      below = upto;
    });
  }
  return [...sums].sort((a, b) => a[0] - b[0]);
}

/** Seconds below which `share` of the answers were, evenly spread within a bucket; null: none. */
export function percentile(before, after, names, share) {
  const buckets = added(before, after, names);
  const total = buckets.reduce((sum, [, n]) => sum + n, 0);
  if (total === 0) return null;
  let rest = total * share;
  let low = 0;
  for (const [bound, n] of buckets) {
    if (n > 0 && rest <= n)
      return bound === Infinity ? low : low + (bound - low) * (rest / n);
    rest -= n;
    if (bound !== Infinity) low = bound;
  }
  return low;
}

/** Answers a second of a route between two samples, of some classes. */
export function perSecond(before, after, names, classes = ['1xx', '2xx', '3xx', '4xx', '5xx']) {
  const span = (after.at - before.at) / 1000;
  let sum = 0;
  for (const name of names)
    for (const of of classes) {
      const now = after.routes[name]?.classes[of] || 0;
      const then = before.routes[name]?.classes[of] || 0;
      sum += Math.max(0, now - then);  // a node that was restarted begins at zero
    }
  return span > 0 ? sum / span : 0;
}
