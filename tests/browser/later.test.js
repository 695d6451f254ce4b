/** Code that comes when it is needed: not before the first learned step, into a place that is kept, and again if it failed. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PREFIX, launch, open, serve, status, until, useSite, withPlayground } from './harness.js';

const site = useSite();
const GONE = /ERR_FAILED/;
/** Pixels by which a place that is kept may be wrong; one that is higher than the window may be wrong below it. */
const TOLERANCE = 24;

/** @param {Page} page */
const playground = (page) => page.locator('gan-playground');
/** @param {Page} page @param {string} name */
const button = (page, name) => playground(page).getByRole('button', { name, exact: true });
/** @param {Page} page @param {string} name */
const tab = (page, name) => playground(page).getByRole('tab', { name });
/** Bundling names them so. @param {string} module */
const piece = (module) => new RegExp(`/${module}-[A-Z0-9]{8}\\.js$`);

/** Holds what matches back until told otherwise: `let` it come, or let it `fail`. @param {Page} page @param {RegExp} what */
async function hold(page, what) {
  /** @type {(come: boolean) => void} */
  let decide;
  let decided = new Promise((resolve) => {
    decide = resolve;
  });
  await page.route(what, async (route) => ((await decided) ? route.continue() : route.abort()));
  return {
    let: () => decide(true),
    fail: () => decide(false),
    again: () => {
      decided = new Promise((resolve) => {
        decide = resolve;
      });
    },
  };
}

/** The scripts that the built page names, and the worker with its engine: what the size budget counts. */
function counted() {
  const html = readFileSync(join(process.env.GANVAS_DIST ?? 'dist', 'index.html'), 'utf8');
  const named = [...html.matchAll(/(?:src|href)="\.\/([^"]+\.js)"/g)].map(([, name]) => name);
  return [...named, 'worker.js', 'engine/ganvas-page.js'].sort();
}

test('a first visit loads what the size budget counts, and curves after that', { timeout: 300_000 }, async (t) => {
  const server = await serve({ held: /\.ganvas$/ });
  t.after(() => server.close());
  const browser = await launch({ webgpu: false });
  t.after(() => browser.close());
  const { page, problems, requests } = await open(browser, server.url('?backend=cpu&preset=gan-mnist'));
  const scripts = () =>
    [...new Set(requests.map((address) => new URL(address).pathname.slice(PREFIX.length)))]
      .filter((name) => name.endsWith('.js'))
      .sort();
  await playground(page).locator('.real canvas[aria-label*="on its way"]').waitFor();
  await playground(page).locator('.app').waitFor(); // the page has done what it does before there is data
  assert.deepEqual(scripts(), counted());
  assert.equal((await status(page)).step, 0);
  const chart = playground(page).locator('.charts .chart').first();
  const before = await chart.boundingBox();

  server.release();
  await until(page, ({ step }) => step > 0);
  await chart.locator('.uplot canvas').waitFor();
  assert.deepEqual(
    scripts().filter((name) => !counted().includes(name) && !/^(ways-back-parts|chunk)-/.test(name)),
    ['vendor/uPlot.iife.min.js'],
    'beside what keeps the run from its first step on',
  );
  assert.deepEqual((await chart.boundingBox()).height, before.height, 'their place was kept');
  assert.deepEqual(problems, []);
});

test('a run that rests has its axes before the first step', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-ring8');
  await playground(page).locator('.charts .uplot canvas').first().waitFor();
  assert.equal((await status(page)).step, 0);
  assert.deepEqual(problems, []);
});

/** By tab, the panels that come later. @type {[tab: string, panels: string[]][]} */
const TABS = [
  ['Inside', ['inside']],
  ['Play', ['latent']],
  ['Timeline', ['timeline', 'race']],
  ['Data', ['data']],
  ['Settings', ['layers']],
];
for (const { width, preset, tabs } of [
  { width: 1280, preset: 'gan-mnist', tabs: TABS },
  { width: 1280, preset: 'gan-ring8', tabs: [['Inside', ['inside']]] },
  { width: 600, preset: 'gan-mnist', tabs: TABS },
]) {
  test(`${preset}, ${width} pixels wide: panels come into their places`, { timeout: 120_000 }, async (t) => {
    const options = { viewport: { width, height: 900 } };
    const { page, problems } = await site.visit(t, `?backend=cpu&autoplay=0&preset=${preset}`, options);
    await until(page, ({ state }) => state === 'paused');
    for (const [name, panels] of tabs) {
      const held = await hold(page, /(inside|plane-panel|latent-panel|timeline|race|profile|layers)-[A-Z0-9]{8}\.js$/);
      await tab(page, String(name)).click();
      const places = [];
      for (const panel of panels) {
        const place = playground(page).locator(`.coming[data-panel="${panel}"]`);
        const home = await place.evaluateHandle((element) => element.parentElement);
        places.push({ panel, place, home, kept: (await place.boundingBox()).height });
      }
      held.let();
      for (const { panel, place, home, kept } of places) {
        await place.waitFor({ state: 'detached' });
        const found = await home.evaluate(({ firstElementChild }) => firstElementChild.getBoundingClientRect().height);
        assert.ok(
          found > 900 ? kept > 900 : Math.abs(found - kept) <= TOLERANCE,
          `${panel}: ${kept} pixels were kept, and it has ${found}`,
        );
      }
    }
    assert.deepEqual(problems, []);
  });
}

