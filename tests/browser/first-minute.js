/**
 * The first minute of a visit on the CPU backend, with nothing in any cache: when the samples can be read, and what the
 * time went to.
 *
 *     node tests/browser/first-minute.js [QUERY] [--visits 5] [--cores 2] [--seconds 60] [--out FOLDER]
 *
 * QUERY: settings as in the page's address (default: none). With 2 cores the page is isolated and chooses its threads; with
 * 1 it has none. Times are seconds from the start of the navigation.
 *
 * The page's own evaluations do not set the clock: the page only tells when it has reached which step. A run is the same
 * every time, so `ganvas score` repeats it afterwards and measures it at many steps. Whether both are one run is checked
 * with a state that the page saves at the end of a visit that does not count; that visit also takes the pictures.
 */

/** @import { Browser, Page } from 'playwright-core' */

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launch, serve, withPlayground } from './harness.js';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    visits: { type: 'string', default: '5' },
    cores: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '60' },
    out: { type: 'string', default: 'target/first-minute' },
  },
});
const [query = ''] = positionals;
const PICTURES_S = [1, 3, 5, 10, 20];
const SCORED = 24; // steps, spread evenly on a logarithmic scale
const FIRST_STEP = 30;
/**
 * @typedef {{ step: number, nfd?: number, conditional_accuracy?: number, recall?: number, columns?: number[] }} Score
 *   as `ganvas score` prints it
 * @typedef {[step: number, ms: number]} Reached
 */

/** What is waited for: its name, and whether a score has it. @type {[string, (score: Score) => boolean][]} */
const GOALS = [
  ['label agreement 80 %', ({ conditional_accuracy: share }) => share >= 0.8],
  ['in every column', ({ columns }) => columns?.every((share) => share >= 0.8)],
  ['nFD 4', ({ nfd }) => nfd <= 4],
  ['nFD 2', ({ nfd }) => nfd <= 2],
  ['nFD 1', ({ nfd }) => nfd <= 1],
];

/** A page that notes when it has reached which step. @param {Browser} browser @param {string} url */
async function open(browser, url) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(() => {
    globalThis.reached = [];
    /** @returns {void} */
    const look = () => {
      const playground = document.querySelector('gan-playground');
      if (!playground) return void requestAnimationFrame(look);
      playground.addEventListener('metrics', (event) => {
        globalThis.reached.push([/** @type {CustomEvent} */ (event).detail.step, performance.now()]);
      });
    };
    look();
  });
  await page.goto(url, { waitUntil: 'commit' });
  return { page, context };
}

/** Milliseconds since the start of the navigation. @param {Page} page */
const clock = (page) => page.evaluate(() => performance.now());

/** @param {Page} page @param {number} seconds */
async function waitUntil(page, seconds) {
  const ms = seconds * 1000 - (await clock(page));
  if (ms > 0) await page.waitForTimeout(ms);
}

/** The visit that does not count: pictures, and the state at its end. @param {Browser} browser @param {string} url @param {number} seconds */
async function look(browser, url, seconds) {
  const { page, context } = await open(browser, url);
  for (const at of PICTURES_S.filter((second) => second <= seconds)) {
    await waitUntil(page, at);
    await page.screenshot({ path: join(options.out, `${at}-s.png`) });
  }
  await waitUntil(page, seconds);
  const { step, settings, bytes } = await withPlayground(page, async (playground) => {
    const { step } = await playground.pause();
    return {
      step,
      settings: playground.settings,
      bytes: Array.from(new Uint8Array(await (await playground.save()).arrayBuffer())),
    };
  });
  await context.close();
  const state = join(options.out, 'state.safetensors');
  writeFileSync(state, Uint8Array.from(bytes));
  return { step, settings, state };
}

/** A visit that counts. @param {Browser} browser @param {string} url @param {number} seconds */
async function visit(browser, url, seconds) {
  const { page, context } = await open(browser, url);
  await page.waitForTimeout(seconds * 1000);
  await waitUntil(page, seconds);
  const found = await page.evaluate(() => ({
    reached: globalThis.reached,
    status: document.querySelector('gan-playground').status,
  }));
  await context.close();
  return found;
}

