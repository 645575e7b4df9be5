// What was posted to the webhook of a provider.
import {useState} from 'preact/hooks';

import {all, allAfter, get} from '../api.js';
import {count, percent} from '../format.js';
import {link, useData, useTail} from '../hooks.js';
import {Ago, Badge, Card, Choice, Empty, Facts, Loaded, Moment, PageHead, Table, Tile, Tiles}
  from '../ui/parts.jsx';
import {providerPath} from './provider_actions.js';

const columns = [
  {name: 'At', cell: (row) => <Moment at={row.at} />},
  {name: 'Event', cell: (row) => <>{row.type}<span class="sub mono">{row.event_id}</span></>},
  {name: 'Outcome', cell: (row) => <><Badge of={row.outcome} />
    {Date.parse(row.next_try) > Date.now() &&
      <span class="sub">again <Ago at={row.next_try} /></span>}</>},
  {name: 'Status', num: true, cell: (row) => row.status ?? <span class="muted">none</span>},
  {name: 'Attempt', num: true, cell: (row) => row.attempt},
  {name: 'Latency', num: true, cell: (row) => `${count(row.latency_ms)} ms`},
];

const HOUR = 3_600_000;
const WINDOWS = [['1', '1 hour'], ['24', '1 day'], ['720', '30 days']];

/** Deliveries are named by the time of their first try, in ms: the cursor of a window's beginning. */
const beginning = (hours) => `${Date.now() - hours * HOUR}-0`;

function Deliveries({id, hours}) {
  const hook = useData(async (signal) => {
    try {
      return await get(providerPath(id, 'webhook'), signal);
    } catch (error) {
      if (error.status === 404) return {none: true};
      throw error;
    }
  }, [id]);
  const list = useTail((cursor, signal) => allAfter(providerPath(id, 'webhook', 'deliveries'),
    'deliveries', cursor || beginning(hours), signal), [id, hours], 5000);
  return <>
    <Loaded of={list}>{(rows) => {
      const good = rows.filter((row) => row.outcome === 'delivered').length;
      return <>
        <Tiles>
          <Tile label="Posted" value={count(rows.length)}
            note={`within ${WINDOWS.find(([one]) => one === hours)[1]}`} />
          <Tile label="Delivered" value={rows.length ? percent(good / rows.length) : '–'}
            note={`${count(good)} posts`} />
          <Tile label="Given up"
            value={count(rows.filter((row) => row.outcome === 'given_up').length)} />
        </Tiles>
        <div class="split wide-left">
          <div class="card flush"><Table caption="Deliveries" columns={columns}
            rows={[...rows].reverse().slice(0, 200)} keyOf={(row) => row.id}
            empty="Nothing was posted in this time." /></div>
          <Card id="webhook" title="Webhook"><Loaded of={hook}>{(seen) => (seen.none
            ? <p class="muted">None: it reads the feed.</p>
            : <Facts rows={[
              ['State', <Badge of={seen.state} />],
              ['Address', <span class="mono breaks">{seen.url}</span>],
              ['Events', seen.event_types.join(', ')],
              ['Signed by', <span class="mono breaks">{seen.public_key}</span>],
            ]} />)}</Loaded></Card>
        </div>
      </>;
    }}</Loaded>
  </>;
}

export function DeliveriesPage({id}) {
  const list = useData((signal) => all('/admin/v1/providers', 'providers', signal), []);
  const [hours, setHours] = useState('24');
  const chosen = id || list.data?.[0]?.provider_id;
  const go = (event) => { location.hash = link('deliveries', event.currentTarget.value); };
  return <>
    <PageHead title="Deliveries" lead="What was posted to the webhooks of providers.">
      <Choice name="hours" label="Show the last" value={hours} options={WINDOWS}
        onChange={setHours} />
      {list.data?.length > 0 && <div class="inline-field">
        <label for="provider">Provider</label>
        <select id="provider" value={chosen} onChange={go}>{list.data.map((one) => (
          <option key={one.provider_id} value={one.provider_id}>{one.name}</option>
        ))}</select>
      </div>}
    </PageHead>
    <Loaded of={list}>{(rows) => (rows.length === 0
      ? <div class="card"><Empty>No provider is enrolled yet.</Empty></div>
      : <Deliveries key={chosen} id={chosen} hours={hours} />)}</Loaded>
  </>;
}
