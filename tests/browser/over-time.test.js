/** What was measured now and then is drawn over time, told in words, cut where the run goes back, and forgotten by a reset. */

/** @import { Learner, Quality } from '../../www/protocol.js' */
/** @import { Locator, Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useSite, withPlayground } from './harness.js';

const site = useSite();

/** @param {Page} page */
const playground = (page) => page.locator('gan-playground');
/** @param {Page} page @param {string | RegExp} name */
const open = (page, name) => playground(page).getByRole('tab', { name }).press('Enter');
/** @param {Page} page @param {number} n */
const train = (page, n) => withPlayground(page, (element, steps) => element.step(steps), n);

/** How many pixels of a curve's colours are drawn. @param {Locator} plot */
const drawn = (plot) =>
  plot.locator('canvas').evaluate((/** @type {HTMLCanvasElement} */ canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let coloured = 0;
    for (let at = 0; at < data.length; at += 4)
      coloured += Number(data[at + 3] > 100 && Math.abs(data[at] - data[at + 2]) > 60);
    return coloured;
  });

/** Back to the snapshot of that step, as a visitor does it. @param {Page} page @param {number} step */
async function goBack(page, step) {
  await open(page, 'Timeline');
  const timeline = playground(page).locator('.timeline');
  const slider = timeline.getByRole('slider', { name: 'Snapshots' });
  await slider.focus();
  await page.keyboard.press('Home');
  const is = async () => (await slider.getAttribute('aria-valuetext')).startsWith(`Step ${step},`);
  for (let i = 0; i < 10 && !(await is()); i += 1) await page.keyboard.press('ArrowRight');
  await timeline.getByRole('button', { name: 'Go back to here' }).press('Enter');
  await timeline.locator('.said', { hasText: `The run stands at step ${step} again` }).waitFor();
}

/** @param {Page} page */
async function keep(page) {
  await open(page, 'Timeline');
  const timeline = playground(page).locator('.timeline');
  await timeline.getByRole('button', { name: 'Snapshot now' }).press('Enter');
  await timeline.locator('.said', { hasText: 'is kept' }).waitFor();
}

test('each measure of quality unfolds to its course', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-ring8&batch_size=32');
  const panel = playground(page).locator('.quality');
  /** @param {string} name */
  const measure = (name) => panel.locator('.measure', { hasText: name });
  /** @param {number} steps */
  const evaluate = async (steps) => {
    await train(page, steps);
    const quality = await withPlayground(page, (element) => element.evaluate());
    return quality.form === 'point' ? quality : assert.fail('a world of points has the measures of points');
  };
  const first = await evaluate(20);
  await keep(page);
  const second = await evaluate(40);
  await open(page, 'Measure');
  const plot = measure('From the middle').locator('.plot');
  assert.equal(await plot.locator('canvas').count(), 0, 'what is folded is not drawn');
  await measure('From the middle').locator('summary').press('Enter');
  await plot.locator('canvas').waitFor();
  assert.ok((await drawn(plot)) > 50);
  /** @param {number} value */
  const words = (value) => new Intl.NumberFormat('en', { maximumSignificantDigits: 3 }).format(value);
  /** @param {import('../../www/protocol.js').PointQuality} result */
  const told = (result, more = '') =>
    panel
      .getByRole('img', {
        name: `From the middle up to ${result.images.toLocaleString('en')} real points seen. Forgeries: ${words(result.meanRadius)}${more}`,
        exact: true,
      })
      .waitFor({ timeout: 10_000 })
      .catch(async (error) => assert.fail(`${error.message}\n${await plot.getAttribute('aria-label')}`));
  const [low, high] = [first.meanRadius, second.meanRadius].sort((a, b) => a - b).map(words);
  await told(second, `, at first ${words(first.meanRadius)}, between ${low} and ${high}.`);
  assert.equal(await measure('Parts found').locator('.value').first().textContent(), `${second.modes} of 8`);

  await goBack(page, 20);
  await open(page, 'Measure');
  await told(first, '.');
  await measure('From the middle').locator('summary').press('Enter');
  await plot.locator('canvas').waitFor({ state: 'detached' });

  await withPlayground(page, (element) => element.reset());
  await panel.getByText('Not measured yet').waitFor();
  assert.equal(await measure('Parts found').isVisible(), false);
  assert.deepEqual(problems, []);
});

test('gradients are drawn layer by layer, seen or unseen, back and forth', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-ring8&batch_size=32');
  const panel = playground(page).locator('.inside');
  /** @param {'forger' | 'detective'} network @param {number} step */
  const told = (network, step, more = '') =>
    panel
      .getByRole('img', {
        name: new RegExp(
          `^Gradients of the ${network} over time up to step ${step}\\. 1, linear1: [\\d.]*[1-9][^:]*${more}`,
        ),
      })
      .waitFor();
  await open(page, 'Measure');
  for (let i = 0; i < 3; i += 1) await train(page, 30);
  await keep(page);
  await train(page, 30);
  await open(page, 'Inside');
  await told('forger', 120, ', at first .*, between ');
  await told('detective', 120, ', at first .*, between ');
  const plots = panel.locator('.gradient-curves .plot');
  await plots.nth(1).locator('canvas').waitFor();
  assert.ok((await drawn(plots.nth(0))) > 100 && (await drawn(plots.nth(1))) > 100);
  const layers = await panel.locator('.gradients tbody code').allTextContents();
  const keys = await panel
    .locator('.gradient-curves .key')
    .evaluateAll((all) =>
      all.map((key) => [key.querySelector('.role').textContent, key.querySelector('.value').textContent]),
    );
  assert.deepEqual(
    keys.map(([layer]) => layer),
    layers.map((layer) => layer.replace(/^\w+\./, '')),
    'the same layers as in the table',
  );
  const lengths = await panel.locator('.gradients .number').allTextContents();
  assert.deepEqual(
    keys.map(([, length]) => length),
    lengths,
    'and the same lengths',
  );

  await goBack(page, 90);
  await open(page, 'Inside');
  await told('forger', 90);
  await playground(page).getByRole('tab', { name: 'Timeline' }).press('Enter');
  await playground(page).locator('.timeline').getByRole('button', { name: /^Undo/ }).press('Enter');
  await playground(page).locator('.timeline .said', { hasText: 'The run stands at step 120 again' }).waitFor();
  await open(page, 'Inside');
  await told('forger', 120);

  await withPlayground(page, (element) => element.reset());
  await panel.getByText('At step 0').waitFor();
  assert.equal(await plots.count(), 0, 'another run');
  await train(page, 2);
  await told('forger', 2);
  assert.deepEqual(problems, []);
});
