// One provider: standing, what it used, its users, strikes and credentials.
import {all, get} from '../api.js';
import {count, country, day, hours, money, plural, short, words} from '../format.js';
import {link, useData} from '../hooks.js';
import {useAction} from '../ui/dialog.jsx';
import {Ago, Badge, Card, Copy, Facts, Loaded, Moment, PageHead, Table, Tile, Tiles}
  from '../ui/parts.jsx';
import * as actions from './provider_actions.js';
import {Expiry, QuotaBars} from './providers.jsx';

const path = actions.providerPath;

/** A list that begins with `get` and may be absent (404). */
const optional = (load) => load.catch((error) => {
  if (error.status === 404) return null;
  throw error;
});

const Users = ({users, standing}) => (
  <Tiles>
    <Tile label="Standing" value={words(standing.level)}
      tone={standing.level === 'good' ? '' : 'bad'}
      note={`${standing.strikes.toFixed(1)} strikes; they halve every 90 days`} />
    <Tile label="Users by phone" value={short(users.sms)} note="proven by SMS or voice" />
    <Tile label="Users by mail" value={short(users.email)} note="proven by mail" />
    <Tile label="Asserted" value={short(users.asserted)} note="bulk rows without proof" />
    <Tile label="Weighted" value={short(users.weighted)} note="what the lookup budget counts" />
  </Tiles>
);

const strikeColumns = [
  {name: 'At', cell: (row) => <Moment at={row.at} />},
  {name: 'Cause', cell: (row) => words(row.cause)},
  {name: 'Reporter', cell: (row) => <a href={link('providers', row.reporter)}>{row.reporter}</a>},
  {name: 'Counts', cell: (row) => (row.counts ? <Badge tone="bad">counts</Badge>
    : <Badge tone="plain">does not</Badge>)},
];

function Strikes({id, who, may, ask}) {
  const list = useData((signal) => get(path(id, 'strikes'), signal), [id, who]);
  const proposed = list.data?.standing.proposed_level;
  const buttons = may && list.data && <span class="row">
    {proposed && <button type="button" class="button small danger"
      onClick={() => ask(actions.settling(who, 'confirm', words(proposed)))}>
      Confirm {words(proposed)}…</button>}
    {list.data.strikes.length > 0 && <button type="button" class="button small"
      onClick={() => ask(actions.settling(who, 'reset'))}>Forgive…</button>}
  </span>;
  return (
    <Card id="strikes" title="Strikes" aside={buttons} flush>
      <Loaded of={list}>{(seen) => (
        <Table caption="Strikes" columns={strikeColumns} rows={seen.strikes}
          keyOf={(row) => row.report_id + row.cause} empty="No strike." />
      )}</Loaded>
    </Card>
  );
}

function Certificates({who, may, ask}) {
  const columns = [
    {name: 'Thumbprint', cell: (row) => <>
      <span class="mono" title={row.thumbprint}>{row.thumbprint.slice(0, 16)}…</span>
      <span class="sub">since {day(row.created_at)}</span></>},
    {name: 'Expires', cell: (row) => <Expiry at={row.not_after} />},
    ...(may ? [{name: 'Action', num: true, cell: (row) => (
      <button type="button" class="button small"
        onClick={() => ask(actions.removingCertificate(who, row))}>Remove…
        <span class="unseen"> {row.thumbprint.slice(0, 8)}</span></button>)}] : []),
  ];
  return (
    <Card id="certificates" title="Certificates" flush aside={may &&
      <button type="button" class="button small" disabled={who.certificates.length >= 3}
        onClick={() => ask(actions.addingCertificate(who))}>Register…</button>}>
      <Table caption="Certificates" columns={columns} rows={who.certificates}
        keyOf={(row) => row.thumbprint} empty="None: no token is given without one." />
    </Card>
  );
}

const NewSecret = ({made}) => <>
  <p>Secret {made.number}, shown this once.</p>
  <p class="secret"><code>{made.client_secret}</code><Copy text={made.client_secret} /></p>
</>;

function Secrets({who, may, ask}) {
  const columns = [
    {name: 'Number', cell: (row) => <span class="num">{row.number}</span>},
    {name: 'Valid from', cell: (row) => <Moment at={row.valid_from} />},
    ...(may ? [{name: 'Action', num: true, cell: (row) => (
      <button type="button" class="button small"
        onClick={() => ask(actions.removingSecret(who, row))}>Remove…
        <span class="unseen"> secret {row.number}</span></button>)}] : []),
  ];
  const shown = (answer) => <NewSecret made={answer.body} />;
  return (
    <Card id="secrets" title="Secrets" flush aside={may &&
      <button type="button" class="button small" disabled={who.secrets.length >= 2}
        onClick={() => ask(actions.addingSecret(who, shown))}>Make one…</button>}>
      <Table caption="Secrets" columns={columns} rows={who.secrets} keyOf={(row) => row.number}
        empty="None: no token is given without one." />
    </Card>
  );
}

