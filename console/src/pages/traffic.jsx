// What the provider listener of this node does right now, from its counters.
import {useMemo, useState} from 'preact/hooks';

import {count, country, percent, rate, seconds, short, tick, words} from '../format.js';
import {INTERVAL, useFeed} from '../feed.js';
import {percentile, perSecond} from '../metrics.js';
import {Badge, Card, Choice, Empty, Fault, Meter, PageHead, Table, Tile, Tiles}
  from '../ui/parts.jsx';
import {Plot} from '../ui/plot.jsx';

const LOOKUP = ['lookup'];
const OPENED = ['create_verification'];
const CHECKED = ['check_verification'];
const WINDOWS = [['60', '1 min'], ['300', '5 min'], ['900', '15 min']];
const SHARES = [0.5, 0.95, 0.99];
/** A point is drawn from the samples of so many intervals: one alone jitters. */
const SPAN = 3;

/** Columns for the plots: the time of each sample, and a value of each pair of samples. */
function columns(samples, from, ...values) {
  const shown = samples.filter((one) => one.at >= from);
  const start = samples.length - shown.length;
  const times = [];
  const out = values.map(() => []);
  shown.forEach((after, i) => {
    const at = start + i;
    if (at === 0) return;
    const before = samples[Math.max(0, at - SPAN)];
    times.push(after.at / 1000);
    values.forEach((value, j) => out[j].push(value(before, after)));
  });
  return [times, ...out];
}

const answered = (names, classes) => (before, after) => perSecond(before, after, names, classes);
const took = (names, share) => (before, after) => percentile(before, after, names, share);

function Figures({samples, all}) {
  const last = samples.at(-1);
  const before = samples.at(-1 - SPAN) || samples[0];
  const codes = last.codes.reduce((sum, one) => ({sent: sum.sent + one.sent,
    confirmed: sum.confirmed + one.confirmed}), {sent: 0, confirmed: 0});
  const two = samples.length > 1;
  const errors = two ? perSecond(before, last, all, ['5xx']) : 0;
  return (
    <Tiles>
      <Tile label="Lookups" value={two ? rate(perSecond(before, last, LOOKUP)) : '–'} unit="/s" />
      <Tile label="Lookup p99" value={two ? seconds(percentile(before, last, LOOKUP, 0.99) ?? NaN)
        : '–'} note="whole request to answer" />
      <Tile label="Verifications opened" unit="/min"
        value={two ? rate(60 * perSecond(before, last, OPENED, ['2xx'])) : '–'} />
      <Tile label="Conversion" value={codes.sent ? percent(codes.confirmed / codes.sent) : '–'}
        note={`${short(codes.confirmed)} of ${short(codes.sent)} codes since start`} />
      <Tile label="Failures" value={two ? rate(errors) : '–'} unit="/s"
        tone={errors > 0 ? 'bad' : ''} note="answers 5xx" />
      <Tile label="In flight" value={count(last.gauges.glados_http_in_flight || 0)}
        note={`${count(last.gauges.glados_connections || 0)} connections`} />
    </Tiles>
  );
}

function Plots({samples, window, all, dark}) {
  const end = samples.at(-1).at;
  const from = Math.max(end - window * 1000, samples[0].at);
  const drawn = useMemo(() => ({
    lookups: columns(samples, from, answered(LOOKUP, ['2xx']), answered(LOOKUP, ['4xx']),
                     answered(LOOKUP, ['5xx'])),
    latency: columns(samples, from, ...SHARES.map((share) => took(LOOKUP, share))),
    proofs: columns(samples, from, answered(OPENED, ['2xx']), answered(CHECKED, ['2xx']),
                    answered(CHECKED, ['4xx'])),
    errors: columns(samples, from, answered(all, ['4xx']), answered(all, ['5xx'])),
  }), [samples, window]);
  if (drawn.lookups[0].length === 0)
    return <div class="card"><Empty icon="traffic">The plots begin with the second sample.</Empty>
    </div>;
  const common = {from: from / 1000, dark};
  return (
    <div class="plots">
      <Card id="plot-lookups" title="Lookups a second">
        <Plot {...common} label="Lookups a second" data={drawn.lookups} format={rate} tick={tick} lines={[
          {label: 'found', color: '--series-0', fill: true},
          {label: 'not found or refused', color: '--series-1'},
          {label: 'failed', color: '--bad'}]} />
      </Card>
      <Card id="plot-latency" title="Lookup latency">
        <Plot {...common} label="Latency of lookups" data={drawn.latency} format={seconds} lines={[
          {label: 'p50', color: '--series-0'}, {label: 'p95', color: '--series-2'},
          {label: 'p99', color: '--series-4'}]} />
      </Card>
      <Card id="plot-proofs" title="Verifications a second">
        <Plot {...common} label="Verifications a second" data={drawn.proofs} format={rate} tick={tick} lines={[
          {label: 'opened', color: '--series-0', fill: true},
          {label: 'confirmed', color: '--series-2'},
          {label: 'wrong or late', color: '--series-1'}]} />
      </Card>
      <Card id="plot-errors" title="Refusals and failures a second">
        <Plot {...common} label="Refusals and failures a second" data={drawn.errors} format={rate} tick={tick}
          lines={[{label: 'refused (4xx)', color: '--series-1'},
                  {label: 'failed (5xx)', color: '--bad', fill: true}]} />
      </Card>
    </div>
  );
}

