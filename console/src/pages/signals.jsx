// Patterns in what providers ask and register, and the throttles that followed.
import {useState} from 'preact/hooks';

import {all} from '../api.js';
import {count, hours, words} from '../format.js';
import {link, useData, useNow} from '../hooks.js';
import {useAction} from '../ui/dialog.jsx';
import {Ago, Badge, Choice, Loaded, Meter, PageHead, Table} from '../ui/parts.jsx';

const lifting = (found) => ({
  title: `Lift the throttle of ${found.provider_id}`, button: 'Lift it',
  text: `It came of “${words(found.kind)}” and ends on every node within a second.`,
  fields: [{name: 'reason', label: 'Reason', required: true, long: 3, most: 2000}],
  call: (values) => ({method: 'POST', body: values,
                      path: `/admin/v1/signals/${encodeURIComponent(found.id)}/lift`}),
});

const live = (throttle, now) =>
  throttle && !throttle.lifted_at && Date.parse(throttle.until) > now;

function Throttle({of, now}) {
  if (!of) return <span class="muted">none</span>;
  if (of.lifted_at)
    return <><Badge tone="plain">lifted</Badge>
      <span class="sub">{of.lifted_by}: {of.lift_reason}</span></>;
  return <>
    <Badge tone={live(of, now) ? 'bad' : 'plain'}>{live(of, now) ? 'in force' : 'over'}</Badge>
    <span class="sub">lookups to {of.quota_percent} %, codes to {of.sends_percent} %,
      until <Ago at={of.until} /></span>
  </>;
}

const columns = (may, ask, now) => [
  {name: 'Found', cell: (row) => <Ago at={row.found_at} />},
  {name: 'Provider', cell: (row) =>
    <a href={link('providers', row.provider_id)}>{row.provider_id}</a>},
  {name: 'Pattern', cell: (row) => <>{words(row.kind)}<span class="sub">in {row.source}</span></>},
  {name: 'Evidence', wide: true, cell: ({evidence}) => <span class="evidence">
    <span class="num">{count(evidence.matched)} of {count(evidence.seen)}
      <span class="muted"> within {hours(evidence.window_seconds)}</span></span>
    <Meter share={evidence.share_percent / 100} tone="warn"
      label={`${evidence.share_percent} %, threshold ${evidence.threshold_percent} %`} />
    <span class="sub num">{evidence.share_percent} %, threshold {evidence.threshold_percent} %</span>
  </span>},
  {name: 'Throttle', cell: (row) => <Throttle of={row.throttle} now={now} />},
  ...(may ? [{name: 'Action', num: true, cell: (row) => (live(row.throttle, now)
    ? <button type="button" class="button small" onClick={() => ask(lifting(row))}>Lift…
      <span class="unseen"> the throttle of {row.provider_id}</span></button> : null)}] : []),
];

const VIEWS = [['all', 'All'], ['live', 'With a throttle']];

export function SignalsPage({may, id}) {
  const path = id ? `/admin/v1/signals?provider=${encodeURIComponent(id)}` : '/admin/v1/signals';
  const list = useData((signal) => all(path, 'signals', signal), [id], 30_000);
  const [view, setView] = useState('all');
  const [dialog, ask] = useAction(list.refresh);
  const now = useNow(10_000);
  return <>
    <PageHead title={id ? `Signals of ${id}` : 'Signals'}
      back={id && {href: link('providers', id), text: id}}
      lead="Patterns found in what providers ask and register. None names an identifier.">
      <Choice name="view" label="Show signals" value={view} options={VIEWS} onChange={setView} />
    </PageHead>
    <Loaded of={list}>{(rows) => (
      <div class="card flush"><Table caption="Signals" columns={columns(may, ask, now)}
        rows={rows.filter((row) => view === 'all' || live(row.throttle, now)).reverse()}
        keyOf={(row) => row.id} empty="No pattern was found." /></div>
    )}</Loaded>
    {dialog}
  </>;
}
