// The abuse desk: reports of changes, upheld or dismissed.
import {useState} from 'preact/hooks';

import {all} from '../api.js';
import {plural} from '../format.js';
import {link, useData} from '../hooks.js';
import {useAction} from '../ui/dialog.jsx';
import {Ago, Badge, Choice, Loaded, PageHead, Table, Tile, Tiles} from '../ui/parts.jsx';

const resolving = (report, outcome) => ({
  title: outcome === 'upheld' ? `Uphold report ${report.id}` : `Dismiss report ${report.id}`,
  button: outcome === 'upheld' ? 'Uphold' : 'Dismiss', danger: outcome === 'upheld',
  text: outcome === 'upheld'
    ? (report.reason === 'malicious' ? `It becomes a strike against ${report.provider_id}.`
      : `No strike follows: the reason is ${report.reason}.`)
    : `It counts against ${report.reporter}; a strike that it had become is taken back.`,
  fields: [{name: 'note', label: 'Note', required: true, long: 3, most: 2000,
            hint: 'Kept with the report.'}],
  call: (values) => ({method: 'POST', body: {outcome, note: values.note},
                      path: `/admin/v1/reports/${encodeURIComponent(report.id)}/resolve`}),
});

const Provider = ({id}) => <a href={link('providers', id)}>{id}</a>;

const columns = (may, ask) => [
  {name: 'Filed', cell: (row) => <><Ago at={row.created_at} />
    <span class="sub mono">{row.id}</span></>},
  {name: 'Against', cell: (row) => <Provider id={row.provider_id} />},
  {name: 'By', cell: (row) => <Provider id={row.reporter} />},
  {name: 'Reason', cell: (row) => <Badge tone={row.reason === 'malicious' ? 'bad' : 'plain'}>
    {row.reason}</Badge>},
  {name: 'Note', wide: true, cell: (row) => <>{row.note || <span class="muted">none</span>}
    {row.resolution && <span class="sub">{row.resolved_by}: {row.resolution}</span>}</>},
  {name: 'State', cell: (row) => <Badge of={row.state}
    tone={row.state === 'dismissed' ? 'plain' : undefined} />},
  ...(may ? [{name: 'Decision', num: true, cell: (row) => <span class="row">
    {row.state !== 'upheld' && <button type="button" class="button small"
      onClick={() => ask(resolving(row, 'upheld'))}>Uphold…
      <span class="unseen"> {row.id}</span></button>}
    {row.state !== 'dismissed' && <button type="button" class="button small"
      onClick={() => ask(resolving(row, 'dismissed'))}>Dismiss…
      <span class="unseen"> {row.id}</span></button>}
  </span>}] : []),
];

const VIEWS = [['open', 'Open'], ['all', 'All']];

function Counts({rows}) {
  const of = (state) => rows.filter((row) => row.state === state);
  const accused = new Set(of('open').map((row) => row.provider_id)).size;
  return <Tiles>
    <Tile label="Open" value={of('open').length} tone={of('open').length ? 'warn' : ''}
      note={accused ? `against ${plural(accused, 'provider')}` : 'nothing waits'} />
    <Tile label="Upheld" value={of('upheld').length} note="malicious ones are strikes" />
    <Tile label="Dismissed" value={of('dismissed').length} note="count against their reporter" />
  </Tiles>;
}

export function AbusePage({may}) {
  const list = useData((signal) => all('/admin/v1/reports', 'reports', signal), []);
  const [view, setView] = useState('open');
  const [dialog, ask] = useAction(list.refresh);
  return <>
    <PageHead title="Abuse desk" lead="Changes that the provider who lost by them has reported.">
      <Choice name="view" label="Show reports" value={view} options={VIEWS} onChange={setView} />
    </PageHead>
    <Loaded of={list}>{(rows) => <>
      <Counts rows={rows} />
      <div class="card flush"><Table caption="Reports" columns={columns(may, ask)}
        rows={rows.filter((row) => view === 'all' || row.state === 'open').reverse()}
        keyOf={(row) => row.id}
        empty={view === 'all' ? 'No provider has reported a change.' : 'No report is open.'} />
      </div>
    </>}</Loaded>
    {dialog}
  </>;
}
