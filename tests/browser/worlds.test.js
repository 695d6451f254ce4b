/** Worlds of points, classes to order, critics with scores: the page says of each what it is. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { look, status, until, useSite, withPlayground } from './harness.js';

const site = useSite();

const visit = site.visitAtRest;

/** @param {Page} page @param {string} selector */
const text = (page, selector) => page.locator(`gan-playground ${selector}`).textContent();
/** @param {Page} page */
const settings = (page) => withPlayground(page, (playground) => playground.settings);
/** @param {Page} page @param {string} name */
const control = (page, name) => page.locator(`gan-playground [name="${name}"]`);

test('a world of points needs no file, and is called points', { timeout: 120_000 }, async (t) => {
  const { page, problems, requests } = await visit(t, 'preset=gan-ring8');
  await withPlayground(page, (playground) => playground.step(3));
  assert.ok(!requests.some((url) => url.endsWith('.ganvas')), 'no data file is asked for');
  assert.match(await text(page, '.samples figcaption'), /1,024 points, always from the same noise/);
  assert.match(await text(page, '.real figcaption'), /Ring of 8\. Orange: D says forged; blue: real/);
  assert.match(
    await page.locator('gan-playground .samples .frame canvas').getAttribute('aria-label'),
    /cloud of 1,024 forged points/,
  );
  assert.ok((await look(page, '.real .frame canvas:not(.plane-canvas)')).distinct > 2, 'the points are drawn');
  assert.match(await text(page, '.panel.data'), /65,536 for training/);
  assert.equal((await status(page)).data.form, 'point');
  assert.deepEqual(problems, []);
});

test('who chooses points in place of digits gets networks for points', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=wgan-gp-mnist#change');
  await control(page, 'data').selectOption('moons');
  await until(page, ({ state, data }) => state === 'paused' && data?.form === 'point');
  const { preset, data, architecture } = await settings(page);
  assert.deepEqual([preset, data, architecture], ['wgan-gp-ring8', 'moons', 'plane']);
  assert.equal(await page.locator('gan-playground .notice').count(), 0);
  assert.match(page.url(), /data=moons/);
  assert.deepEqual(problems, []);
});

test('points drawn by hand are what is learned', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=gan-ring8#change');
  const canvas = page.locator('gan-playground .points-canvas');
  assert.equal(await canvas.isVisible(), false);
  await control(page, 'data').selectOption('drawn');
  const { width, height } = await canvas.boundingBox();
  await canvas.click({ position: { x: width / 2, y: height / 4 } });
  await canvas.click({ position: { x: width / 4, y: height / 2 } });
  await canvas.click({ position: { x: width / 4, y: height / 4 } });
  await canvas.click({ position: { x: width / 4, y: height / 4 } }); // on the point: it goes
  assert.match(await canvas.getAttribute('aria-label'), /^2 points/);
  assert.equal((await settings(page)).data, 'ring8', 'nothing starts before the button is pressed');
  await page.locator('gan-playground').getByRole('button', { name: 'Train on these points' }).click();
  await page.waitForFunction(() => document.querySelector('gan-playground').settings.data === 'drawn');
  await until(page, ({ state, step }) => state === 'paused' && step === 0);
  const points = (await settings(page)).points.split(' ').map((pair) => pair.split(',').map(Number));
  assert.equal(points.length, 2);
  for (const [index, [x, y]] of [
    [0, 1.5],
    [-1.5, 0],
  ].entries()) {
    assert.ok(
      Math.hypot(points[index][0] - x, points[index][1] - y) < 0.1,
      `point ${index} is where it was put: ${points[index]}`,
    );
  }
  assert.deepEqual(problems, []);
});

