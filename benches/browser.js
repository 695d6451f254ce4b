/**
 * Drives bench.html in headless Chromium, for `cargo xtask bench`: a table in Markdown on standard output, and with --out
 * the results as JSON and a chart. Cold starts are taken in a fresh browser for each engine.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launch, open, serve } from '../tests/browser/harness.js';
import { ENGINES } from '../www/bench/engines.js';
import { markdown } from '../www/bench/report.js';
import { WORK } from '../www/bench/work.js';

const OPTIONS = /** @type {const} */ ({
  backend: { type: 'string' },
  only: { type: 'string', default: '' },
  engines: { type: 'string', default: '' },
  rounds: { type: 'string', default: '5' },
  out: { type: 'string' },
  check: { type: 'boolean' },
  isolated: { type: 'boolean' },
});
/** What belongs to a backend. @type {Record<string, RegExp>} */
const BACKENDS = { gpu: /gpu$/, cpu: /cpu$|wasm$/ };
const STYLE = `svg { font: 11px sans-serif; background: white; } .work { font-weight: 600; } .engine { text-anchor: end; }
.scale { text-anchor: middle; } .grid { stroke: black; opacity: 0.2; } .bar { fill: #aaa; } .ours { fill: #0072b2; }`;

/**
 * The keys that were asked for: each name is one, or the beginning of several up to a hyphen.
 * @param {string} what
 * @param {string[]} names
 * @param {{ key: string }[]} all
 */
function choose(what, names, all) {
  const keys = new Set();
  for (const name of names) {
    const found = all.filter(({ key }) => key === name || key.startsWith(`${name}-`));
    if (found.length === 0)
      throw new Error(`there is no ${what} "${name}"; there are ${all.map(({ key }) => key).join(', ')}`);
    for (const { key } of found) keys.add(key);
  }
  return all.filter(({ key }) => keys.has(key)).map(({ key }) => key);
}

/** @param {string} text */
const list = (text) =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);

function settings() {
  const { values } = parseArgs({ options: OPTIONS });
  const backend = BACKENDS[values.backend ?? 'gpu'];
  if (!backend) throw new Error(`there is no backend "${values.backend}"; there are gpu and cpu`);
  const named = list(values.engines);
  const engines = choose('engine', named.length ? named : ENGINES.map(({ key }) => key), ENGINES)
    .filter((key) => !values.backend || backend.test(key))
    .filter((key) => values.isolated || !ENGINES.find((engine) => engine.key === key).isolated);
  if (engines.length === 0) throw new Error(`none of ${named.join(', ')} runs on the backend "${values.backend}"`);
  const only = list(values.only);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds ${values.rounds}: it takes a whole number from 1`);
  return {
    engines,
    work: only.length ? choose('work', only, WORK) : WORK.map(({ key }) => key),
    rounds,
    out: values.out,
    check: values.check,
    isolated: values.isolated,
  };
}

/**
 * One visit of the page, from its beginning to its end.
 * @param {Awaited<ReturnType<typeof serve>>} server
 * @param {string[]} engines
 * @param {string[]} work
 * @param {number} rounds
 * @param {() => boolean} isStopped
 */
async function visit(server, engines, work, rounds, isStopped) {
  const browser = await launch({ webgpu: engines.some((key) => BACKENDS.gpu.test(key)), handleSIGINT: false });
  try {
    const query = `?engines=${engines}&work=${work}&rounds=${rounds}&run=1`;
    const { page, problems } = await open(browser, server.url(query, 'bench.html'));
    const crashed = new Promise((_, reject) => {
      page.once('crash', () => reject(new Error('the page crashed')));
    });
    let told = '';
    for (;;) {
      const { stage, isFinished } = await Promise.race([
        crashed,
        page.evaluate(() => ({
          stage: document.getElementById('status').textContent,
          isFinished: document.documentElement.dataset.finished === 'yes',
        })),
      ]);
      if (stage !== told) console.error(stage);
      told = stage;
      if (isFinished) break;
      if (isStopped()) await page.click('#stop');
      await page.waitForTimeout(500);
    }
    const results = await page.evaluate(() => window.ganvasBench.results);
    const chart = await page.evaluate(async () => {
      /** @type {typeof import('../www/bench/report.js')} */
      const { svgChart } = await import(/** @type {string} */ ('./bench/report.js'));
      return new XMLSerializer().serializeToString(svgChart(window.ganvasBench.results));
    });
    results.problems.push(...problems);
    return { results, chart, version: browser.version() };
  } finally {
    await browser.close();
  }
}

async function main() {
  const { engines, work, rounds, out, check, isolated } = settings();
  if (check) return;
  if (out) await mkdir(out, { recursive: true }); // before an hour has passed
  let stopped = false;
  process.once('SIGINT', () => {
    stopped = true;
    console.error('stopping; what was finished is kept');
  });
  const server = await serve({ compressed: true, isolated });
  try {
    /** @type {{ processor: string, cores: number, loadBefore: number[], loadAfter?: number[] }} */
    const machine = { processor: cpus()[0]?.model, cores: cpus().length, loadBefore: loadavg() };
    /** @param {string} key */
    const isCold = (key) => WORK.find((each) => each.key === key).kind === 'cold';
    const visits = work.filter(isCold).flatMap((key) => engines.map((engine) => [[engine], [key]]));
    const timed = work.filter((key) => !isCold(key));
    if (timed.length) visits.push([engines, timed]);
    /** @type {import('../types/bench.js').Results & { browser: string, machine: typeof machine }} */
    let whole = null;
    /** @type {string} */
    let picture = null;
    for (const [some, works] of visits) {
      if (stopped) break;
      const { results, chart, version } = await visit(server, some, works, rounds, () => stopped);
      if (!whole) {
        const named = engines.map((key) => ({ key, name: ENGINES.find((engine) => engine.key === key).label }));
        whole = { ...results, engines: named, work: [], problems: [], browser: `Chromium ${version}`, machine };
      }
      Object.assign(whole, { finished: results.finished, device: results.device });
      whole.problems.push(...results.problems);
      for (const row of results.work) {
        const known = whole.work.find(({ key }) => key === row.key);
        if (known) Object.assign(known.engines, row.engines);
        else whole.work.push(row);
      }
      if (results.work.some(({ flops }) => flops > 0)) picture = chart;
    }
    if (!whole) return;
    whole.machine.loadAfter = loadavg();
    console.log(markdown(whole));
    if (!out) return;
    await writeFile(join(out, 'bench.json'), `${JSON.stringify(whole, null, 1)}\n`);
    if (picture)
      await writeFile(join(out, 'bench.svg'), `${picture.replace(/(<svg[^>]*>)/, `$1<style>${STYLE}</style>`)}\n`);
    console.error(`written to ${out}: bench.json${picture ? ' and bench.svg' : ''}`);
  } finally {
    await server.close();
  }
}

main().catch((error) => {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
});