const conversionColumns = [
  {name: 'Country', cell: (row) => <>{country(row.country)}{row.country.length === 2 &&
    <span class="muted mono"> {row.country}</span>}</>},
  {name: 'Channel', cell: (row) => <Badge tone="plain">{row.channel}</Badge>},
  {name: 'Sent', num: true, cell: (row) => count(row.sent)},
  {name: 'Confirmed', num: true, cell: (row) => count(row.confirmed)},
  {name: 'Conversion', num: true, cell: (row) => {
    const share = row.sent ? row.confirmed / row.sent : 0;
    return <span class="bar-cell"><Meter share={share} tone={share < 0.3 ? 'bad' : 'good'}
      label={percent(share)} />{percent(share)}</span>;
  }},
];

const routeColumns = [
  {name: 'Call', cell: (row) => words(row.name)},
  {name: 'Per second', num: true, cell: (row) => rate(row.rate)},
  {name: '2xx', num: true, cell: (row) => count(row.classes['2xx'] || 0)},
  {name: '4xx', num: true, cell: (row) => count(row.classes['4xx'] || 0)},
  {name: '5xx', num: true, cell: (row) => {
    const n = row.classes['5xx'] || 0;
    return n ? <span class="bad-text">{count(n)}</span> : '0';
  }},
  {name: 'p50', num: true, cell: (row) => seconds(row.p50 ?? NaN)},
  {name: 'p99', num: true, cell: (row) => seconds(row.p99 ?? NaN)},
];

function Tables({samples}) {
  const last = samples.at(-1);
  const before = samples.at(-1 - SPAN) || samples[0];
  const codes = [...last.codes].sort((a, b) => b.sent - a.sent);
  const routes = Object.entries(last.routes).filter(([, of]) => of.count > 0)
    .map(([name, of]) => ({name, ...of,
      rate: samples.length > 1 ? perSecond(before, last, [name]) : 0,
      p50: percentile(null, last, [name], 0.5), p99: percentile(null, last, [name], 0.99)}))
    .sort((a, b) => b.count - a.count);
  const since = <span class="muted">since the node started</span>;
  return (
    <div class="split">
      <Card id="conversion" title="Conversion" aside={since} flush>
        <Table caption="Codes sent and confirmed, by country and channel" columns={conversionColumns}
          figures rows={codes} keyOf={(row) => row.country + row.channel} empty="No code was sent yet." />
      </Card>
      <Card id="calls" title="Calls" aside={since} flush>
        <Table figures caption="Calls of providers" columns={routeColumns} rows={routes}
          keyOf={(row) => row.name} empty="No provider has called yet." />
      </Card>
    </div>
  );
}

export function TrafficPage({self, dark}) {
  const {samples, error} = useFeed();
  const [window, setWindow] = useState('300');
  const all = Object.keys(samples.at(-1)?.routes || {});
  return <>
    <PageHead title="Live traffic"
      lead={`Providers' calls at ${self.node_id}, sampled every ${INTERVAL / 1000} s since the `
        + 'console was opened.'}>
      <Choice name="window" label="Show the last" value={window} options={WINDOWS}
        onChange={setWindow} />
    </PageHead>
    {error && <Fault error={error} />}
    {samples.length === 0 ? !error && <div class="loading" role="status">Loading…</div> : <>
      <Figures samples={samples} all={all} />
      <Plots samples={samples} window={Number(window)} all={all} dark={dark} />
      <Tables samples={samples} />
    </>}
  </>;
}
