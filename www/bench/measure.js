/** Measures pieces of work side by side: interleaved, with medians and quartiles. */

import { countCalls } from './counts.js';

/**
 * @typedef {Pick<import('./engines.js').Runner, 'step' | 'sync' | 'flush' | 'together'>} Timed
 * @typedef {{ step: number, encode: number }} Sample  milliseconds a step: whole, and of starting it
 *
 * @typedef {{ milliseconds: number[], median: number, quartiles: [number, number], repetitions: number, encodeMs: number,
 *   calls: Partial<import('./counts.js').Counts> }} Timing
 *   of one step; encodeMs: the median of what the thread needs to start it, without waiting for it (what an engine puts off
 *   until it is waited for is not in it); calls: of WebGPU, a step, all of them for runners that have `together`
 */

/** @param {number[]} sorted @param {number} share */
const quantile = (sorted, share) => {
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
};

/** @param {number[]} values */
const ascending = (values) => [...values].sort((a, b) => a - b);

/** @param {Sample[]} samples @returns {Omit<Timing, 'calls'>} */
function summary(samples) {
  const milliseconds = samples.map(({ step }) => step);
  const sorted = ascending(milliseconds);
  return {
    milliseconds,
    median: quantile(sorted, 0.5),
    quartiles: [quantile(sorted, 0.25), quantile(sorted, 0.75)],
    repetitions: milliseconds.length,
    encodeMs: quantile(ascending(samples.map(({ encode }) => encode)), 0.5),
  };
}

/** Starts that many steps without waiting for them. @param {Timed} runner @param {number} steps */
async function start(runner, steps) {
  for (let i = 0; i < steps; i += 1) await runner.step(i);
  runner.flush?.();
}

/** @param {Timed} runner @param {number} steps @returns {Promise<Sample>} */
async function sample(runner, steps) {
  const begun = performance.now();
  await start(runner, steps);
  const started = performance.now();
  await runner.sync();
  return { step: (performance.now() - begun) / steps, encode: (started - begun) / steps };
}

/**
 * How a runner is timed.
 * @typedef {{ runner: Timed, steps: number, spent: number, samples: Sample[], calls: Timing['calls'] }} Plan
 */

/**
 * Times several runners of the same work in turn, round by round, so that what disturbs the machine disturbs all of them.
 *
 * @param {Map<string, Timed>} runners  warmed up
 * @param {{ rounds?: number, budgetMs?: number, patienceMs?: number, onSample?: (name: string, round: number, rounds: number) => unknown }} [options]
 *   budgetMs: about how long a sample takes; a step that takes longer is a sample by itself. patienceMs: a runner that has
 *   been timed for that long takes no part in further rounds (every runner is timed once); onSample is awaited before each
 * @returns {Promise<Map<string, Timing>>}
 */
export async function measure(runners, { rounds = 11, budgetMs = 250, patienceMs = 60_000, onSample = () => {} } = {}) {
  /** @type {Map<string, Plan>} */
  const plans = new Map();
  /** @param {string} name @param {Timed} runner @param {Plan} plan @param {number} round */
  const time = async (name, runner, plan, round) => {
    await onSample(name, round, rounds);
    const taken = await sample(runner, plan.steps);
    plan.spent += taken.step * plan.steps;
    return taken;
  };
  for (const [name, runner] of runners) {
    /** @type {Plan} */
    const plan = { runner, steps: 1, spent: 0, samples: [], calls: {} };
    plans.set(name, plan);
    let once = { step: NaN, encode: NaN };
    // What other engines put off until they are waited for is counted, too; so are the readbacks they wait by.
    const whole = await countCalls(async () => {
      once = await time(name, runner, plan, 1);
    });
    plan.calls = { dispatches: whole.dispatches };
    if (runner.together) {
      const many = Math.max(1, Math.min(runner.together, Math.floor((4 * budgetMs) / once.step)));
      const all = await countCalls(() => start(runner, many));
      for (const key of /** @type {(keyof typeof all)[]} */ (Object.keys(all))) all[key] /= many;
      plan.calls = all;
      await runner.sync();
    }
    plan.steps = Math.max(1, Math.min(200, Math.round(budgetMs / once.step)));
    if (plan.steps === 1) plan.samples.push(once);
  }
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, plan] of plans) {
      const { runner, samples, spent } = plan;
      const isDone = samples.length >= round || (samples.length > 0 && spent >= patienceMs);
      if (!isDone) samples.push(await time(name, runner, plan, round));
    }
  }
  return new Map([...plans].map(([name, { samples, calls }]) => [name, { ...summary(samples), calls }]));
}

/**
 * The largest relative difference of two answers of `check()`: numbers, or arrays of numbers, measured against the larger
 * of the first one's root mean square and the value itself.
 * @param {import('./engines.js').Answer[]} expected
 * @param {import('./engines.js').Answer[]} found
 */
export function difference(expected, found) {
  let worst = 0;
  expected.forEach((values, at) => {
    const [a, b] = [values, found[at]].map((value) => Array.from(typeof value === 'number' ? [value] : value));
    if (a.length !== b.length) {
      worst = Infinity;
      return;
    }
    const scale = Math.sqrt(a.reduce((sum, value) => sum + value * value, 0) / a.length);
    for (let i = 0; i < a.length; i += 1)
      worst = Math.max(worst, Math.abs(a[i] - b[i]) / Math.max(scale, Math.abs(a[i])));
  });
  return worst;
}
