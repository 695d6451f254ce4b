/** A visitor looks at former states of the run, goes back to them, and branches from them. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_BYTES, MOST_SNAPSHOTS, Snapshots } from '../../www/page/snapshots.js';
import { open, samples, serve, spoilLoad, status, until, useSite, withPlayground } from './harness.js';

const site = useSite();
const RING = 'preset=gan-ring8&controls=transport,timeline,losses#timeline';

/** @param {Page} page */
const panel = (page) => page.locator('gan-playground .timeline');
/**
 * By the keyboard: while it trains, a click would wait for pictures that are drawn in software here.
 * @param {Page} page
 * @param {string | RegExp} name
 */
const press = (page, name) => panel(page).getByRole('button', { name }).press('Enter');
/** @param {Page} page @param {string | RegExp} text */
const said = (page, text) => panel(page).locator('.said', { hasText: text }).waitFor({ timeout: 120_000 });
/** @param {Page} page @param {number} n */
const train = (page, n) => withPlayground(page, (playground, steps) => playground.step(steps), n);

/**
 * Trains, takes a snapshot as a visitor does, and says what the samples are in this moment.
 * @param {Page} page
 * @param {number} n
 */
async function keep(page, n) {
  const { step } = await train(page, n);
  await press(page, 'Snapshot now');
  await said(page, `Step ${step} is kept`);
  return samples(page, 256);
}

/** Moves the slider by keys until the snapshot of that step is looked at. @param {Page} page @param {number} step */
async function scrub(page, step) {
  const slider = panel(page).getByRole('slider', { name: 'Snapshots' });
  await slider.focus();
  await page.keyboard.press('Home');
  const is = async () => new RegExp(`^Step ${step},`).test(await slider.getAttribute('aria-valuetext'));
  for (let i = 0; i < MOST_SNAPSHOTS && !(await is()); i += 1) await page.keyboard.press('ArrowRight');
  assert.ok(await is(), `there is a snapshot of step ${step}`);
}

/** The big picture's pixels. @param {Page} page */
const seen = (page) =>
  panel(page)
    .locator('.snapshot canvas')
    .evaluate((/** @type {HTMLCanvasElement} */ canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return Array.from(data).filter((_, i) => i % 4 === 0);
    });

/** @param {Page} page @param {string} key @param {string} value */
const choose = async (page, key, value) => {
  await panel(page).getByLabel('Setting to change').selectOption(key);
  const control = panel(page).locator('.knob .field:nth-child(2) :is(input, select)');
  if (await control.evaluate(({ tagName }) => tagName === 'SELECT')) await control.selectOption(value);
  else await control.fill(value);
};

test(
  'what is scrubbed to is what was there, and one goes back to it and forth again, bit for bit',
  { timeout: 120_000 },
  async (t) => {
    const { page, problems } = await site.visitAtRest(t, RING);
    const early = await keep(page, 10);
    const late = await keep(page, 10);
    assert.notDeepEqual(late.values, early.values);

    const picture = () =>
      withPlayground(page, async (playground) => {
        const {
          page: [columns, rows],
        } = await new Promise((resolve) => {
          playground.addEventListener('ready', (event) => resolve(/** @type {CustomEvent} */ (event).detail.info), {
            once: true,
          });
          playground.reset();
        });
        return columns * rows;
      });
    await scrub(page, 10);
    const shownEarly = await seen(page);
    await scrub(page, 20);
    const shownLate = await seen(page);
    assert.notDeepEqual(shownEarly, shownLate);
    assert.equal((await status(page)).step, 20, 'looking moves nothing');
    assert.deepEqual((await samples(page, 256)).values, late.values);

    await scrub(page, 10);
    await press(page, 'Go back to here');
    await said(page, 'The run stands at step 10 again');
    const { step, losses } = await status(page);
    assert.deepEqual([step, losses], [10, { d_loss: null, g_loss: null }], 'and no losses of another step');
    assert.match(await page.locator('gan-playground .sentence').textContent(), /^Paused after 10 steps\. /);
    assert.deepEqual((await samples(page, 256)).values, early.values, 'the same forgeries as at that time');
    await press(page, /^Undo/);
    await said(page, 'The run stands at step 20 again');
    assert.deepEqual((await samples(page, 256)).values, late.values, 'undone');

    await scrub(page, 10);
    await press(page, 'Go back to here');
    await said(page, 'The run stands at step 10 again');
    await train(page, 10);
    assert.deepEqual(
      (await samples(page, 256)).values,
      late.values,
      'the same batches and noise lead to the same place',
    );
    await panel(page)
      .getByText(/Former: .*step 20/)
      .waitFor();

    const count = await picture();
    const fresh = await samples(page, count);
    await press(page, 'Snapshot now'); // by itself it may come a little later
    await said(page, 'Step 0 is kept.');
    await scrub(page, 0);
    assert.deepEqual(await seen(page), fresh.values, 'the picture is the whole page of samples');
    await panel(page)
      .getByText(/Former: .*step (0|10) to 20/)
      .waitFor();
    await press(page, 'Clear former runs');
    await press(page, 'Keep them');
    assert.equal(
      await panel(page)
        .getByText(/Former:/)
        .count(),
      2,
    );
    await press(page, 'Clear former runs');
    await press(page, 'Clear them');
    assert.equal(
      await panel(page)
        .getByText(/Former:/)
        .count(),
      0,
    );
    assert.deepEqual(problems, []);
  },
);

