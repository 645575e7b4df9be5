// The small pieces that all pages are made of.
import {useState} from 'preact/hooks';

import {instant, span} from '../format.js';
import {useNow} from '../hooks.js';
import {Icon} from './icons.jsx';

/** The head of a page: its title, what stands beside it, what can be done. */
export const PageHead = ({title, lead, back, children}) => (
  <header class="page-head">
    <div>
      {back && <a class="back" href={back.href}><Icon name="left" />{back.text}</a>}
      <h1 tabIndex={-1}>{title}</h1>
      {lead && <p class="lead">{lead}</p>}
    </div>
    {children && <div class="actions">{children}</div>}
  </header>
);

export const Card = ({title, aside, children, flush, id}) => (
  <section class={`card${flush ? ' flush' : ''}`} aria-labelledby={title && id}>
    {title && <div class="card-head"><h2 id={id}>{title}</h2>{aside}</div>}
    <div class="card-body">{children}</div>
  </section>
);

export const Tile = ({label, value, unit, note, tone}) => (
  <div class={`tile${tone ? ` ${tone}` : ''}`}>
    <dt>{label}</dt>
    <dd><span class="figure">{value}</span>{unit && <span class="unit">{unit}</span>}</dd>
    {note && <dd class="note">{note}</dd>}
  </div>
);

export const Tiles = ({children}) => <dl class="tiles">{children}</dl>;

const TONES = {
  active: 'good', approved: 'good', serving: 'good', delivered: 'good', pass: 'good', good: 'good',
  upheld: 'bad', suspended: 'bad', terminated: 'bad', fail: 'bad', rejected: 'bad', given_up: 'bad',
  disabled: 'bad', open: 'warn', submitted: 'warn', draining: 'warn', will_retry: 'warn',
  warned: 'warn', quota_half: 'warn', quota_tenth: 'bad', no_new_mappings: 'bad',
};

export const Badge = ({children, of, tone}) => (
  <span class={`badge ${tone || TONES[of] || 'plain'}`}>{children || of?.replaceAll('_', ' ')}</span>
);

/** A share as a bar; `label` says it to those who do not see it. */
export const Meter = ({share, label, tone}) => (
  <span class={`meter ${tone || ''}`} role="img" aria-label={label}>
    <span style={{width: `${Math.min(100, Math.max(0, share * 100))}%`}} />
  </span>
);

/** A moment as an age, with the whole of it on the pointer and for machines. */
export function Ago({at}) {
  const now = useNow(10_000);
  if (!at) return <span class="muted">–</span>;
  const ms = now - Date.parse(at);
  return <time dateTime={at} title={`${instant(at)} UTC`}>
    {ms >= -999 ? (ms < 1000 ? 'now' : `${span(ms)} ago`) : `in ${span(ms)}`}
  </time>;
}

export const Moment = ({at}) =>
  at ? <time class="num" dateTime={at}>{instant(at)}</time> : <span class="muted">–</span>;

/**
 * Rows with a stable key; columns are {name, cell(row), num?, wide?}. On a phone each row is a card of
 * its own, or, of `figures`, stays a row.
 */
export const Table = ({caption, columns, rows, keyOf, empty, figures}) => {
  if (rows.length === 0) return <Empty>{empty}</Empty>;
  return (
    <div class="scroll" role="region" aria-label={`${caption} table`} tabIndex={0}>
      <table class={figures ? 'figures' : 'cards'}>
        <caption class="unseen">{caption}</caption>
        <thead><tr>{columns.map((column) => (
          <th key={column.name} scope="col" class={column.num ? 'num' : ''}>{column.name}</th>
        ))}</tr></thead>
        <tbody>{rows.map((row, i) => (
          <tr key={keyOf ? keyOf(row) : i}>{columns.map((column) => (
            <td key={column.name} data-label={column.name}
              class={`${column.num ? 'num' : ''}${column.wide ? ' wide' : ''}`}>
              <div class="cell">{column.cell(row)}</div>
            </td>
          ))}</tr>
        ))}</tbody>
      </table>
    </div>
  );
};

export const Empty = ({children, icon = 'inbox'}) => (
  <div class="empty"><Icon name={icon} /><p>{children}</p></div>
);

export const Fault = ({error, retry}) => (
  <div class="fault" role="alert">
    <Icon name="alert" />
    <p>{error.role ? `This needs the role ${error.role}.` : error.message}</p>
    {retry && <button type="button" class="button" onClick={retry}>Try again</button>}
  </div>
);

/** What stands in for data that is not there yet or could not be had. */
export function Loaded({of, children}) {
  if (of.data === undefined && of.error) return <Fault error={of.error} retry={of.refresh} />;
  if (of.data === undefined) return <div class="loading" role="status">Loading…</div>;
  return <>
    {of.error && <Fault error={of.error} retry={of.refresh} />}
    {children(of.data)}
  </>;
}

export function Copy({text, label = 'Copy'}) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return <button type="button" class="button small" onClick={copy} aria-live="polite">
    <Icon name={done ? 'check' : 'copy'} />{done ? 'Copied' : label}
  </button>;
}

/** A choice of few, as radio buttons that look like one switch. */
export const Choice = ({name, label, value, options, onChange}) => (
  <fieldset class="choice">
    <legend class="unseen">{label}</legend>
    {options.map(([key, text]) => (
      <label key={key} class={key === value ? 'on' : ''}>
        <input type="radio" name={name} value={key} checked={key === value}
          onChange={() => onChange(key)} />{text}
      </label>
    ))}
  </fieldset>
);

/** Term and description, one under the other on a phone. */
export const Facts = ({rows}) => (
  <dl class="facts">{rows.filter(Boolean).map(([term, text]) => (
    <div key={term}><dt>{term}</dt><dd>{text}</dd></div>
  ))}</dl>
);
