/** Measures pieces of work side by side: interleaved, with medians and quartiles. */

/**
 * @typedef {{ milliseconds: number[], median: number, quartiles: [number, number], repetitions: number }} Timing
 *   of one step
 */

const quantile = (sorted, share) => {
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
};

/** @param {number[]} milliseconds @returns {Timing} */
export function summary(milliseconds) {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  return {
    milliseconds, median: quantile(sorted, 0.5), quartiles: [quantile(sorted, 0.25), quantile(sorted, 0.75)],
    repetitions: milliseconds.length,
  };
}

/** Steps until about `budget` milliseconds are full, then a sync: milliseconds a step. */
async function sample(runner, steps) {
  const begin = performance.now();
  for (let i = 0; i < steps; i += 1) await runner.step(i);
  await runner.sync();
  return (performance.now() - begin) / steps;
}

/**
 * Times several runners of the same work in turn, round by round, so that what disturbs the machine disturbs all of them.
 *
 * @param {Map<string, { step(i: number): any, sync(): Promise<any> }>} runners  warmed up
 * @param {{ rounds?: number, budgetMs?: number, signal?: AbortSignal, onRound?: (round: number, rounds: number) => void }} [options]
 *   budgetMs: about how long a sample takes; a step that takes longer is a sample by itself. Less than five rounds are
 *   made only where a round takes longer than twenty times that.
 * @returns {Promise<Map<string, Timing>>}
 */
export async function measure(runners, { rounds = 11, budgetMs = 250, signal, onRound = () => {} } = {}) {
  const steps = new Map();
  let roundMs = 0;
  for (const [name, runner] of runners) {
    const once = await sample(runner, 1);
    steps.set(name, Math.max(1, Math.min(200, Math.round(budgetMs / once))));
    roundMs += once * steps.get(name);
  }
  const slow = roundMs > 20 * budgetMs;
  const count = slow ? Math.min(rounds, 3) : rounds;
  const times = new Map([...runners.keys()].map((name) => [name, []]));
  for (let round = 0; round < count; round += 1) {
    for (const [name, runner] of runners) {
      signal?.throwIfAborted();
      times.get(name).push(await sample(runner, steps.get(name)));
    }
    onRound(round + 1, count);
  }
  return new Map([...times].map(([name, milliseconds]) => [name, summary(milliseconds)]));
}

/**
 * The largest relative difference of two answers of `check()`: numbers, or arrays of numbers, measured against the larger
 * of the first one's root mean square and the value itself.
 */
export function difference(expected, found) {
  let worst = 0;
  expected.forEach((values, at) => {
    const [a, b] = [values, found[at]].map((value) => (typeof value === 'number' ? [value] : value));
    if (a.length !== b.length) worst = Infinity;
    const scale = Math.sqrt(a.reduce((sum, value) => sum + value * value, 0) / a.length);
    for (let i = 0; i < a.length; i += 1) worst = Math.max(worst, Math.abs(a[i] - b[i]) / Math.max(scale, Math.abs(a[i])));
  });
  return worst;
}