/**
 * How much of a curve's colours is drawn between two steps of the first chart, which has all of its steps from 1 to `last`.
 * @param {Page} page
 * @param {number} from
 * @param {number} to
 * @param {number} last
 */
const drawn = (page, from, to, last) =>
  page
    .locator('gan-playground .chart .uplot')
    .first()
    .evaluate(
      (plot, [first, end, newest]) => {
        const canvas = plot.querySelector('canvas');
        const over = plot.querySelector('.u-over').getBoundingClientRect();
        const scale = canvas.width / canvas.getBoundingClientRect().width;
        /** @param {number} step */
        const x = (step) =>
          Math.round(
            (over.left - canvas.getBoundingClientRect().left + ((step - 1) / (newest - 1)) * over.width) * scale,
          );
        const { data } = canvas.getContext('2d').getImageData(x(first), 0, x(end) - x(first), canvas.height);
        let coloured = 0;
        for (let at = 0; at < data.length; at += 4)
          coloured += Number(data[at + 3] > 100 && Math.abs(data[at] - data[at + 2]) > 60);
        return coloured;
      },
      [from, to, last],
    );

test('what was undone is undone again without a line over the steps between', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, RING);
  await keep(page, 20);
  await keep(page, 20);
  await scrub(page, 20);
  await press(page, 'Go back to here');
  await said(page, 'The run stands at step 20 again');
  await press(page, /^Undo/);
  await said(page, 'The run stands at step 40 again');
  await train(page, 20);
  await page.locator('gan-playground').getByRole('tab', { name: 'Measure' }).press('Enter');
  await page.waitForFunction(() =>
    document
      .querySelector('gan-playground')
      .shadowRoot.querySelector('.chart .plot')
      ?.getAttribute('aria-label')
      ?.includes('step 60'),
  );
  assert.ok((await drawn(page, 2, 19, 60)) > 50, 'the steps before');
  assert.ok((await drawn(page, 43, 59, 60)) > 50, 'the steps after');
  assert.equal(await drawn(page, 22, 39, 60), 0, 'and nothing between, where the curve is not known any more');
  assert.deepEqual(problems, []);
});

test(
  'while it trains, snapshots come by themselves, and looking at them does not stop it',
  { timeout: 120_000 },
  async (t) => {
    const { page, problems } = await site.visitAtRest(t, 'preset=gan-mnist&batch_size=8&controls=timeline');
    await withPlayground(page, (playground) => {
      playground.play();
    });
    await page.waitForFunction(
      () => document.querySelector('gan-playground').shadowRoot.querySelectorAll('.film canvas').length >= 4,
    );
    await scrub(page, 0);
    const looked = await seen(page);
    const { step } = await status(page);
    await until(page, (now) => now.step > step && now.state === 'playing');
    assert.deepEqual(await seen(page), looked, 'what is looked at stays');
    await press(page, 'Go back to here');
    await said(page, 'The run stands at step 0 again');
    const now = await status(page);
    assert.deepEqual([now.step, now.state], [0, 'paused']);
    await withPlayground(page, (playground) => playground.toggle());
    await until(page, ({ state, step: at }) => state === 'playing' && at > 0);
    const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Save as a file')]);
    assert.match(download.suggestedFilename(), /^ganvas-gan-mnist-step-\d+\.safetensors$/);
    assert.deepEqual(problems, []);
  },
);

test(
  'a branch has one setting changed; one that does not fit says so and loses nothing',
  { timeout: 120_000 },
  async (t) => {
    const { page, problems } = await site.visitAtRest(t, RING);
    const early = await keep(page, 10);
    const late = await keep(page, 10);
    const { generator_learning_rate, loss } = await withPlayground(page, (playground) => playground.settings);
    const rate = Number(generator_learning_rate);

    await scrub(page, 10);
    await press(page, 'Branch from here');
    await said(page, 'Nothing is changed yet');
    await choose(page, 'generator_learning_rate', String(rate * 4));
    await press(page, 'Branch from here');
    await said(page, 'The run stands at step 10 again, with Generator learning rate');
    assert.equal((await withPlayground(page, (playground) => playground.settings)).generator_learning_rate, rate * 4);
    assert.deepEqual((await samples(page, 256)).values, early.values);
    await train(page, 10);
    assert.notDeepEqual((await samples(page, 256)).values, late.values, 'it takes another course');
    const branched = await samples(page, 256);

    await scrub(page, 10);
    await choose(page, 'latent_dim', '3');
    await press(page, 'Branch from here');
    await said(page, /does not go with this snapshot: .*has shape.* The run is where it was, at step 20/);
    assert.deepEqual((await samples(page, 256)).values, branched.values);
    const settings = await withPlayground(page, (playground) => playground.settings);
    assert.deepEqual([settings.generator_learning_rate, settings.latent_dim === 3], [rate * 4, false]);

    await choose(page, 'loss', loss === 'hinge' ? 'minimax' : 'hinge');
    await press(page, 'Branch from here');
    await said(page, 'The run stands at step 10 again, with Loss');
    assert.deepEqual((await samples(page, 256)).values, early.values, 'another loss has the same networks');
    assert.equal((await train(page, 1)).step, 11);
    assert.deepEqual(problems, []);
  },
);

