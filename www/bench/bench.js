/** The page that measures: choices, runs, tables, a chart, and the results as JSON. */

import { ENGINES } from './engines.js';
import { resultViews, svgChart } from './report.js';
import { WORK } from './work.js';

/** @typedef {import('../../types/bench.js').Results} Results */

/** An element of the page, which has it. @param {string} id */
const $ = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const [runButton, stopButton, copyButton] = ['run', 'stop', 'copy'].map(
  (id) => /** @type {HTMLButtonElement} */ ($(id)),
);
const query = new URLSearchParams(location.search);
/** @type {Results} */
export const results = { begun: null, finished: null, device: null, engines: [], work: [], problems: [] };
/** Ends the run under way. @type {AbortController | null} */
let running = null;

/** @param {string} group @param {string} value @param {string} label @param {boolean} checked */
function checkbox(group, value, label, checked) {
  const element = document.createElement('label');
  const input = document.createElement('input');
  Object.assign(input, { type: 'checkbox', name: group, value, checked });
  element.append(input, ` ${label}`);
  $(group).append(element);
}

/**
 * `?engines=ganvas-cpu,jax-wasm&work=W3,W4` chooses, `&run=1` begins at once, `&rounds=5` says how many samples are taken.
 * @param {string} key
 * @returns {((name: string) => boolean) | null}
 */
function named(key) {
  const names = query.get(key)?.split(',').filter(Boolean);
  return names?.length ? (name) => names.some((wanted) => name === wanted || name.startsWith(`${wanted}-`)) : null;
}

const here = ENGINES.filter(({ isolated }) => !isolated || crossOriginIsolated);
for (const { key, label, standard } of here) checkbox('engines', key, label, named('engines')?.(key) ?? standard);
for (const { key, what } of WORK) checkbox('work', key, `${what} (${key})`, named('work')?.(key) ?? true);

/** @param {string} group @returns {string[]} */
const chosen = (group) =>
  Array.from(
    /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll(`input[name="${group}"]:checked`)),
    ({ value }) => value,
  );

/** What is going on, and since when: some steps of some engines take a minute. */
let stage = '';
let since = 0;
/** @param {string} text */
function say(text) {
  if (text === stage) return;
  [stage, since] = [text, performance.now()];
  $('status').textContent = running ? `${text} …` : text;
  $('elapsed').textContent = '';
}
setInterval(() => {
  const seconds = Math.floor((performance.now() - since) / 1000);
  if (running && seconds >= 3) $('elapsed').textContent = `${seconds} s`;
}, 1000);

/**
 * One task in a thread of its own, which ends with it.
 *
 * @param {import('./worker.js').Task} message
 * @param {AbortSignal} signal
 * @param {Record<string, (value: any) => void>} handlers  by kind of what it posts; any: each kind has its own
 * @returns {Promise<void>}  rejects when the task fails, or the signal aborts: then the thread is ended at once
 */
function inWorker(message, signal, handlers) {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  /** @type {PromiseWithResolvers<void>} */
  const { promise, resolve, reject } = Promise.withResolvers();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop);
  worker.addEventListener('error', ({ message: text }) =>
    reject(new Error(text || 'The thread that measures could not start.')),
  );
  worker.addEventListener('message', ({ data: { kind, value } }) => {
    if (kind === 'done') resolve();
    else if (kind === 'failed') reject(new Error(value));
    else handlers[kind](value);
  });
  worker.postMessage(message);
  return promise.finally(() => {
    signal.removeEventListener('abort', stop);
    worker.terminate();
  });
}

/**
 * Each engine in a fresh thread: seconds from nothing to the first step, and the bytes that were loaded for it.
 * @param {import('./work.js').Work} cold
 * @param {{ key: string, name: string }[]} engines
 * @param {AbortSignal} signal
 */
async function coldStarts({ key, what, params: { of = '' } }, engines, signal) {
  /** @type {import('../../types/bench.js').Row} */
  const row = { key, what, flops: 0, engines: {} };
  /** @type {import('./engines.js').Numbers | null} */
  let numbers = null;
  for (const { key: engine, name } of engines) {
    const isOurs = engine.startsWith('ganvas'); // its program makes the numbers itself
    if (!isOurs && !numbers) {
      await inWorker({ task: 'numbers', work: of }, signal, {
        numbers: (value) => {
          numbers = value;
        },
      });
    }
    say(`${key}: ${name} starts`);
    try {
      const begun = performance.now();
      await inWorker({ task: 'cold', engine, work: of, numbers: isOurs ? null : numbers }, signal, {
        cold: (loaded) => {
          row.engines[engine] = { coldMs: performance.now() - begun, ...loaded };
        },
      });
    } catch (error) {
      signal.throwIfAborted();
      row.engines[engine] = { problem: error.message };
      results.problems.push(`${name}, ${key}: ${error.message}`);
    }
  }
  return row;
}

/** @param {import('../../types/bench.js').Row} row */
const add = (row) => {
  results.work.push(row);
  draw();
};

export async function run() {
  running = new AbortController();
  const { signal } = running;
  runButton.disabled = true;
  stopButton.disabled = false;
  delete document.documentElement.dataset.finished;
  const { userAgent, hardwareConcurrency } = navigator;
  const engines = here
    .filter(({ key }) => chosen('engines').includes(key))
    .map(({ key, label }) => ({ key, name: label }));
  Object.assign(results, {
    begun: new Date().toISOString(),
    finished: null,
    device: { userAgent, hardwareConcurrency, crossOriginIsolated },
    engines,
    work: [],
    problems: [],
  });
  let end = '';
  try {
    const work = WORK.filter(({ key }) => chosen('work').includes(key));
    if (engines.length === 0 || work.length === 0) throw new Error('Choose at least one engine and one piece of work.');
    for (const cold of work.filter(({ kind }) => kind === 'cold')) add(await coldStarts(cold, engines, signal));
    const timed = work.filter(({ kind }) => kind !== 'cold').map(({ key }) => key);
    const options = { rounds: Number(query.get('rounds')) || undefined };
    if (timed.length > 0) {
      await inWorker({ task: 'compare', engines: engines.map(({ key }) => key), work: timed, options }, signal, {
        status: say,
        problem: (text) => results.problems.push(text),
        device: (facts) => Object.assign(results.device ?? {}, facts),
        row: add,
      });
    }
    end = results.problems.length ? `Done, with ${results.problems.length} problems: they stand below.` : 'Done.';
  } catch (error) {
    end = signal.aborted ? 'Stopped. What was finished stands below.' : `It broke off: ${error.message}`;
    if (!signal.aborted) results.problems.push(error.message);
  }
  running = null;
  say(end);
  results.finished = new Date().toISOString();
  draw();
  runButton.disabled = false;
  stopButton.disabled = true;
  document.documentElement.dataset.finished = 'yes';
}

function draw() {
  $('results').replaceChildren(svgChart(results), ...resultViews(results));
  copyButton.disabled = results.work.length === 0;
}

$('choices').addEventListener('submit', (event) => {
  event.preventDefault();
  run();
});
stopButton.addEventListener('click', () => running?.abort());
copyButton.addEventListener('click', async () => {
  await navigator.clipboard.writeText(JSON.stringify(results, null, 1));
  say('The results are on the clipboard.');
});

/** For whoever drives this page from outside. */
window.ganvasBench = { results, run };
if (query.get('run') === '1') run();
