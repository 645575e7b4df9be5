// Samples of /metrics, taken from when the console was opened: going from page to page loses none.
import {useEffect, useState} from 'preact/hooks';

import {get} from './api.js';
import {sample} from './metrics.js';

export const INTERVAL = 2000;
const KEPT = 450;  // fifteen minutes

const state = {samples: [], error: undefined};
const listeners = new Set();
let timer = 0;

async function take() {
  try {
    const text = await get('/metrics');
    state.samples = [...state.samples.slice(1 - KEPT), sample(text, Date.now())];
    state.error = undefined;
  } catch (error) {
    state.error = error;
  }
  for (const tell of listeners) tell({...state});
}

export function startFeed() {
  if (timer) return;
  take();
  timer = setInterval(take, INTERVAL);
}

export function useFeed() {
  const [seen, setSeen] = useState({...state});
  useEffect(() => {
    listeners.add(setSeen);
    return () => listeners.delete(setSeen);
  }, []);
  return seen;
}
