// What operators did, newest first, and whether the chain of it holds.
import {useState} from 'preact/hooks';

import {get} from '../api.js';
import {count, plural} from '../format.js';
import {useData} from '../hooks.js';
import {Icon} from '../ui/icons.jsx';
import {Card, Empty, Fault, Loaded, Meter, Moment, PageHead, Table} from '../ui/parts.jsx';
import {BEGINNING, fault} from '../chain.js';

const AUDIT = '/admin/v1/audit';
const WINDOW = 50;

/** Records after `from`, up to `upto` of them or the end. */
async function read(from, upto, signal) {
  const out = [];
  let after = from;
  while (out.length < upto) {
    const got = await get(`${AUDIT}?after=${after}`, signal);
    if (got.records.length === 0) break;
    out.push(...got.records);
    after = got.records.at(-1).sequence;
  }
  return out.slice(0, upto);
}

/** The newest records with the head they end in; `broken` says what is wrong with them. */
async function newest(signal) {
  const head = await get(`${AUDIT}/head`, signal);
  const from = Math.max(0, head.sequence - WINDOW);
  const records = await read(from, head.sequence - from, signal);
  const last = records.at(-1) || BEGINNING;
  const broken = await fault(records, from === 0 ? BEGINNING : undefined)
    || (last.hash !== head.hash ? 'the newest record is not the head' : undefined);
  return {head, records, from, broken};
}

const Details = ({of}) => {
  const rows = Object.entries(of);
  if (rows.length === 0) return <span class="muted">–</span>;
  return <ul class="details">{rows.map(([name, value]) => (
    <li key={name}><span class="muted">{name.replaceAll('_', ' ')}</span> {value}</li>
  ))}</ul>;
};

const columns = [
  {name: 'No.', num: true, cell: (row) => count(row.sequence)},
  {name: 'At', cell: (row) => <Moment at={row.record?.at} />},
  {name: 'Who', cell: (row) => row.record?.actor},
  {name: 'Did', cell: (row) => <><span class="mono">{row.record?.action}</span>
    <span class="sub mono">{row.record?.target}</span></>},
  {name: 'Detail', wide: true, cell: (row) => <Details of={row.record?.detail || {}} />},
  {name: 'Hash', cell: (row) => <span class="mono muted" title={row.hash}>
    {row.hash.slice(0, 10)}</span>},
];

/** Walks the chain from its beginning; tells how far it is. */
async function verifyAll(head, tell) {
  let last = BEGINNING;
  while (last.sequence < head.sequence) {
    const records = (await get(`${AUDIT}?after=${last.sequence}`)).records;
    if (records.length === 0) return `it ends at ${last.sequence}, before its head`;
    const broken = await fault(records, last);
    if (broken) return broken;
    const at = records.find((one) => one.sequence === head.sequence);
    if (at) return at.hash === head.hash ? undefined : 'the head is another record';
    last = records.at(-1);
    tell(last.sequence);
  }
  return head.hash === BEGINNING.hash ? undefined : 'the head is another record';
}

function Chain({seen}) {
  const [walk, setWalk] = useState({});
  const verify = async () => {
    setWalk({busy: true, at: 0});
    try {
      const broken = await verifyAll(seen.head, (at) => setWalk({busy: true, at}));
      setWalk({done: true, broken});
    } catch (error) {
      setWalk({error});
    }
  };
  const broken = walk.broken || seen.broken;
  const whole = walk.done || seen.from === 0;
  const span = whole ? `All ${plural(seen.head.sequence, 'record')}`
    : `The newest ${plural(seen.records.length, 'record')}`;
  return (
    <Card id="chain" title="Chain" aside={!whole &&
      <button type="button" class="button small" onClick={verify} disabled={walk.busy}>
        Verify from the beginning</button>}>
      <p class={`verdict ${broken ? 'bad-text' : 'good-text'}`} role="status">
        <Icon name={broken ? 'alert' : 'check'} />
        <span>{broken ? `The chain is broken: ${broken}.`
          : `${span} hashed here, in the browser, and linked up to the head.`}</span>
      </p>
      {walk.busy && <Meter share={walk.at / seen.head.sequence}
        label={`${count(walk.at)} of ${count(seen.head.sequence)} verified`} />}
      {walk.error && <Fault error={walk.error} retry={verify} />}
      <p class="muted">Head {count(seen.head.sequence)} <span class="mono breaks">
        {seen.head.hash}</span></p>
    </Card>
  );
}

function Records({seen}) {
  const [older, setOlder] = useState([]);
  const [error, setError] = useState();
  const rows = [...older, ...seen.records];
  const first = rows[0]?.sequence || 1;
  const more = async () => {
    setError(undefined);
    try {
      const from = Math.max(0, first - 1 - WINDOW);
      const got = await read(from, first - 1 - from);
      const broken = await fault([...got, ...rows.slice(0, 1)]);
      if (broken) throw new Error(`The chain is broken: ${broken}.`);
      setOlder([...got, ...older]);
    } catch (why) {
      setError(why);
    }
  };
  if (rows.length === 0) return <div class="card"><Empty>Nobody has done anything yet.</Empty></div>;
  return <>
    <div class="card flush"><Table caption="Audit records, newest first" columns={columns}
      rows={[...rows].reverse()} keyOf={(row) => row.sequence} /></div>
    {error && <Fault error={error} retry={more} />}
    {first > 1 && <p class="more"><button type="button" class="button" onClick={more}>
      Older records</button></p>}
  </>;
}

export function AuditPage() {
  const list = useData(newest, []);
  return <>
    <PageHead title="Audit trail"
      lead="What operators did, and providers to their own credentials. Each record holds the hash of
        the one before." >
      <button type="button" class="button" onClick={list.refresh}>Refresh</button>
    </PageHead>
    <Loaded of={list}>{(seen) => <><Chain key={seen.head.sequence} seen={seen} />
      <Records key={`records ${seen.head.sequence}`} seen={seen} /></>}</Loaded>
  </>;
}
