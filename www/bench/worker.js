/**
 * A thread that measures, so that the page answers meanwhile and can stop it at any time. It is told what to do by one
 * message, and posts what it finds: see the functions of `tasks`.
 */

import { ENGINES } from './engines.js';
import { difference, measure } from './measure.js';
import { WORK } from './work.js';

/**
 * @typedef {import('./engines.js').Engine} Engine
 * @typedef {import('./work.js').Work} Work
 * @typedef {{ rounds?: number }} Options
 *
 * @typedef {{ task: 'compare', engines: string[], work: string[], options: Options }
 *   | { task: 'numbers', work: string }
 *   | { task: 'cold', engine: string, work: string, numbers: import('./engines.js').Numbers | null }} Task
 */

/** @param {string} kind @param {unknown} [value] */
const post = (kind, value) => self.postMessage({ kind, value });
/** @param {string} key */
function workOf(key) {
  const found = WORK.find((work) => work.key === key);
  if (!found) throw new Error(`There is no work "${key}".`);
  return found;
}

/** @param {string} key */
function entryOf(key) {
  const found = ENGINES.find((engine) => engine.key === key);
  if (!found) throw new Error(`There is no engine "${key}".`);
  return found;
}

/** @param {string} key @returns {Promise<Engine>} */
async function load(key) {
  const entry = entryOf(key);
  const module = await import(entry.module);
  const engine = module[entry.export];
  await engine.init();
  return engine;
}

/** A step until it has really run. @param {import('./engines.js').Runner} runner */
async function step(runner) {
  await runner.step(0);
  await runner.sync();
}

/**
 * Makes the work in each engine, checks that the first results agree, and times them in turn.
 * @param {Work} work
 * @param {Map<string, Engine>} engines
 * @param {Engine} reference  which makes the numbers that all begin with
 * @param {Options} options
 */
async function compare(work, engines, reference, options) {
  const numbers = reference.numbers?.(work) ?? null;
  /** @type {Map<string, import('./engines.js').Runner>} */
  const runners = new Map();
  /** @type {import('../../types/bench.js').Row} */
  const row = { key: work.key, what: work.what, flops: work.flops, bytes: work.bytes, engines: {} };
  /** @type {import('./engines.js').Answer[] | null} */
  let expected = null;
  for (const [key, engine] of engines) {
    post('status', `${work.key}: ${engine.name} makes ready`);
    try {
      const begun = performance.now();
      const runner = await engine.make(work, numbers);
      runners.set(key, runner);
      await step(runner);
      const firstMs = performance.now() - begun;
      const found = await runner.check();
      expected ??= found;
      row.engines[key] = {
        firstMs,
        difference: difference(expected, found),
        ...(work.kind === 'training' ? { losses: [...found] } : {}),
      };
    } catch (error) {
      runners.get(key)?.dispose();
      runners.delete(key);
      row.engines[key] = { problem: error.message };
      post('problem', `${engine.name}, ${work.key}: ${error.message}`);
    }
  }
  /** @param {string} key @param {number} round @param {number} rounds */
  const onSample = (key, round, rounds) =>
    post('status', `${work.key}: round ${round} of ${rounds}, ${engines.get(key)?.name}`);
  const timings = await measure(runners, { ...options, onSample });
  for (const [key, timing] of timings) Object.assign(row.engines[key], timing);
  for (const runner of runners.values()) runner.dispose();
  return row;
}

/** @type {{ [T in Task['task']]: (task: Extract<Task, { task: T }>) => Promise<void> }} */
const tasks = {
  /** Compares engines on several pieces of work: posts engines, device, and a row for each. */
  async compare({ engines: keys, work, options }) {
    /** @type {Map<string, Engine>} */
    const engines = new Map();
    for (const key of keys) {
      post('status', `Loading ${entryOf(key).label}`);
      try {
        engines.set(key, await load(key));
      } catch (error) {
        post('problem', `${key}: ${error.message}`);
      }
    }
    const reference = engines.get('ganvas-cpu') ?? (await load('ganvas-cpu')); // it makes the numbers that all begin with
    const gpu = engines.get('ganvas-gpu');
    if (gpu?.describe) {
      post('status', 'Measuring the adapter’s peak');
      post('device', await gpu.describe());
    }
    for (const key of work) post('row', await compare(workOf(key), engines, reference, options));
  },

  /** Posts the numbers that a piece of work begins with. */
  async numbers({ work }) {
    post('numbers', (await load('ganvas-cpu')).numbers?.(workOf(work)));
  },

  /** Loads one engine, makes the work ready and takes one step; posts the bytes that came for it. */
  async cold({ engine: key, work, numbers }) {
    const engine = await load(key);
    await step(await engine.make(workOf(work), numbers));
    // Before anything else: the page takes the time when this arrives.
    const loaded = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType('resource'));
    const sum = (/** @type {'encodedBodySize' | 'decodedBodySize'} */ what) =>
      loaded.reduce((bytes, entry) => bytes + entry[what], 0);
    post('cold', { bytes: sum('encodedBodySize'), unpackedBytes: sum('decodedBodySize'), files: loaded.length });
  },
};

self.addEventListener(
  'message',
  async (/** @type {MessageEvent<Task>} */ { data }) => {
    try {
      await /** @type {(task: Task) => Promise<void>} */ (tasks[data.task])(data);
      post('done');
    } catch (error) {
      post('failed', error.message);
    }
  },
  { once: true },
);
