/** The page that measures: choices, runs, tables, a chart, and the results as JSON. */

import { ENGINES } from './engines.js';
import { difference, measure } from './measure.js';
import { resultTable, svgChart } from './report.js';
import { WORK } from './work.js';

const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const status = $('status');
const ready = new Map(); // engines that have been loaded
const results = { device: null, engines: [], work: [], problems: [] };
let controller = null;

const say = (text) => {
  status.textContent = text;
};

function checkbox(group, value, label, checked, title) {
  const element = document.createElement('label');
  const input = document.createElement('input');
  Object.assign(input, { type: 'checkbox', name: group, value, checked });
  element.append(input, ` ${label}`);
  if (title) element.title = title;
  $(group).append(element);
}

/** `?engines=ganvas-cpu,jax-wasm&work=W3,W4` chooses, and `&run=1` begins at once. */
function named(key) {
  const names = query.get(key)?.split(',').filter(Boolean);
  return names?.length ? (name) => names.some((wanted) => name === wanted || name.startsWith(`${wanted}-`)) : null;
}

for (const { key, label, standard } of ENGINES) checkbox('engines', key, label, named('engines')?.(key) ?? standard);
for (const { key, what } of WORK) checkbox('work', key, key, named('work')?.(key) ?? true, what);

const chosen = (group) => [...document.querySelectorAll(`input[name="${group}"]:checked`)].map(({ value }) => value);

async function load(key) {
  if (ready.has(key)) return ready.get(key);
  const entry = ENGINES.find((engine) => engine.key === key);
  const module = await import(entry.module);
  const engine = module[entry.export];
  await engine.init();
  ready.set(key, engine);
  return engine;
}

/** Makes the work in each engine, checks that the first results agree, and times them in turn. */
async function compare(work, engines, reference, signal) {
  const numbers = await reference.numbers(work);
  const runners = new Map();
  const row = { key: work.key, what: work.what, flops: work.flops, engines: {} };
  let expected = null;
  try {
    for (const [key, engine] of engines) {
      signal.throwIfAborted();
      say(`${work.key}: ${engine.name} makes ready …`);
      await new Promise((next) => setTimeout(next)); // so that it can be read
      try {
        const begun = performance.now();
        const runner = await engine.make(work, numbers);
        runners.set(key, runner);
        await runner.step(0);
        await runner.sync();
        const firstMs = performance.now() - begun;
        const found = await runner.check();
        expected ??= found;
        row.engines[key] = {
          firstMs, difference: difference(expected, found), ...(work.kind === 'training' ? { losses: [...found] } : {}),
          ...(runner.facts?.() ?? {}),
        };
      } catch (error) {
        if (signal.aborted) throw error;
        runners.get(key)?.dispose?.();
        runners.delete(key);
        row.engines[key] = { problem: error.message };
        results.problems.push(`${engine.name}, ${work.key}: ${error.message}`);
      }
    }
    const onRound = (round, rounds) => say(`${work.key}: round ${round} of ${rounds}`);
    const rounds = Number(query.get('rounds')) || undefined;
    for (const [key, timing] of await measure(runners, { signal, onRound, rounds })) Object.assign(row.engines[key], timing);
  } finally {
    for (const runner of runners.values()) runner.dispose();
  }
  return row;
}

async function run() {
  controller = new AbortController();
  const { signal } = controller;
  $('run').disabled = true;
  $('stop').disabled = false;
  Object.assign(results, { work: [], problems: [], begun: new Date().toISOString() });
  try {
    const engines = new Map();
    for (const key of chosen('engines')) {
      say(`Loading ${ENGINES.find((engine) => engine.key === key).label} …`);
      try {
        engines.set(key, await load(key));
      } catch (error) {
        results.problems.push(`${key}: ${error.message}`);
      }
    }
    const reference = await load('ganvas-cpu'); // it also makes the numbers that all begin with
    results.engines = [...engines].map(([key, { name }]) => ({ key, name }));
    results.device = await describeDevice(engines, reference);
    for (const key of chosen('work')) {
      results.work.push(await compare(WORK.find((work) => work.key === key), engines, reference, signal));
      draw();
    }
    say(results.problems.length ? `Done, with ${results.problems.length} problems: they stand below.` : 'Done.');
  } catch (error) {
    say(signal.aborted ? 'Stopped.' : `It broke off: ${error.message}`);
    if (!signal.aborted) results.problems.push(error.message);
  } finally {
    results.finished = new Date().toISOString();
    draw();
    $('run').disabled = false;
    $('stop').disabled = true;
    document.documentElement.dataset.finished = 'yes';
  }
}

async function describeDevice(engines, reference) {
  const gpu = engines.get('ganvas-gpu');
  const { userAgent, hardwareConcurrency } = navigator;
  const device = { userAgent, hardwareConcurrency, crossOriginIsolated, ...(await reference.describe()) };
  if (gpu) {
    say('Measuring the adapter’s peak …');
    Object.assign(device, await gpu.describe());
  }
  return device;
}

function draw() {
  $('results').replaceChildren(svgChart(results), resultTable(results));
  $('copy').disabled = results.work.length === 0;
}

$('choices').addEventListener('submit', (event) => {
  event.preventDefault();
  run();
});
$('stop').addEventListener('click', () => {
  say('Stopping after the step under way …');
  controller?.abort();
});
$('copy').addEventListener('click', async () => {
  await navigator.clipboard.writeText(JSON.stringify(results, null, 1));
  say('The results are on the clipboard.');
});

/** For whoever drives this page from outside. */
window.ganvasBench = { results, run };
if (query.get('run') === '1') run();