/** @param {import('../../www/protocol.js').Settings} settings @param {string[]} more @returns {Score[]} */
function score({ preset, seed }, more) {
  const command = ['run', '--release', '--quiet', '--bin', 'ganvas', '--', 'score', '--preset', preset];
  return JSON.parse(
    String(execFileSync('cargo', [...command, '--seed', String(seed), ...more], { maxBuffer: 1 << 26 })),
  );
}

/** When a visit came to a step, in seconds; between two notes evenly. @param {Reached[]} reached @param {number} step */
function secondOf(reached, step) {
  const at = reached.findIndex(([own]) => own >= step);
  if (at < 0) return null;
  const [before, from] = reached[at - 1] ?? reached[at];
  const [after, to] = reached[at];
  return (from + (to - from) * (after > before ? (step - before) / (after - before) : 1)) / 1000;
}

/** @param {number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const seconds = Number(options.seconds);
mkdirSync(options.out, { recursive: true });
const server = await serve({ isolated: options.cores === '2', compressed: true });
const browser = await launch({ webgpu: false });
try {
  const url = server.url(`?backend=cpu${query && `&${query}`}`);
  const seen = await look(browser, url, Math.max(seconds / 2, 21));
  const visits = [];
  for (let i = 0; i < Number(options.visits); i += 1) visits.push(await visit(browser, url, seconds));

  const last = Math.max(...visits.map(({ reached }) => reached.at(-1)?.[0] ?? 0));
  const wanted = Array.from({ length: SCORED }, (_, i) =>
    Math.round(FIRST_STEP * (last / FIRST_STEP) ** (i / (SCORED - 1))),
  );
  const steps = [...new Set([...wanted, seen.step])].sort((a, b) => a - b);
  const scores = score(seen.settings, ['--steps', steps.join()]);
  writeFileSync(join(options.out, 'scores.json'), JSON.stringify(scores, null, 2));
  const [fromPage] = score(seen.settings, [seen.state]);
  const native = scores.find(({ step }) => step === seen.step);
  /** @param {Score} score */
  const figures = ({ nfd, conditional_accuracy: share, recall }) =>
    `nFD ${nfd?.toFixed(2)}, label agreement ${share?.toFixed(3) ?? 'none'}, recall ${recall?.toFixed(2)}`;

  console.log(`${seen.settings.preset}, seed ${seen.settings.seed}, ${options.cores} core(s), ${visits.length} visits`);
  console.log(`the run of the page at step ${seen.step}: ${figures(fromPage)}`);
  console.log(`the same run repeated natively:  ${figures(native)}`);
  console.log('\ngoal, at step, median s (each visit)');
  for (const [name, holds] of GOALS) {
    const first = scores.find(holds);
    const times = first ? visits.map(({ reached }) => secondOf(reached, first.step)) : [];
    const known = times.map((time) => time ?? Infinity);
    const text = (/** @type {number | null} */ time) =>
      Number.isFinite(time ?? Infinity) ? time.toFixed(1) : `over ${seconds}`;
    console.log(
      first ? `${name}, ${first.step}, ${text(median(known))} (${times.map(text).join(', ')})` : `${name}, not reached`,
    );
  }
  console.log(`\nsteps done in ${seconds} s: ${visits.map(({ reached }) => reached.at(-1)?.[0] ?? 0).join(', ')}`);
  const end = scores.at(-1);
  console.log(`at step ${end.step}: ${figures(end)}`);
  console.log('\nwhat the time since the run began went to, % of it, each visit');
  /** @type {[kind: string, percent: number][][]} */
  const spent = visits.map(({ reached, status: { spentMs } }) => {
    const all = reached.at(-1)[1] - reached[0][1];
    const known = Object.values(spentMs).reduce((sum, ms) => sum + ms, 0);
    return Object.entries({ ...spentMs, 'all else': all - known }).map(([kind, ms]) => [kind, (100 * ms) / all]);
  });
  spent[0].forEach(([kind], at) =>
    console.log(`${kind}: ${spent.map((shares) => shares[at][1].toFixed(1)).join(', ')}`),
  );
} finally {
  await browser.close();
  await server.close();
}
