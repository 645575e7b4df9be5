// One application: the five checks with their evidence, and the decision.
import {get} from '../api.js';
import {link, useData} from '../hooks.js';
import {useAction} from '../ui/dialog.jsx';
import {Icon} from '../ui/icons.jsx';
import {Badge, Card, Choice, Copy, Facts, Loaded, Moment, PageHead} from '../ui/parts.jsx';
import {CHECK_MARKS} from './enrolment.jsx';

/** What each check asks (docs/enrolment.md). */
const QUESTIONS = {
  business: 'Does a legal entity answer for the service?',
  availability: 'Can people have the service now?',
  messaging: 'Does it let people write to each other?',
  reputation: 'Is it known for harm?',
  spam: 'What happens to those who abuse it?',
};
const MARKS = {good: 'check', bad: 'cross', plain: 'dash'};
const path = (id, ...more) =>
  ['/admin/v1/applications', encodeURIComponent(id), ...more].join('/');

const recording = (form, check) => ({
  title: `Record the check “${check.check}” of ${form.name}`,
  text: QUESTIONS[check.check],
  button: 'Record',
  fields: [
    {name: 'result', initial: 'pass', render: (value, set) => (
      <Choice name="result" label="Result" value={value} onChange={set}
        options={[['pass', 'Passed'], ['fail', 'Failed']]} />)},
    {name: 'evidence', label: 'Evidence', required: true, long: 4, most: 2000,
     hint: 'What was looked at, when, and where it is kept.'},
    {name: 'note', label: 'Note', long: 2, most: 2000},
  ],
  call: (values) => ({method: 'POST', path: path(form.id, 'checks'),
                      body: {check: check.check, ...values}}),
});

const Secret = ({made}) => <>
  <p>{made.provider_id} is enrolled. The secret is shown this once; hand it over by the contact
    that was confirmed.</p>
  <Facts rows={[
    ['Client id', <span class="mono">{made.client_id}</span>],
    ['Client secret', <span class="secret"><code>{made.client_secret}</code>
      <Copy text={made.client_secret} /></span>],
  ]} />
</>;

const approving = (form) => ({
  title: `Approve ${form.name}`,
  text: `${form.provider_id} becomes a provider with ${
    form.scopes.filter((scope) => scope !== 'bulk').join(', ') || 'no scope'}.${
    form.scopes.includes('bulk') ? ' The scope bulk is granted later, by two operators.' : ''}`,
  button: 'Approve', typed: form.provider_id,
  call: () => ({method: 'POST', path: path(form.id, 'approve')}),
  done: (answer) => <Secret made={answer.body} />,
});

const rejecting = (form) => ({
  title: `Reject ${form.name}`, button: 'Reject', danger: true,
  fields: [{name: 'reason', label: 'Reason', required: true, long: 4, most: 2000,
            hint: 'Which check failed, on what evidence, and what would pass.'}],
  call: (values) => ({method: 'POST', path: path(form.id, 'reject'), body: values}),
});

function Check({check, form, may, ask}) {
  const [mark, tone] = CHECK_MARKS[check.result || 'open'];
  return (
    <li class={`check ${tone}`}>
      <span class="check-mark"><Icon name={MARKS[tone]} /></span>
      <div class="check-body">
        <div class="check-head">
          <h3>{check.check}</h3><Badge tone={tone}>{mark}</Badge>
          {may && form.state === 'submitted' &&
            <button type="button" class="button small" onClick={() => ask(recording(form, check))}>
              {check.result ? 'Check again…' : 'Record…'}
              <span class="unseen"> ({check.check})</span></button>}
        </div>
        <p class="question">{QUESTIONS[check.check]}</p>
        {check.result ? <>
          <blockquote>{check.evidence}</blockquote>
          {check.note && <p class="check-note">{check.note}</p>}
          <p class="muted">{check.by} · <Moment at={check.at} /></p>
        </> : <p class="muted">Still to be made.</p>}
      </div>
    </li>
  );
}

/** Why this operator cannot approve, or nothing. */
function hindrance(form, self) {
  const open = form.checks.filter((one) => one.result !== 'pass');
  if (open.length) return `Not passed yet: ${open.map((one) => one.check).join(', ')}.`;
  if (self.two_person && form.checks.every((one) => one.by === self.name))
    return 'You recorded all five checks: another operator decides.';
  return undefined;
}

function Decision({form, self, may, ask}) {
  if (form.state === 'approved')
    return <Card id="decision" title="Decision"><p>Approved. <a
      href={link('providers', form.provider_id)}>To the provider</a></p></Card>;
  if (form.state === 'rejected')
    return <Card id="decision" title="Decision"><p>Rejected:</p>
      <blockquote>{form.reason}</blockquote></Card>;
  const why = hindrance(form, self);
  return (
    <Card id="decision" title="Decision">
      <p>{why || 'All five checks have passed.'}</p>
      {may && <div class="row">
        <button type="button" class="button primary" disabled={Boolean(why)}
          onClick={() => ask(approving(form))}>Approve…</button>
        <button type="button" class="button" onClick={() => ask(rejecting(form))}>Reject…</button>
      </div>}
    </Card>
  );
}

export function ApplicationPage({id, self, may}) {
  const form = useData((signal) => get(path(id), signal), [id]);
  const [dialog, ask] = useAction(form.refresh);
  return <>
    <PageHead title={form.data?.name || 'Application'}
      back={{href: link('enrolment'), text: 'Enrolment'}}>
      {form.data && <Badge of={form.data.state} />}
    </PageHead>
    <Loaded of={form}>{(seen) => (
      <div class="split wide-left">
        <Card id="checks" title="The five checks">
          <ol class="checks">{seen.checks.map((check) => (
            <Check key={check.check} check={check} form={seen} may={may} ask={ask} />
          ))}</ol>
        </Card>
        <div class="stack">
          <Decision form={seen} self={self} may={may} ask={ask} />
          <Card id="application" title="Application">
            <Facts rows={[
              ['Provider id', <span class="mono">{seen.provider_id}</span>],
              ['Contact', seen.contact],
              ['Website', <span class="breaks">{seen.website}</span>],
              ['Apps', seen.apps.join(', ')],
              ['Scopes', seen.scopes.join(', ')],
              ['Id', <span class="mono breaks">{seen.id}</span>],
            ]} />
          </Card>
        </div>
      </div>
    )}</Loaded>
    {dialog}
  </>;
}