test('a critic has scores, and no percent', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=wgan-gp-ring8');
  await withPlayground(page, (playground) => playground.step(12));
  await page.locator('gan-playground .verdict', { hasText: 'Difference: ' }).waitFor();
  const verdict = await text(page, '.verdict');
  assert.match(verdict, /Critic.*score/s);
  assert.match(verdict, /Difference: -?[\d.]/);
  assert.doesNotMatch(verdict.replace(/50.%guess/, ''), /%/);
  assert.equal(await page.locator('gan-playground .guess').isVisible(), false);
  assert.match(
    await page.locator('gan-playground .gauge.real [role="meter"]').getAttribute('aria-valuetext'),
    /^score -?[\d.]/,
  );
  assert.match(await text(page, '.sentence'), /The critic scores originals/);
  assert.match(await text(page, '.charts'), /The critic’s estimate.*The discriminator’s gradient/s);
  await withPlayground(page, (playground) => playground.set({ preset: 'gan-ring8' }));
  await until(page, ({ state, step }) => state === 'paused' && step === 0);
  assert.match(await text(page, '.verdict'), /How real/);
  assert.equal(await page.locator('gan-playground .guess').isVisible(), true);
  assert.deepEqual(problems, []);
});

test('where classes are told, a column is a class, and one can be ordered', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=cgan-mnist');
  assert.match(await text(page, '.samples figcaption'), /80 from fixed noise/);
  assert.equal(await page.locator('gan-playground .head').count(), 10);
  assert.match(
    await page.locator('gan-playground .samples .frame canvas').getAttribute('aria-label'),
    /a column for each class/,
  );
  const { width, height } = await page.locator('gan-playground .samples .frame').boundingBox();
  assert.ok(Math.abs(width / height - 10 / 8) < 0.01, 'the grid is as wide as it is');
  const distinct = await withPlayground(page, async (playground) => {
    const pictures = await Promise.all([3, 3, 5].map((label) => playground.samples(8, { seed: 1, label })));
    return new Set(pictures.map(({ data }) => data.join())).size;
  });
  assert.equal(distinct, 2, 'the same class gives the same digits, another one others');
  await assert.rejects(
    withPlayground(page, (playground) => playground.samples(8, { label: 10 })),
    /class/,
  );
  assert.ok(
    problems.every((problem) => /class/.test(problem)),
    problems.join(),
  );
});

test('presets are in groups, and what is long is folded', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=gan-ring8#change');
  const preset = control(page, 'preset');
  assert.ok(await preset.locator('optgroup').first().locator('[value="wgan-gp-mnist"]').count(), 'an algorithm');
  assert.ok(await preset.locator('optgroup').last().locator('[value="collapse-ring8"]').count(), 'an exhibit');
  const warmup = control(page, 'critic_warmup');
  assert.equal(await warmup.isVisible(), false);
  await page.locator('gan-playground .settings summary', { hasText: 'Training' }).click();
  await warmup.check();
  await page.waitForFunction(() => document.querySelector('gan-playground').settings.critic_warmup === '1');
  assert.equal((await withPlayground(page, (playground) => playground.step(1))).step, 1);
  const loss = control(page, 'loss');
  await loss.selectOption('hinge');
  await until(page, ({ state, step }) => state === 'paused' && step === 0);
  assert.equal((await settings(page)).critic_warmup, '1');
  assert.match(page.url(), /critic_warmup=1.*loss=hinge|loss=hinge.*critic_warmup=1/);
  assert.deepEqual(problems, []);
});

test('README names every setting and every preset', { timeout: 120_000 }, async (t) => {
  const { page } = await visit(t, 'preset=gan-ring8');
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const keys = await withPlayground(page, (playground) => playground.tables.settings.map(({ key }) => key));
  for (const key of keys) assert.ok(readme.includes(`| \`${key}\` |`), `the setting ${key}`);
  const presets = await control(page, 'preset')
    .locator('option')
    .evaluateAll((options) => options.map((option) => /** @type {HTMLOptionElement} */ (option).value));
  for (const key of presets) assert.ok(readme.includes(`\`${key}\``), `the preset ${key}`);
});
