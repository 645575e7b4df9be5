// Numbers and times as people read them. Times are UTC, as in the audit and the log.

const whole = new Intl.NumberFormat('en', {maximumFractionDigits: 0});
const tenth = new Intl.NumberFormat('en', {minimumFractionDigits: 1, maximumFractionDigits: 1});
const upto1 = new Intl.NumberFormat('en', {maximumFractionDigits: 1});
const regions = new Intl.DisplayNames(['en'], {type: 'region', fallback: 'code'});

export const count = (n) => whole.format(n);

/** 950, 12.4 k, 3.1 M. */
export function short(n) {
  if (n < 10_000) return whole.format(n);
  for (const [size, mark] of [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']])
    if (n >= size) return `${tenth.format(n / size)} ${mark}`;
  return whole.format(n);
}

/** A rate: one decimal as long as that says something. */
export const rate = (n) => (n === 0 || n >= 100 ? whole.format(n) : tenth.format(n));

/** The same at an axis. */
const upto = new Intl.NumberFormat('en', {maximumFractionDigits: 2});
export const tick = (n) => upto.format(n);

export const percent = (share, digits = 1) =>
  Number.isFinite(share) ? `${(share * 100).toFixed(digits)} %` : '–';

/** Seconds as 850 µs, 4.2 ms, 1.3 s. */
export function seconds(s) {
  if (!Number.isFinite(s)) return '–';
  if (s === 0) return '0';
  if (s < 0.001) return `${Math.round(s * 1e6)} µs`;
  if (s < 0.01) return `${upto1.format(s * 1e3)} ms`;
  if (s < 1) return `${Math.round(s * 1e3)} ms`;
  return `${s.toFixed(1)} s`;
}

const SPANS = [['d', 86_400_000], ['h', 3_600_000], ['min', 60_000], ['s', 1000]];

/** A span of ms in its largest unit, rounded down. */
export function span(ms) {
  const size = Math.abs(ms);
  for (const [unit, length] of SPANS)
    if (size >= length) return `${Math.floor(size / length)} ${unit}`;
  return '0 s';
}

export const instant = (text) => text.replace('T', ' ').replace(/(\.\d+)?Z$/, '');
export const day = (text) => text.slice(0, 10);

export const hours = (s) => (s >= 3600 ? `${Math.round(s / 3600)} h` : `${Math.ceil(s / 60)} min`);

/** A two-letter code with its name, or what stands for no country. */
export function country(code) {
  if (code === 'none' || code === null) return 'Mail';
  if (code === 'other') return 'Elsewhere';
  try {
    return regions.of(code);
  } catch {
    return code;
  }
}

export const money = (micros, currency) =>
  new Intl.NumberFormat('en', {style: 'currency', currency, minimumFractionDigits: 2})
    .format(micros / 1e6);

/** snake_case words as a label. */
export const words = (text) => {
  const plain = text.replaceAll('_', ' ').replaceAll('.', ' ');
  return plain.charAt(0).toUpperCase() + plain.slice(1);
};

export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;
