// The console in headless Chromium: every page is opened, used by pointer and keyboard, and looked
// at in both themes and two widths. Called by run.py with what it needs to know as JSON.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';

const told = JSON.parse(process.argv[2]);
const from = createRequire(join(told.packages, 'package.json'));
const {chromium} = from('playwright-core');
const AXE = readFileSync(from.resolve('axe-core/axe.min.js'), 'utf8');

const WIDE = {width: 1280, height: 860};
const PHONE = {width: 390, height: 844};
const PATIENCE = 30_000;
const OFTEN = {polling: 50};  // a page that is not painted is asked, too
const FLAGS = ['--disable-gpu', '--no-first-run', '--disable-background-networking',
               '--disable-component-update', '--disable-sync', '--disable-quic'];
const tests = [];
const test = (name, body) => told.words.every((word) => name.includes(word)) && tests.push([name, body]);

export class Failed extends Error {}
const same = (seen, wanted, what) => {
  if (JSON.stringify(seen) !== JSON.stringify(wanted))
    throw new Failed(`${what}: ${JSON.stringify(seen)} instead of ${JSON.stringify(wanted)}`);
};
const truly = (fact, what) => { if (!fact) throw new Failed(what); };

/** One operator's browser: what goes wrong in any of its pages is kept. */
class Visitor {
  constructor(context) {
    this.context = context;
    this.faults = [];
    this.foreign = [];
    this.allowed = new Set();
  }

  static async of(browser, name, more = {}) {
    const {cert, key} = told.operators[name];
    const context = await browser.newContext({
      viewport: WIDE, colorScheme: 'light', ignoreHTTPSErrors: true, timezoneId: 'UTC',
      locale: 'en-GB', ...more,
      clientCertificates: [{origin: new URL(told.admin_url).origin, certPath: cert, keyPath: key}],
    });
    context.setDefaultTimeout(PATIENCE);
    await context.addInitScript(AXE);
    const made = new Visitor(context);
    made.page = await context.newPage();
    made.watch(made.page);
    return made;
  }

