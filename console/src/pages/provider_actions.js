// What operators can do to a provider: each one call of the admin API, asked for by name.

export const providerPath = (id, ...more) =>
  ['/admin/v1/providers', encodeURIComponent(id), ...more].join('/');

const reason = (hint) => ({name: 'reason', label: 'Reason', required: true, long: 3, most: 2000,
                           hint});

export const suspending = (who) => ({
  title: `Suspend ${who.name}`, button: 'Suspend', danger: true, typed: who.provider_id,
  text: 'Its credentials are refused at once on every node. Its mappings go on being answered, and '
    + 'its notices wait.',
  fields: [reason('The provider and the audit see it.')],
  call: (values) => ({method: 'POST', path: providerPath(who.provider_id, 'suspend'),
                      body: values}),
});

export const reinstating = (who) => ({
  title: `Reinstate ${who.name}`, button: 'Reinstate',
  text: 'Its credentials are taken again.',
  fields: [{name: 'reason', label: 'Reason', long: 3, most: 2000}],
  call: (values) => ({method: 'POST', path: providerPath(who.provider_id, 'reinstate'),
                      body: values.reason ? values : {}}),
});

export const terminating = (who, two) => ({
  title: `Terminate ${who.name}`, button: 'Terminate for good', danger: true,
  typed: who.provider_id,
  text: 'Its mappings are removed and the next ones preferred. This cannot be undone.'
    + (two ? ' Another operator must do the same.' : ''),
  fields: [reason()],
  call: (values) => ({method: 'POST', path: providerPath(who.provider_id, 'terminate'),
                      body: values}),
});

export const addingCertificate = (who) => ({
  title: `Register a certificate for ${who.name}`, button: 'Register',
  fields: [{name: 'pem', label: 'Certificate', required: true, long: 8, most: 16384, mono: true,
            hint: 'One certificate in PEM, without its key. At most three live.'}],
  call: (values) => ({method: 'POST', path: providerPath(who.provider_id, 'certificates'),
                      body: values}),
});

export const removingCertificate = (who, held) => ({
  title: `Remove a certificate of ${who.name}`, button: 'Remove', danger: true,
  typed: held.thumbprint.slice(0, 8),
  text: `The certificate ${held.thumbprint.slice(0, 16)}… is refused on every node within a second.`,
  call: () => ({method: 'DELETE',
                path: providerPath(who.provider_id, 'certificates', held.thumbprint)}),
});

export const removingSecret = (who, held) => ({
  title: `Remove secret ${held.number} of ${who.name}`, button: 'Remove', danger: true,
  typed: who.provider_id,
  text: 'Tokens got by it go on until they expire; new ones are refused.',
  call: () => ({method: 'DELETE',
                path: providerPath(who.provider_id, 'secrets', String(held.number))}),
});

/** `shown(answer)` is what is shown of the new secret. */
export const addingSecret = (who, shown) => ({
  title: `Make a secret for ${who.name}`, button: 'Make it',
  text: 'It is shown once. At most two live.',
  call: () => ({method: 'POST', path: providerPath(who.provider_id, 'secrets')}),
  done: shown,
});

const OVERRIDES = [['lookup_daily', 'Lookups a day'], ['sends_daily', 'Codes a day'],
                   ['bulk_rows', 'Bulk rows']];

export const overriding = (who) => ({
  title: `Overrides of ${who.name}`, button: 'Save',
  text: 'Empty: the usual rule holds. Above what every provider has, a second operator must agree.',
  fields: OVERRIDES.map(([name, label]) => ({
    name, label, type: 'number', initial: who.overrides[name]?.toString() ?? ''})),
  call: (values) => ({method: 'PATCH', path: providerPath(who.provider_id), body: {
    overrides: Object.fromEntries(OVERRIDES.map(([name]) =>
      [name, values[name] === '' ? null : Number(values[name])])
      .filter(([name, value]) => value !== (who.overrides[name] ?? null)))}}),
});

export const settling = (who, action, level) => ({
  title: action === 'confirm' ? `Confirm ${level} for ${who.name}` : `Forgive ${who.name}`,
  button: action === 'confirm' ? 'Confirm' : 'Forgive all strikes', danger: action === 'confirm',
  typed: who.provider_id,
  text: action === 'confirm' ? `The standing becomes “${level}”.`
    : 'Grants an appeal as a whole: the standing is good again, and no strike up to now counts.',
  call: () => ({method: 'POST', path: providerPath(who.provider_id, 'standing'), body: {action}}),
});