test('snapshots outlive the engine', { timeout: 120_000 }, async (t) => {
  const trapping = await serve({
    before: {
      'worker.js':
        "self.addEventListener('message', ({ data }) => { if (data.type === 'phase') { self.ganvasPanic = 'a test'; throw new WebAssembly.RuntimeError('unreachable'); } });\n",
    },
  });
  t.after(() => trapping.close());
  const { page, context } = await open(site.browser, trapping.url(`?backend=cpu&autoplay=0&${RING}`));
  t.after(() => context.close());
  await until(page, ({ state }) => state === 'paused');
  const early = await keep(page, 10);
  await withPlayground(page, (playground) => playground.phase('generator').catch(() => {}));
  await until(page, ({ state }) => state === 'failed');
  await scrub(page, 10);
  await press(page, 'Go back to here');
  await said(page, 'The run stands at step 10 again');
  assert.deepEqual((await samples(page, 256)).values, early.values);
  assert.equal((await train(page, 1)).step, 11);
});

test('going back while the device is lost ends at that step', { timeout: 300_000 }, async (t) => {
  // The smallest run there is: the device is built twice, and each shader takes a second in software.
  const { page, problems } = await site.visit(t, `?backend=gpu&autoplay=0&${RING.replace('gan-ring8', 'dirac-r1')}`);
  await until(page, ({ state }) => state === 'paused');
  await keep(page, 3);
  // Of one snapshot there is nothing to choose, and the panel would go on to one of step 6 that comes by itself.
  await keep(page, 3);
  await scrub(page, 3);
  await withPlayground(page, (playground) => playground.loseDevice());
  await press(page, 'Go back to here');
  await said(page, 'The run stands at step 3 again');
  assert.equal((await train(page, 1)).step, 4);
  assert.deepEqual(problems, []);
});

test('full memory and a spoilt snapshot are told, and nothing is lost', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, RING);
  await keep(page, 10);
  await train(page, 5);
  const before = await samples(page, 256);
  await spoilLoad(page);
  await scrub(page, 10);
  await press(page, 'Go back to here');
  await said(
    page,
    /The snapshot of step 10 could not be loaded: .*not a safetensors file.* The run is where it was, at step 15/,
  );
  assert.deepEqual((await samples(page, 256)).values, before.values);
  await press(page, 'Go back to here');
  await said(page, 'The run stands at step 10 again');

  await page.workers()[0].evaluate(() => {
    Uint8Array.prototype.slice = () => {
      throw new RangeError('Array buffer allocation failed');
    };
  });
  await train(page, 1);
  await press(page, 'Snapshot now');
  await said(page, /No snapshot was taken: The browser has no memory left/);
  assert.equal((await train(page, 1)).step, 12, 'training goes on');
  assert.equal(await page.locator('gan-playground .notice').count(), 0);
  assert.deepEqual(problems, []);
});

test('room is bounded, and what is dropped is missed least', () => {
  const kept = new Snapshots();
  /** @param {number} step */
  const add = (step, size = 10, byHand = false) => {
    kept.reach(step);
    if (!kept.due && !byHand) return;
    const picture = { width: 0, height: 0, part: 1, grey: new Uint8Array() };
    const settings = /** @type {import('../../www/protocol.js').Settings} */ ({});
    const losses = { d_loss: 0, g_loss: 0 };
    kept.add(
      { step, bytes: new Uint8Array(size), picture, byHand, settings, losses, quality: null, stage: '' },
      new Set(),
    );
  };
  for (let step = 0; step <= 1000; step += 1) add(step);
  const steps = () => kept.present.map(({ step }) => step);
  assert.deepEqual(steps().slice(0, 6), [0, 1, 2, 3, 4, 5], 'dense at first');
  assert.ok(
    steps().length <= MOST_SNAPSHOTS && steps().every((step, i) => i < 8 || step / steps()[i - 1] >= 1.2),
    String(steps()),
  );
  add(777, 10, true);
  assert.equal(kept.head, 777, 'a course that was left is a former run');
  assert.equal(kept.runs.length, 1);
  kept.begin();
  for (let step = 0; step <= 3000; step += 1) add(step);
  assert.equal(kept.all.length, MOST_SNAPSHOTS);
  assert.deepEqual(steps().slice(0, 6), [0, 1, 2, 3, 4, 5], 'the former run makes room first');
  add(3001, MOST_BYTES / 2, true);
  assert.ok(kept.bytes <= MOST_BYTES);
  add(3002, MOST_BYTES / 2, true);
  assert.ok(kept.bytes <= MOST_BYTES, 'memory counts as well');
  assert.equal(kept.present.at(-1).step, 3002, 'the newest stays');
});