const lineColumns = (currency) => [
  {name: 'Item', cell: (row) => <>{words(row.item)}{row.channel &&
    <span class="muted"> · {row.channel}{row.country && `, ${country(row.country)}`}</span>}</>},
  {name: 'Quantity', num: true, cell: (row) => count(row.quantity)},
  {name: 'Amount', num: true, cell: (row) => money(row.amount_micros, currency)},
];

const Usage = ({of}) => (
  <Card id="usage" title="This month" aside={of.data && <span class="muted">{of.data.month}</span>}
    flush>
    <Loaded of={of}>{(used) => <>
      <Table figures caption="Statement" columns={lineColumns(used.statement.currency)}
        rows={used.statement.lines} keyOf={(row) => row.item + row.channel + row.country}
        empty="Nothing was used yet." />
      <p class="total"><span>Total{used.spend_cap_micros !== null &&
        <span class="muted"> of at most {money(used.spend_cap_micros, used.statement.currency)}
        </span>}</span>
        <strong class="num">{money(used.statement.total_micros, used.statement.currency)}</strong>
      </p>
    </>}</Loaded>
  </Card>
);

const Quota = ({of, who, may, ask}) => (
  <Card id="quota" title="Quota of the day" aside={may &&
    <button type="button" class="button small" onClick={() => ask(actions.overriding(who))}>
      Overrides…</button>}>
    <Loaded of={of}>{(quota) => <>
      <QuotaBars policies={quota.policies} />
      <p class="hint">Lookups refill evenly and are leased to nodes in portions: this node counts what
        it has leased. The others begin anew in {hours(quota.policies[1].reset_seconds)}.</p>
    </>}</Loaded>
  </Card>
);

const Webhook = ({of, id}) => (
  <Card id="webhook" title="Webhook" aside={
    <a href={link('deliveries', id)}>Deliveries</a>}>
    <Loaded of={of}>{(hook) => (hook.none ? <p class="muted">None: it reads the feed.</p>
      : <Facts rows={[
        ['State', <Badge of={hook.state} />],
        ['Address', <span class="breaks mono">{hook.url}</span>],
        ['Events', hook.event_types.join(', ') || 'all'],
      ]} />)}</Loaded>
  </Card>
);

function Buttons({who, self, ask}) {
  if (who.state === 'terminated') return null;
  return <>
    {who.state === 'suspended'
      ? <button type="button" class="button" onClick={() => ask(actions.reinstating(who))}>
        Reinstate…</button>
      : <button type="button" class="button danger" onClick={() => ask(actions.suspending(who))}>
        Suspend…</button>}
    <button type="button" class="button danger"
      onClick={() => ask(actions.terminating(who, self.two_person))}>Terminate…</button>
  </>;
}

export function ProviderPage({id, self, may}) {
  const who = useData((signal) => get(path(id), signal), [id]);
  const quota = useData((signal) => get(path(id, 'quota'), signal), [id], 5000);
  const usage = useData((signal) => get(path(id, 'usage'), signal), [id]);
  const hook = useData(async (signal) =>
    await optional(get(path(id, 'webhook'), signal)) || {none: true}, [id]);
  const signals = useData((signal) =>
    all(`/admin/v1/signals?provider=${encodeURIComponent(id)}`, 'signals', signal), [id]);
  const [dialog, ask] = useAction(() => { who.refresh(); quota.refresh(); });
  return <>
    <PageHead title={who.data?.name || id} back={{href: link('providers'), text: 'Providers'}}
      lead={who.data?.state_reason}>
      {who.data && <><Badge of={who.data.state} />{may &&
        <Buttons who={who.data} self={self} ask={ask} />}</>}
    </PageHead>
    {who.data && quota.data && <Users {...quota.data} />}
    <Loaded of={who}>{(seen) => (
      <div class="split">
        <div class="stack">
          <Quota of={quota} who={seen} may={may} ask={ask} />
          <Certificates who={seen} may={may} ask={ask} />
          <Secrets who={seen} may={may} ask={ask} />
          <Strikes id={id} who={seen} may={may} ask={ask} />
        </div>
        <div class="stack">
          <Card id="facts" title="Provider" aside={signals.data?.length > 0 &&
            <a href={link('signals', id)}>{plural(signals.data.length, 'signal')}</a>}>
            <Facts rows={[
              ['Provider id', <span class="mono">{seen.provider_id}</span>],
              ['Client id', <span class="mono breaks">{seen.client_id}</span>],
              ['Scopes', seen.scopes.join(', ') || 'none'],
              ['Mail domains', seen.listed_mail_domains.join(', ') || 'none listed'],
              ['Enrolled', <Moment at={seen.created_at} />],
              seen.application_id && ['Application',
                <a href={link('enrolment', seen.application_id)}>its five checks</a>],
              seen.waiting.length > 0 && ['Waits for a second operator', seen.waiting.map((act) => (
                <div key={act.at}>{act.by}, <Ago at={act.at} /></div>))],
            ]} />
          </Card>
          <Usage of={usage} />
          <Webhook of={hook} id={id} />
        </div>
      </div>
    )}</Loaded>
    {dialog}
  </>;
}
