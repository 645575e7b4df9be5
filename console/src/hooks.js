// State that several pages share: what was loaded and how old it is, the address, the theme.
import {useCallback, useEffect, useLayoutEffect, useRef, useState} from 'preact/hooks';

/**
 * Loads by `load(signal)`, again when `deps` change, every `every` ms while the page is seen, and by
 * `refresh()`. A failure keeps what was there.
 */
export function useData(load, deps, every = 0) {
  const [state, setState] = useState({data: undefined, error: undefined});
  const latest = useRef(load);
  latest.current = load;
  const running = useRef(null);

  const refresh = useCallback(async () => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    try {
      const data = await latest.current(mine.signal);
      if (!mine.signal.aborted) setState({data, error: undefined});
    } catch (error) {
      if (!mine.signal.aborted) setState((before) => ({data: before.data, error}));
    }
  }, []);

  useEffect(() => {
    setState({data: undefined, error: undefined});
    refresh();
    return () => running.current?.abort();
  }, deps);

  useEffect(() => {
    if (!every) return undefined;
    const timer = setInterval(() => document.hidden || refresh(), every);
    return () => clearInterval(timer);
  }, [every, ...deps]);

  return {...state, loading: state.data === undefined && !state.error, refresh};
}

/**
 * A list that only grows at its end: loaded once by `load(cursor, signal)`, which answers {rows, next},
 * then continued every `every` ms.
 */
export function useTail(load, deps, every) {
  const seen = useRef();
  const began = useRef('');
  const key = JSON.stringify(deps);
  if (began.current !== key) {
    began.current = key;
    seen.current = {rows: [], next: ''};
  }
  return useData(async (signal) => {
    const mine = seen.current;
    const got = await load(mine.next, signal);
    mine.rows = [...mine.rows, ...got.rows];
    mine.next = got.next;
    return mine.rows;
  }, deps, every);
}

const place = () => location.hash.replace(/^#\/?/, '').split('/').filter(Boolean).map(decodeURIComponent);

/** The parts of the address after '#'. */
export function usePlace() {
  const [parts, setParts] = useState(place);
  useEffect(() => {
    const changed = () => setParts(place());
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return parts;
}

export const link = (...parts) => `#/${parts.map(encodeURIComponent).join('/')}`;

const KEY = 'glados-theme';

function stored() {
  try {
    return localStorage.getItem(KEY) || 'system';
  } catch {
    return 'system';  // storage is switched off: the choice lasts as long as the page
  }
}

/** [choice, choose, dark]: 'system', 'light' or 'dark', and what that means now. */
export function useTheme() {
  const [choice, setChoice] = useState(stored);
  const system = useMedia('(prefers-color-scheme: dark)');
  const dark = choice === 'dark' || (choice === 'system' && system);
  useLayoutEffect(() => {  // before the plots look up their colours
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  }, [dark]);
  const choose = (next) => {
    setChoice(next);
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // as above
    }
  };
  return [choice, choose, dark];
}

/** Whether a media query holds, now and when that changes. */
export function useMedia(query) {
  const [holds, setHolds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const changed = () => setHolds(list.matches);
    changed();
    list.addEventListener('change', changed);
    return () => list.removeEventListener('change', changed);
  }, [query]);
  return holds;
}

/** The time, anew every `every` ms, for what is shown as an age. */
export function useNow(every = 1000) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
