// The list of applications, and filing one.
import {useState} from 'preact/hooks';

import {all} from '../api.js';
import {link, useData} from '../hooks.js';
import {useAction} from '../ui/dialog.jsx';
import {Badge, Choice, Loaded, PageHead, Table} from '../ui/parts.jsx';

const SCOPES = ['lookup', 'map', 'events', 'bulk'];

export const CHECK_MARKS = {pass: ['passed', 'good'], fail: ['failed', 'bad'],
                            open: ['open', 'plain']};

/** One dot a check, in their order. */
const Checks = ({checks}) => {
  const passed = checks.filter((one) => one.result === 'pass').length;
  return (
    <span class="dots" role="img" aria-label={`${passed} of ${checks.length} checks passed`}>
      {checks.map((one) => (
        <i key={one.check} class={CHECK_MARKS[one.result || 'open'][1]} title={one.check} />
      ))}
      <span class="num" aria-hidden="true">{passed}/{checks.length}</span>
    </span>
  );
};

const columns = [
  {name: 'Applicant', cell: (row) => <a href={link('enrolment', row.id)}>{row.name}</a>},
  {name: 'Provider id', cell: (row) => <span class="mono">{row.provider_id}</span>},
  {name: 'Checks', cell: (row) => <Checks checks={row.checks} />},
  {name: 'Scopes', cell: (row) => row.scopes.join(', ')},
  {name: 'State', cell: (row) => <Badge of={row.state} />},
];

const lines = (text) => text.split('\n').map((one) => one.trim()).filter(Boolean);

const ScopeBoxes = (value, set) => {
  const on = value.split(' ').filter(Boolean);
  const flip = (scope) => set(SCOPES.filter((one) =>
    (one === scope) !== on.includes(one)).join(' '));
  return <fieldset class="field boxes"><legend>Scopes</legend>{SCOPES.map((scope) => (
    <label key={scope}><input type="checkbox" checked={on.includes(scope)}
      onChange={() => flip(scope)} />{scope}</label>
  ))}</fieldset>;
};

const filing = (done) => ({
  title: 'File an application',
  text: 'As the applicant wrote it. No phone number, mail address or account of a user belongs here.',
  button: 'File it',
  fields: [
    {name: 'provider_id', label: 'Provider id', required: true, most: 32, mono: true,
     hint: '2 to 32 of a-z, 0-9 and hyphen; stays for good.'},
    {name: 'name', label: 'Name', required: true, most: 32,
     hint: 'Phones show it: letters, digits and spaces.'},
    {name: 'contact', label: 'Contact', required: true, most: 256},
    {name: 'website', label: 'Website', required: true, most: 256},
    {name: 'apps', label: 'Apps', required: true, long: 3, hint: 'One a line.'},
    {name: 'scopes', initial: 'lookup map events', render: ScopeBoxes},
  ],
  call: (values) => ({method: 'POST', path: '/admin/v1/applications', body: {
    ...values, apps: lines(values.apps), scopes: values.scopes.split(' ').filter(Boolean)}}),
  done: (answer) => { done(answer.body); },
});

const VIEWS = [['submitted', 'Open'], ['all', 'All']];

export function EnrolmentPage({may}) {
  const list = useData((signal) => all('/admin/v1/applications', 'applications', signal), []);
  const [view, setView] = useState('all');
  const [dialog, ask] = useAction(() => {});
  const go = (made) => { location.hash = link('enrolment', made.id); };
  return <>
    <PageHead title="Enrolment" lead="Applications to become a provider, each with its five checks.">
      <Choice name="view" label="Show applications" value={view} options={VIEWS}
        onChange={setView} />
      {may && <button type="button" class="button primary" onClick={() => ask(filing(go))}>
        File an application…</button>}
    </PageHead>
    <Loaded of={list}>{(rows) => (
      <div class="card flush"><Table caption="Applications" columns={columns}
        rows={rows.filter((row) => view === 'all' || row.state === view)
          .sort((a, b) => (b.state === 'submitted') - (a.state === 'submitted'))}
        keyOf={(row) => row.id} empty="No application waits." /></div>
    )}</Loaded>
    {dialog}
  </>;
}
