// The frame around all pages: navigation, who looks at it, light or dark; and which page is shown.
import {useEffect, useRef, useState} from 'preact/hooks';

import {get} from './api.js';
import {startFeed} from './feed.js';
import {link, useData, usePlace, useTheme} from './hooks.js';
import {AbusePage} from './pages/abuse.jsx';
import {AuditPage} from './pages/audit.jsx';
import {ClusterPage} from './pages/cluster.jsx';
import {DeliveriesPage} from './pages/deliveries.jsx';
import {ApplicationPage} from './pages/application.jsx';
import {EnrolmentPage} from './pages/enrolment.jsx';
import {ProviderPage} from './pages/provider.jsx';
import {ProvidersPage} from './pages/providers.jsx';
import {SignalsPage} from './pages/signals.jsx';
import {TrafficPage} from './pages/traffic.jsx';
import {Icon} from './ui/icons.jsx';
import {Badge, Choice, Empty, Loaded, PageHead} from './ui/parts.jsx';

/** Name, title, page, page of one thing in it; `open` to viewers. */
const PAGES = [
  {name: 'cluster', title: 'Cluster', page: ClusterPage, open: true},
  {name: 'traffic', title: 'Live traffic', page: TrafficPage, open: true},
  {name: 'enrolment', title: 'Enrolment', page: EnrolmentPage, one: ApplicationPage},
  {name: 'providers', title: 'Providers', page: ProvidersPage, one: ProviderPage},
  {name: 'abuse', title: 'Abuse desk', page: AbusePage},
  {name: 'signals', title: 'Signals', page: SignalsPage, one: SignalsPage},
  {name: 'deliveries', title: 'Deliveries', page: DeliveriesPage, one: DeliveriesPage},
  {name: 'audit', title: 'Audit trail', page: AuditPage},
];
const GROUPS = [['Operation', PAGES.slice(0, 2)], ['Providers', PAGES.slice(2, 4)],
                ['Trust', PAGES.slice(4, 6)], ['Records', PAGES.slice(6)]];

const Brand = () => (
  <a class="brand" href={link('cluster')}>
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <rect width="32" height="32" rx="8" class="brand-box" />
      <path d="M22.6 11.2A8 8 0 1 0 24 16h-7" class="brand-line" />
      <circle cx="16.6" cy="16" r="2.1" class="brand-dot" />
    </svg>
    GLADOS
  </a>
);

function Navigation({current, self, onMove}) {
  return GROUPS.map(([title, pages]) => (
    <div class="nav-group" key={title}>
      <h2>{title}</h2>
      <ul>{pages.map((one) => (
        <li key={one.name}>
          <a href={link(one.name)} onClick={onMove}
            aria-current={one.name === current ? 'page' : undefined}>
            <Icon name={one.name} />{one.title}
            {self?.role === 'viewer' && !one.open &&
              <span class="nav-lock" title="Needs the role auditor"><Icon name="lock" /></span>}
          </a>
        </li>
      ))}</ul>
    </div>
  ));
}

const THEMES = [['system', 'Auto'], ['light', 'Light'], ['dark', 'Dark']];

function Who({self}) {
  if (!self) return null;
  return <div class="who">
    <p><strong>{self.name}</strong><Badge tone="plain">{self.role}</Badge></p>
    <p class="muted">{self.node_id} · {self.version}{self.sandbox ? ' · sandbox' : ''}</p>
  </div>;
}

function Closed({title}) {
  return <>
    <PageHead title={title} />
    <div class="card"><Empty icon="lock">
      Your role shows you the cluster and its traffic. The rest needs the role auditor or operator.
    </Empty></div>
  </>;
}

/** The page at an address; the cluster, if there is none there. */
function pageAt(place) {
  const row = PAGES.find((one) => one.name === (place[0] || 'cluster'));
  if (!row || place.length > 2 || (place[1] && !row.one)) return undefined;
  return {...row, View: place[1] ? row.one : row.page};
}

export function Shell() {
  const place = usePlace();
  const [theme, choose, dark] = useTheme();
  const [menu, setMenu] = useState(false);
  const main = useRef(null);
  const self = useData((signal) => get('/admin/v1/self', signal), []);
  const at = pageAt(place);

  useEffect(startFeed, []);
  useEffect(() => {
    document.title = `${at?.title || 'Not found'} · GLADOS console`;
  }, [at?.title]);
  const first = useRef(true);
  useEffect(() => {  // a new page is read from its title
    if (!first.current) main.current.querySelector('h1')?.focus();
    first.current = false;
    scrollTo(0, 0);
  }, [place.join('/')]);

  const viewOf = (who) => {
    if (!at) return <><PageHead title="Not found" /><div class="card"><Empty>
      There is no such page. <a href={link('cluster')}>To the cluster</a></Empty></div></>;
    if (who.role === 'viewer' && !at.open) return <Closed title={at.title} />;
    return <at.View key={place.join('/')} self={who} id={place[1]} dark={dark}
      may={who.role === 'operator'} />;
  };

  return <>
    <a class="skip" href="#main" onClick={(event) => {
      event.preventDefault();
      main.current.focus();
    }}>Skip to the content</a>
    <div class={`frame${menu ? ' menu-open' : ''}`}>
      <header class="side">
        <div class="side-top">
          <Brand />
          <button type="button" class="button menu" aria-expanded={menu} aria-controls="navigation"
            onClick={() => setMenu(!menu)}><Icon name="menu" />Menu</button>
        </div>
        <div class="side-body" id="navigation">
          <nav aria-label="Pages">
            <Navigation current={at?.name} self={self.data} onMove={() => setMenu(false)} />
          </nav>
          <div class="side-foot">
            <Who self={self.data} />
            <Choice name="theme" label="Colours" value={theme} options={THEMES} onChange={choose} />
          </div>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1}><Loaded of={self}>{viewOf}</Loaded></main>
    </div>
  </>;
}
