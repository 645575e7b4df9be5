// Nodes, leases, shards and moves, as the node that answers sees them.
import {useEffect, useRef, useState} from 'preact/hooks';

import {get} from '../api.js';
import {count, percent, plural} from '../format.js';
import {useData, useMedia} from '../hooks.js';
import {useAction} from '../ui/dialog.jsx';
import {Badge, Card, Choice, Empty, Fault, Loaded, Meter, PageHead, Table, Tile, Tiles}
  from '../ui/parts.jsx';

const EVERY = 2000;
const SERIES = 8;
const KEPT_MOVES = 200;

const tint = (place) => (place < 0 ? 'nobody' : `series-${place % SERIES}`);

/** What changed hands between two maps: [{at, shard, from, to}], names of nodes. */
function changes(before, after, at) {
  if (!before) return [];
  const name = (map, shard) => map.nodes[map.owners[shard]] ?? null;
  const out = [];
  for (let shard = 0; shard < after.owners.length; ++shard) {
    const from = name(before, shard);
    const to = name(after, shard);
    if (from !== to) out.push({at, shard, from, to});
  }
  return out;
}

/** Moves seen since the page was opened, the newest first. */
function useMoves(map) {
  const last = useRef();
  const [moves, setMoves] = useState([]);
  useEffect(() => {
    if (!map) return;
    const fresh = changes(last.current, map, Date.now());
    last.current = map;
    if (fresh.length) setMoves((seen) => [...fresh, ...seen].slice(0, KEPT_MOVES));
  }, [map]);
  return moves;
}

function NodeCard({node, place, total, longest, may, drain}) {
  const lease = node.lease_left_ms / longest;
  return (
    <section class="card node" aria-labelledby={`node-${place}`}>
      <div class="card-head">
        <h2 id={`node-${place}`}><i class={`swatch ${tint(place)}`} />{node.node_id}</h2>
        <span class="row">
          {node.answers_this && <Badge tone="accent">answers this page</Badge>}
          <Badge of={node.state} />
        </span>
      </div>
      <div class="card-body">
        <dl class="pairs">
          <div><dt>{node.answers_this ? 'Ready' : 'Connected'}</dt>
            <dd>{node.ready ? <span class="good-text">yes</span>
              : <span class="bad-text">no</span>}</dd></div>
          <div><dt>Shards</dt>
            <dd class="num">{count(node.shards_owned)}<span class="muted"> of {count(total)}</span>
              <Meter share={node.shards_owned / total} tone={`own ${tint(place)}`}
                label={`${percent(node.shards_owned / total, 0)} of the shards`} /></dd></div>
          <div><dt>Lease left</dt>
            <dd class="num">{(node.lease_left_ms / 1000).toFixed(2)} s
              <Meter share={lease} tone={lease < 0.4 ? 'warn' : 'good'}
                label={`${percent(lease, 0)} of the longest seen`} /></dd></div>
        </dl>
        {may && <button type="button" class="button small" disabled={node.state === 'draining'}
          onClick={() => drain(node)}>Drain…</button>}
      </div>
    </section>
  );
}

function ShardMap({map}) {
  const [only, setOnly] = useState('all');
  const [at, setAt] = useState();
  const columns = useMedia('(max-width: 640px)') ? 32 : 64;
  const rows = Math.ceil(map.owners.length / columns);
  const owner = (shard) => map.nodes[map.owners[shard]];
  const over = (event) => {
    const shard = event.target.dataset?.shard;
    setAt(shard === undefined ? undefined : Number(shard));
  };
  const typed = (event) => {
    const shard = Number.parseInt(event.currentTarget.value, 10);
    setAt(shard >= 0 && shard < map.owners.length ? shard : undefined);
  };
  const shown = at === undefined ? 'Point at a square, or type its number.'
    : owner(at) === undefined ? 'Nobody live owns it.' : `Owned by ${owner(at)}.`;
  const summary = map.nodes.map((name, place) =>
    `${name} owns ${map.owners.filter((one) => one === place).length}`).join(', ');
  return (
    <Card id="shards" title="Shards" aside={map.nodes.length > 1 &&
      <Choice name="only" label="Show the shards of" value={only} onChange={setOnly}
        options={[['all', 'All'], ...map.nodes.map((name) => [name, name])]} />}>
      <svg class="shards" viewBox={`0 0 ${columns * 10} ${rows * 10}`} role="img"
        aria-label={`Map of ${map.owners.length} shards: ${summary}.`} onPointerOver={over}>
        {map.owners.map((place, shard) => (
          <rect key={shard} data-shard={shard} x={(shard % columns) * 10 + 0.75}
            y={Math.floor(shard / columns) * 10 + 0.75} width="8.5" height="8.5" rx="1.5"
            class={`${tint(place)}${only !== 'all' && map.nodes[place] !== only ? ' faint' : ''}${
              at === shard ? ' hot' : ''}`} />
        ))}
      </svg>
      <div class="inline-field">
        <label for="shard">Shard</label>
        <input id="shard" type="number" min="0" max={map.owners.length - 1} value={at ?? ''}
          onInput={typed} />
        <span class="muted" role="status">{shown}</span>
      </div>
    </Card>
  );
}