  watch(page) {
    page.on('console', (message) => {
      if (message.type() === 'error' && !this.excused(message))
        this.faults.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.faults.push(`script: ${error.message}`));
    page.on('request', (asked) => {
      if (!asked.url().startsWith(told.admin_url)) this.foreign.push(asked.url());
    });
    page.on('requestfailed', (asked) => {
      const why = asked.failure()?.errorText || '';
      if (why !== 'net::ERR_ABORTED') this.faults.push(`request: ${asked.url()} ${why}`);
    });
    page.on('response', (answer) => {
      if (answer.status() >= 400 && !this.expected(answer.status(), answer.url()))
        this.faults.push(`answer: ${answer.status()} ${answer.url()}`);
    });
  }

  /** Most providers have no webhook; the rest is what a test says. */
  expected(status, url) {
    return this.allowed.has(status) || (status === 404 && url.endsWith('/webhook'));
  }

  /** The browser itself reports an answer 4xx as an error: where one is expected, that is none. */
  excused(message) {
    const status = /status of (\d+)/.exec(message.text())?.[1];
    return status && this.expected(Number(status), message.location().url);
  }

  async open(path) {
    await this.page.goto(`${told.admin_url}/console${path ? `#/${path}` : ''}`);
    await this.settled();
  }

  /** As from the address bar: nothing of the page before is left. */
  async fresh(path) {
    await this.page.goto('about:blank');
    await this.open(path);
  }

  async settled() {
    await this.page.locator('main h1').waitFor();
    await this.page.waitForFunction(() => !document.querySelector('.loading'), undefined, OFTEN);
  }

  button(name, root = this.page) { return root.getByRole('button', {name}); }
  dialog() { return this.page.getByRole('dialog'); }

  async confirm(name) {
    await this.button(name, this.dialog()).click();
  }

  check(what) {
    const seen = this.faults.splice(0);
    same(seen, [], `faults while ${what}`);
    same(this.foreign.splice(0), [], `requests to others while ${what}`);
  }
}

const PAGES = [
  ['cluster', 'cluster', 'svg.shards rect'],
  ['enrolment', 'enrolment', 'tbody tr'],
  ['application', `enrolment/${told.application}`, '.check'],
  ['providers', 'providers', 'tbody tr'],
  ['provider', 'providers/alpha', '.bars li'],
  ['abuse', 'abuse', 'tbody tr'],
  ['signals', 'signals', 'tbody tr'],
  ['deliveries', 'deliveries/alpha', 'tbody tr'],
  ['audit', 'audit', 'tbody tr'],
  ['traffic', 'traffic', '.plot canvas'],
];
const TALLEST = 2000;  // of a picture of a phone
const FORMS = [['light', WIDE], ['dark', WIDE], ['light', PHONE], ['dark', PHONE]];

/** Squares of the map and rows of a table are alike: some of each stand for all. */
async function accessible(page, where) {
  const found = await page.evaluate(async () => {
    const {violations} = await globalThis.axe.run(
      {exclude: ['svg.shards rect', 'tbody tr:nth-child(n+6)']}, {resultTypes: ['violations']});
    return violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3)
      .map((node) => `${node.target} ${node.failureSummary?.split('\n')[1] || ''}`).join(' | ')}`);
  });
  same(found, [], `accessibility of ${where}`);
}

async function fits(page, where) {
  const [content, room] = await page.evaluate(() =>
    [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  truly(content <= room, `${where} is ${content} px wide in ${room}`);
}

async function picture(page, name, scheme, size) {
  const phone = size === PHONE;
  if (name === 'traffic')  // the plots begin when the page does
    await page.waitForFunction(() => performance.now() > 90_000, undefined,
      {polling: 500, timeout: 120_000});
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.screenshot({
    fullPage: phone, path: join(told.pictures, `${name}-${scheme}${phone ? '-phone' : ''}.png`),
    ...(phone && {clip: {x: 0, y: 0, width: size.width, height: Math.min(height, TALLEST)}})});
}

for (const [name, path, sign] of PAGES)
  test(`${name}: complete, accessible and within its width, light and dark, 1280 px and phone`,
    async ({operator}) => {
      const {page} = operator;
      await operator.open(path);
      await page.locator(sign).first().waitFor();
      for (const [scheme, size] of FORMS) {
        await page.setViewportSize(size);
        await page.emulateMedia({colorScheme: scheme});
        const where = `${name}, ${scheme}, ${size.width} px`;
        await page.waitForFunction((wanted) =>
          document.documentElement.dataset.theme === wanted, scheme, OFTEN);
        await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished)));
        await fits(page, where);
        if (scheme === 'light' || size === WIDE) await accessible(page, where);
        if (told.pictures && (scheme === 'light' || size === WIDE))
          await picture(page, name, scheme, size);
      }
      await page.setViewportSize(WIDE);
      await page.emulateMedia({colorScheme: 'light'});
      operator.check(`looking at ${name}`);
    });

test('the page is under a strict policy, and what is fetched twice is not sent twice',
  async ({operator}) => {
    const {page} = operator;
    const answer = await page.goto(`${told.admin_url}/console`);
    const headers = answer.headers();
    const policy = headers['content-security-policy'];
    truly(policy.includes("default-src 'none'") && policy.includes("frame-ancestors 'none'"), policy);
    truly(!policy.includes('unsafe'), policy);
    same(headers['x-content-type-options'], 'nosniff', 'nosniff');
    same(headers['cache-control'], 'private, no-cache', 'the page itself is asked for again');
    await operator.settled();
    operator.check('opening');
    const seen = await page.evaluate(async () => {
      const script = [...document.scripts][0].src;
      const first = await fetch(script, {cache: 'reload'});
      const again = await fetch('/console', {headers: {'If-None-Match': (await fetch('/console')).headers.get('ETag')}});
      return [first.headers.get('Cache-Control'), again.status];
    });
    same(seen, ['private, max-age=31536000, immutable', 304], 'caching');
    const ran = await page.evaluate(() => {
      try {
        const made = document.createElement('script');
        made.text = 'globalThis.intruder = true';
        document.head.append(made);
      } catch { /* the policy refuses the text itself */ }
      return globalThis.intruder === true;
    });
    same(ran, false, 'an inline script ran');
    operator.faults = [];
  });

test('keyboard: skip link, navigation, and a dialog that gives the focus back', async ({operator}) => {
  const {page} = operator;
  await operator.fresh('cluster');
  await page.keyboard.press('Tab');
  same(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content', 'first');
  await page.keyboard.press('Enter');
  same(await page.evaluate(() => document.activeElement.id), 'main', 'the content has the focus');
  const link = page.getByRole('link', {name: 'Providers'});
  await link.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', {level: 1, name: 'Providers'}).waitFor();
  await page.waitForFunction(() => document.activeElement.tagName === 'H1');
  await operator.open('providers/beta');
  const suspend = operator.button('Suspend…');
  await suspend.focus();
  await page.keyboard.press('Enter');
  await operator.dialog().waitFor();
  await accessible(page, 'a dialog');
  if (told.pictures) await page.screenshot({path: join(told.pictures, 'dialog-light.png')});
  for (let i = 0; i < 6; ++i) {
    await page.keyboard.press('Tab');
    truly(await page.evaluate(() => document.activeElement === document.body
      || Boolean(document.activeElement.closest('dialog'))), 'the focus left the dialog');
  }
  for (let i = 0; i < 12; ++i) {  // it is back when the dialog is gone, not a frame later
    await page.keyboard.press('Escape');
    await operator.dialog().waitFor({state: 'detached'});
    same(await page.evaluate(() => document.activeElement.textContent), 'Suspend…', 'focus came back');
    await page.keyboard.press('Enter');
    await operator.dialog().waitFor();
  }
  await page.keyboard.press('Escape');
  await operator.dialog().waitFor({state: 'detached'});
  operator.check('using the keyboard');
});

test('theme: chosen by keyboard, kept over a reload', async ({operator}) => {
  const {page} = operator;
  await operator.open('cluster');
  await page.getByRole('radio', {name: 'Auto'}).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  same(await theme(), 'dark', 'after two steps');
  await page.reload();
  await operator.settled();
  same(await theme(), 'dark', 'after a reload');
  await page.getByRole('radio', {name: 'Auto'}).check({force: true});
  operator.check('choosing a theme');
});

test('traffic: figures move, plots are drawn, conversion is told by country and channel',
  async ({operator}) => {
    const {page} = operator;
    await operator.open('traffic');
    const figure = (label) => page.locator('.tile', {hasText: label}).locator('.figure').textContent();
    await page.waitForFunction(() => document.querySelectorAll('.plot canvas').length === 4);
    await page.waitForFunction(() => Number.parseFloat(document.querySelector('.tile .figure')
      .textContent) > 0);
    truly(/\d+ (ms|µs)/.test(await figure('Lookup p99')), 'the percentile is a time');
    const drawn = await page.evaluate(() => [...document.querySelectorAll('.plot canvas')].map((one) =>
      one.getContext('2d').getImageData(0, 0, one.width, one.height).data.some((byte) => byte > 0)));
    same(drawn, [true, true, true, true], 'something is drawn');
    const india = page.getByRole('row', {name: /India/});
    truly(/sms.*8.*3.*37\.5 %/.test((await india.textContent()).replaceAll('\n', ' ')),
      `India: ${await india.textContent()}`);
    truly(await page.getByRole('row', {name: /Mail.*email/}).count() === 1, 'mail has no country');
    await page.getByRole('radio', {name: '5 min', exact: true}).focus();
    await page.keyboard.press('ArrowLeft');
    truly(await page.getByRole('radio', {name: '1 min'}).isChecked(), 'the window by keyboard');
    operator.check('watching the traffic');
  });

test('enrolment: a check with its evidence, then approval by the typed name, the secret once',
  async ({operator}) => {
    const {page} = operator;
    await operator.open('enrolment');
    await page.getByRole('link', {name: 'Nimbus Talk'}).click();
    await page.getByRole('heading', {level: 1, name: 'Nimbus Talk'}).waitFor();
    truly(await operator.button('Approve…').isDisabled(), 'approval with an open check');
    await operator.button(/Record….*spam/).click();
    await page.getByLabel('Evidence').fill('Terms section 4; a report was answered in two hours.');
    await operator.confirm('Record');
    await operator.dialog().waitFor({state: 'detached'});
    await page.getByText('All five checks have passed.').waitFor();
    await operator.button('Approve…').click();
    truly(await operator.button('Approve', operator.dialog()).isDisabled(), 'without the name');
    await page.getByLabel(/Type nimbus/).fill('nimbus');
    await operator.confirm('Approve');
    const secret = operator.dialog().locator('code');
    truly((await secret.textContent()).length >= 32, 'the secret is shown');
    await operator.button('Close', operator.dialog()).click();
    await page.getByRole('link', {name: 'To the provider'}).click();
    await page.getByRole('heading', {level: 1, name: 'Nimbus Talk'}).waitFor();
    truly(!(await page.content()).includes('client_secret'), 'the secret is gone');
    operator.check('enrolling');
  });

test('enrolment: what the service refuses is said in the dialog', async ({operator}) => {
  const {page} = operator;
  await operator.open('enrolment');
  await operator.button('File an application…').click();
  await page.getByLabel('Provider id').fill('nimbus');
  await page.getByLabel('Name').fill('Nimbus again');
  await page.getByLabel('Contact').fill('trust desk');
  await page.getByLabel('Website').fill('https://nimbus.example');
  await page.getByLabel('Apps').fill('Nimbus');
  operator.allowed.add(409);
  await operator.confirm('File it');
  await operator.dialog().getByRole('alert').waitFor();
  await page.keyboard.press('Escape');
  await operator.dialog().waitFor({state: 'detached'});
  operator.check('filing');
  operator.allowed.clear();
});

test('provider: suspended and reinstated, an override set and shown', async ({operator}) => {
  const {page} = operator;
  await operator.open('providers/gamma');
  await operator.button('Suspend…').click();
  await page.getByLabel('Reason').fill('A drill.');
  await page.getByLabel(/Type gamma/).fill('gamma');
  await operator.confirm('Suspend');
  await operator.dialog().waitFor({state: 'detached'});
  await page.locator('.page-head .badge', {hasText: 'suspended'}).waitFor();
  await operator.button('Reinstate…').click();
  await operator.confirm('Reinstate');
  await page.locator('.page-head .badge', {hasText: 'active'}).waitFor();
  await operator.button('Overrides…').click();
  await page.getByLabel('Codes a day').fill('777');
  await operator.confirm('Save');
  await operator.dialog().waitFor({state: 'detached'});
  await page.getByText('of 777').waitFor();
  await operator.button('Make one…').click();
  await operator.confirm('Make it');
  truly((await operator.dialog().locator('code').textContent()).length >= 32, 'a secret');
  await operator.button('Close', operator.dialog()).click();
  await page.getByRole('region', {name: 'Secrets', exact: true}).getByRole('row').nth(2).waitFor();
  operator.check('changing a provider');
});

test('abuse desk: a report is upheld with a note and leaves the open ones', async ({operator}) => {
  const {page} = operator;
  await operator.open('abuse');
  const before = await page.locator('tbody tr').count();
  await operator.button(`Uphold… ${told.report}`).click();
  await page.getByLabel('Note').fill('Consent could not be shown.');
  await operator.confirm('Uphold');
  await page.waitForFunction((n) => document.querySelectorAll('tbody tr').length === n, before - 1);
  await page.getByRole('radio', {name: 'All'}).check({force: true});
  await page.getByText('Consent could not be shown.').waitFor();
  await operator.open('providers/vortex');
  await page.getByRole('region', {name: 'Strikes', exact: true}).getByText('Upheld').first().waitFor();
  operator.check('resolving a report');
});

test('signals: a throttle is lifted', async ({operator}) => {
  const {page} = operator;
  await operator.open('signals');
  const row = page.getByRole('row', {name: /harvest/}).first();
  await operator.button(/Lift…/, row).click();
  await page.getByLabel('Reason').fill('A load test, announced.');
  await operator.confirm('Lift it');
  await page.getByText('A load test, announced.').waitFor();
  operator.check('lifting a throttle');
});

test('audit: the chain is checked in the browser, the newest first, then from the beginning',
  async ({auditor}) => {
    const {page} = auditor;
    await auditor.open('audit');
    await page.getByText(/hashed here, in the browser, and linked up to the head/).waitFor();
    for (const did of ['application.approve', 'certificate.add', 'signal.raise'])
      truly(await page.getByText(did, {exact: true}).count() > 0, `${did} is listed`);
    await page.getByText(/^The newest 50 records/).waitFor();
    await auditor.button('Verify from the beginning').click();
    await page.getByText(/^All \d+ records hashed/).waitFor();
    await auditor.button('Older records').click();
    await page.getByRole('row', {name: /^1 /}).waitFor();
    auditor.check('reading the audit');
  });

test('audit: a record that was changed on its way is found', async ({auditor}) => {
  const {page} = auditor;
  await page.route('**/admin/v1/audit?**', async (route) => {
    const answer = await route.fetch();
    const told_ = await answer.json();
    if (told_.records.length > 3)
      told_.records[3].body = told_.records[3].body.replace('"at"', '"At"');
    await route.fulfill({response: answer, json: told_});
  });
  await auditor.fresh('audit');
  await page.getByText(/The chain is broken: the text of record \d+ is not what was hashed/).waitFor();
  await page.unroute('**/admin/v1/audit?**');
  auditor.check('reading a broken audit');
});

test('deliveries: chosen by keyboard; tries and outcomes are shown', async ({operator}) => {
  const {page} = operator;
  await operator.open('deliveries');
  await page.getByText('will retry').first().waitFor();
  await page.getByLabel('Provider').focus();
  await page.keyboard.press('ArrowDown');
  await page.getByText('Nothing was posted in this time.').waitFor();
  await page.getByText('None: it reads the feed.').waitFor();
  operator.check('choosing a provider');
});

test('roles: an auditor sees everything and can change nothing', async ({auditor}) => {
  for (const [name, path, sign] of PAGES) {
    await auditor.open(path);
    await auditor.page.locator(sign).first().waitFor().catch(() => {
      if (name !== 'abuse' && name !== 'signals') throw new Failed(`${name} is empty`);
    });
    const buttons = await auditor.page.locator('main button').allTextContents();
    same(buttons.filter((text) => text.endsWith('…')), [], `buttons that change, on ${name}`);
  }
  auditor.check('looking around');
});

test('roles: a viewer sees cluster and traffic, and is told what the rest needs', async ({viewer}) => {
  const {page} = viewer;
  await viewer.open('cluster');
  await page.locator('svg.shards rect').first().waitFor();
  for (const path of ['enrolment', 'providers/alpha', 'audit']) {
    await viewer.open(path);
    await page.getByText('The rest needs the role auditor or operator.').waitFor();
  }
  viewer.check('looking around');
});

test('another site cannot make the browser do anything; a link to the console works',
  async ({operator}) => {
    const answers = [];
    const elsewhere = async () => {
      const page = await operator.context.newPage();
      page.on('response', (answer) => {
        if (answer.url().startsWith(`${told.admin_url}/admin`)) answers.push(answer.status());
      });
      await page.route('https://evil.example/**', (route) => route.fulfill({
        contentType: 'text/html', body: `<a href="${told.admin_url}/console">console</a>
          <form method="post" action="${target}/suspend" enctype="text/plain">
          <input name='{"reason":"gotcha","x":"' value='"}'></form>`}));
      await page.goto('https://evil.example/');
      return page;
    };
    const target = `${told.admin_url}/admin/v1/providers/beta`;
    const page = await elsewhere();
    await page.evaluate(async (url) => {
      const body = JSON.stringify({reason: 'gotcha'});
      for (const type of ['text/plain', 'application/json'])
        await fetch(`${url}/suspend`, {method: 'POST', mode: type === 'text/plain' ? 'no-cors' : 'cors',
          credentials: 'include', headers: {'Content-Type': type}, body}).catch(() => {});
      await fetch(`${url}/reinstate`, {method: 'POST', mode: 'no-cors', credentials: 'include'})
        .catch(() => {});
    }, target);
    await Promise.all([page.waitForResponse((one) => one.url().endsWith('/suspend')),
                       page.evaluate(() => document.forms[0].submit())]);
    truly(answers.length >= 3 && answers.every((status) => status === 403 || status === 405),
      `answers: ${answers}`);
    await page.close();
    const other = await elsewhere();
    await other.getByRole('link', {name: 'console'}).click();
    await other.getByRole('heading', {level: 1, name: 'Cluster'}).waitFor();
    await other.close();
    await operator.open('providers/beta');
    await operator.page.locator('.page-head .badge', {hasText: 'active'}).waitFor();
    operator.check('being attacked');
  });

test('cluster: a drain is confirmed by name, and the moves are seen', async ({operator}) => {
  const {page} = operator;
  await operator.open('cluster');
  const node = page.locator('.node', {hasText: 'node-3'});
  await operator.button('Drain…', node).click();
  await page.getByLabel(/Type node-3/).fill('node-2');
  truly(await operator.button('Drain', operator.dialog()).isDisabled(), 'by another name');
  await page.getByLabel(/Type node-3/).fill('node-3');
  await operator.confirm('Drain');
  await node.getByText('draining').waitFor();
  await page.getByLabel('Shard', {exact: true}).fill('1023');
  await page.getByText(/Owned by node-[123]\./).waitFor();
  await page.locator('.moves li').first().waitFor();
  truly(/node-3 → node-[12]/.test(await page.locator('.moves li').first().textContent()), 'a move');
  if (told.pictures) {
    await page.waitForFunction(() => document.querySelectorAll('.moves li').length >= 12);
    await page.screenshot({path: join(told.pictures, 'moves-light.png')});
  }
  operator.check('draining a node');
});

async function main() {
  const browser = await chromium.launch({executablePath: told.browser, args: FLAGS,
    chromiumSandbox: process.getuid() !== 0});
  const visitors = {};
  for (const name of ['operator', 'auditor', 'viewer'])
    visitors[name] = await Visitor.of(browser, name);
  for (const [name, body] of tests) {
    const began = Date.now();
    try {
      await body(visitors);
      console.log(`PASS console: ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    } catch (why) {
      console.log(`FAIL console: ${name}\n     ${String(why.message).split('\n').slice(0, 12).join('\n     ')}`);
      const place = /browser\.mjs:\d+/.exec(why.stack || '');
      if (place) console.log(`     at ${place}`);
      for (const visitor of Object.values(visitors)) {
        if (visitor.faults.length) console.log(`     also: ${visitor.faults.join('; ')}`);
        visitor.faults = [];
        visitor.foreign = [];
        visitor.allowed.clear();
        await visitor.page.goto('about:blank');
        await visitor.page.setViewportSize(WIDE);
      }
    }
  }
  await browser.close();
}

await main();
