// All providers: state, scopes, the credential that ends first.
import {all} from '../api.js';
import {count, day} from '../format.js';
import {link, useData} from '../hooks.js';
import {Badge, Loaded, Meter, PageHead, Table} from '../ui/parts.jsx';

const DAY = 86_400_000;

/** How a certificate's end looks: soon is within 30 days. */
export function Expiry({at}) {
  if (!at) return <span class="muted">none</span>;
  const left = Math.floor((Date.parse(at) - Date.now()) / DAY);
  const tone = left < 0 ? 'bad-text' : left < 30 ? 'warn-text' : 'muted';
  return <span class="num">{day(at)} <span class={tone}>
    {left < 0 ? 'expired' : `${count(left)} d`}</span></span>;
}

const first = (certificates) => certificates.map((one) => one.not_after).sort()[0];

const columns = [
  {name: 'Provider', cell: (row) => <><a href={link('providers', row.provider_id)}>{row.name}</a>
    <span class="sub mono">{row.provider_id}</span></>},
  {name: 'State', cell: (row) => <Badge of={row.state} />},
  {name: 'Scopes', cell: (row) => row.scopes.join(', ')},
  {name: 'Certificates', num: true, cell: (row) => row.certificates.length},
  {name: 'First expires', cell: (row) => <Expiry at={first(row.certificates)} />},
  {name: 'Secrets', num: true, cell: (row) => row.secrets.length},
  {name: 'Waiting', num: true, cell: (row) => (row.waiting.length
    ? <Badge tone="warn">{row.waiting.length}</Badge> : <span class="muted">–</span>)},
];

export function ProvidersPage() {
  const list = useData((signal) => all('/admin/v1/providers', 'providers', signal), []);
  return <>
    <PageHead title="Providers" lead="Who may ask the directory, and by which credentials." />
    <Loaded of={list}>{(rows) => (
      <div class="card flush"><Table caption="Providers" columns={columns} rows={rows}
        keyOf={(row) => row.provider_id} empty="No provider is enrolled yet." /></div>
    )}</Loaded>
  </>;
}

const POLICIES = {lookup: 'Lookups', sends: 'Codes sent', guesses: 'Wrong codes'};

/** What is used of the day's policies. */
export const QuotaBars = ({policies}) => (
  <ul class="bars">{policies.map((one) => {
    const used = one.quota - one.remaining;
    const share = one.quota ? used / one.quota : 0;
    return <li key={one.name}>
      <span>{POLICIES[one.name]}</span>
      <span class="num">{count(used)} <span class="muted">of {count(one.quota)}</span></span>
      <Meter share={share} tone={share > 0.9 ? 'bad' : share > 0.7 ? 'warn' : ''}
        label={`${POLICIES[one.name]}: ${Math.round(share * 100)} % used`} />
    </li>;
  })}</ul>
);