const Moves = ({moves}) => (
  <Card id="moves" title="Moves" aside={<span class="muted">since this page was opened</span>}>
    {moves.length === 0 ? <Empty icon="cluster">Every shard stays where it is.</Empty>
      : <ol class="moves" tabIndex={0} aria-label="Moves, the newest first">{moves.slice(0, 40).map((move) => (
        <li key={`${move.at} ${move.shard}`}>
          <time class="num muted">{new Date(move.at).toISOString().slice(11, 19)}</time>
          <span class="num">shard {move.shard}</span>
          <span>{move.from ?? 'nobody'} → {move.to ?? 'nobody'}</span>
        </li>
      ))}</ol>}
  </Card>
);

const milliseconds = (n) => (n === null ? <span class="muted">–</span> : `${count(n)} ms`);

const redisColumns = [
  {name: 'Process', cell: (row) => <span class="mono">{row.address}</span>},
  {name: 'Role', cell: (row) => <Badge tone={row.role === 'primary' ? 'accent' : 'plain'}>
    {row.role}</Badge>},
  {name: 'Connected', cell: (row) => (row.connected ? <span class="good-text">yes</span>
    : <span class="bad-text">no</span>)},
  {name: 'Slots', num: true, cell: (row) => count(row.slots)},
  {name: 'Queue', num: true, cell: (row) => count(row.queue)},
  {name: 'Replica lag', num: true, cell: (row) => milliseconds(row.replica_lag_ms)},
];

const Redis = ({of}) => (
  <Card id="redis" title="Redis" flush aside={<span class={
    of.slots_covered < of.slots ? 'bad-text' : 'muted'}>
    {count(of.slots_covered)} of {count(of.slots)} slots covered, epoch {of.epoch}</span>}>
    <Table figures caption="Processes of Redis" columns={redisColumns} rows={of.processes}
      keyOf={(row) => row.address} empty="No process is known." />
  </Card>
);

const drainOf = (node) => ({
  title: `Drain ${node.node_id}`,
  text: `It gives its ${plural(node.shards_owned, 'shard')} to the other nodes and goes on serving; `
    + 'then it may be stopped. It owns shards again only after a restart.',
  button: 'Drain', danger: true, typed: node.node_id,
  call: () => ({method: 'POST',
                path: `/admin/v1/cluster/nodes/${encodeURIComponent(node.node_id)}/drain`}),
});

export function ClusterPage({may}) {
  const cluster = useData((signal) => get('/admin/v1/cluster', signal), [], EVERY);
  const shards = useData((signal) => get('/admin/v1/cluster/shards', signal), [], EVERY);
  const moves = useMoves(shards.data);
  const [dialog, ask] = useAction(cluster.refresh);
  const longest = useRef({});
  return <>
    <PageHead title="Cluster" lead="Members, their leases, and who owns which shard." />
    <Loaded of={cluster}>{(seen) => {
      for (const node of seen.nodes)
        longest.current[node.node_id] =
          Math.max(longest.current[node.node_id] || 1, node.lease_left_ms);
      const ready = seen.nodes.filter((node) => node.ready).length;
      return <>
        <Tiles>
          <Tile label="Nodes ready" value={`${ready} / ${seen.nodes.length}`}
            tone={ready < seen.nodes.length ? 'bad' : ''} note={`view ${seen.view}`} />
          <Tile label="Shards owned" value={count(seen.shards - seen.shards_unowned)}
            note={`of ${count(seen.shards)}`} />
          <Tile label="Without owner" value={count(seen.shards_unowned)}
            tone={seen.shards_unowned ? 'bad' : ''}
            note={seen.shards_unowned ? 'their callers get 503' : 'all are served'} />
          <Tile label="Moves under way" value={count(seen.moves_under_way)}
            note="to and from this node" />
        </Tiles>
        <div class="nodes">{seen.nodes.map((node, place) => (
          <NodeCard key={node.node_id} node={node} place={place} total={seen.shards}
            longest={longest.current[node.node_id]} may={may} drain={(one) => ask(drainOf(one))} />
        ))}</div>
      </>;
    }}</Loaded>
    <div class="split wide-left even">
      {shards.data ? <ShardMap map={shards.data} />
        : shards.error && <Fault error={shards.error} retry={shards.refresh} />}
      <Moves moves={moves} />
    </div>
    {cluster.data && <Redis of={cluster.data.redis} />}
    {dialog}
  </>;
}