test('a panel that does not load says so, and comes when asked again', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visit(t, '?backend=cpu&autoplay=0&preset=gan-mnist', { expected: GONE });
  await until(page, ({ state }) => state === 'paused');
  await withPlayground(page, (element) => element.step(3));
  const held = await hold(page, piece('inside'));
  await tab(page, 'Inside').click();
  held.fail();
  await playground(page)
    .getByRole('alert')
    .getByText(/^This panel did not load \(/)
    .waitFor();
  held.again();
  await button(page, 'Try again').focus();
  await page.keyboard.press('Enter');
  held.let();
  await playground(page).locator('.panel.inside').getByText('At step 3').waitFor();
  assert.equal(
    await playground(page).evaluate(({ shadowRoot }) => shadowRoot.activeElement.ariaLabel),
    'Inside',
    'the focus stays there',
  );
  // What happened before it came is there: a step was learned, and its gradients are on the curves.
  await playground(page).locator('.gradient-curves .uplot').first().waitFor();
  assert.deepEqual(problems, []);
});

test('what a button opens says that it did not load, and opens when asked again', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visit(t, '?backend=cpu&autoplay=0&preset=gan-ring8', { expected: GONE });
  await until(page, ({ state }) => state === 'paused');
  for (const { name, module, seen } of [
    { name: 'Share', module: 'share', seen: 'dialog[open]' },
    { name: 'Slow motion', module: 'slow-motion', seen: '.slow .caption' },
  ]) {
    const held = await hold(page, piece(module));
    await button(page, name).click();
    held.fail();
    const notice = playground(page).locator('.notice', { hasText: `${name} did not load` });
    await notice.waitFor();
    held.again();
    await notice.getByRole('button', { name: 'Try again' }).click();
    held.let();
    await playground(page).locator(seen).waitFor();
    assert.equal(await notice.count(), 0);
    await page.keyboard.press('Escape');
    await playground(page).locator(seen).waitFor({ state: 'detached' });
  }
  assert.deepEqual(problems, []);
});

test('without the library there are no curves, and they come when asked again', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visit(t, '?backend=cpu&autoplay=0', { expected: GONE });
  const held = await hold(page, /uPlot\.iife\.min\.js$/);
  await page.goto(site.server.url('?backend=cpu&autoplay=0&preset=gan-ring8#measure'));
  await until(page, ({ state }) => state === 'paused');
  held.fail();
  const notice = playground(page).locator('.notice', { hasText: 'there are no curves' });
  await notice.waitFor();
  await withPlayground(page, (element) => element.step(3));
  held.again();
  await notice.getByRole('button', { name: 'Try again' }).click();
  held.let();
  await playground(page).locator('.charts .uplot canvas').first().waitFor();
  assert.deepEqual(problems, []);
});

test(
  'what keeps a run comes after the first step; where it does not come, that is said, and it is tried again',
  { timeout: 240_000 },
  async (t) => {
    const { page, problems } = await site.visit(t, '?backend=cpu&autoplay=0&preset=gan-ring8', { expected: GONE });
    await until(page, ({ state }) => state === 'paused');
    const held = await hold(page, piece('ways-back-parts'));
    await withPlayground(page, (element) => element.step(5));
    const exhibit = playground(page).locator('button[data-preset]').first();
    await exhibit.click();
    held.fail();
    await playground(page)
      .getByText(/could not be kept: what keeps it did not load/)
      .waitFor();
    await page.waitForFunction(() => document.querySelector('gan-playground').settings.preset === 'collapse-ring8');
    await withPlayground(page, (element) => element.pause());
    await withPlayground(page, (element) => element.step(2));
    const { step } = await withPlayground(page, (element) => element.status);
    held.again();
    held.let();
    await playground(page).locator('button[data-preset]').nth(1).click();
    await playground(page).getByText(`is kept as it was at step ${step}.`).waitFor();
    await tab(page, 'Timeline').click();
    await playground(page)
      .getByText(/^\d+ kept/)
      .waitFor();
    assert.deepEqual(problems, []);
  },
);
