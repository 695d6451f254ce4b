/** A visitor watches a GAN learn, on each backend: play, look, pause, step, reset. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { look, open, record, samples, status, until, useSite, withPlayground } from './harness.js';

const METRIC = { dLoss: 1, gLoss: 2, dReal: 3, dFake: 4 };

// SwiftShader computes WebGPU on one CPU, so the convolutional net gets only a handful of steps there.
const RUNS = [
  { backend: 'cpu', preset: 'dcgan-mnist', steps: 20 },
  { backend: 'gpu', preset: 'gan-mnist', steps: 20 },
  { backend: 'gpu', preset: 'dcgan-mnist', steps: 4 },
  // With another average than its own, so that no recording of the preset stands before its samples.
  { backend: 'gpu', preset: 'quick-mnist', steps: 8, more: '&average=0.98' },
];

const site = useSite();

for (const { backend, preset, steps, more = '' } of RUNS) {
  test(`${preset} trains with backend=${backend}`, { timeout: 600_000 }, async (t) => {
    const { page, context, problems } = await open(
      site.browser,
      site.server.url(`?preset=${preset}&backend=${backend}&seed=7&autoplay=0${more}`),
    );
    t.after(() => context.close());
    await record(page);
    await until(page, ({ state }) => state === 'paused');
    const start = await status(page);
    assert.equal(start.backend, backend);
    assert.equal(start.step, 0);
    assert.equal(await page.locator('gan-playground [name="preset"]').inputValue(), preset);
    assert.match(await page.locator('gan-playground .backend').textContent(), backend === 'gpu' ? /WebGPU/ : /CPU/);
    const firstSamples = await samples(page);
    const firstLook = await look(page, '.samples .frame canvas');
    assert.ok(firstSamples.distinct > 1, 'the first samples are noise, not one colour');
    assert.ok((await look(page, '.real canvas')).distinct > 2, 'real digits are shown');

    await page.keyboard.press('Space');
    await until(page, ({ state, step }) => state === 'playing' && step >= steps, 500_000);
    await page.keyboard.press('Space');
    const paused = await until(page, ({ state }) => state === 'paused');
    assert.ok(paused.stepsPerSecond > 0 && paused.imagesPerSecond > 0);
    t.diagnostic(`${paused.step} steps, ${paused.stepsPerSecond.toFixed(2)} steps per second`);

    const rows = await withPlayground(page, (playground) => playground.rows);
    assert.equal(rows.length, paused.step, 'one row for each step');
    // The last column is the length of a gradient, which only a penalty looks at.
    for (const row of rows)
      assert.ok(row.length === 6 && row.slice(0, 5).every(Number.isFinite), `row ${row} has a number in each place`);
    for (const column of Object.values(METRIC)) {
      assert.ok(new Set(rows.map((row) => row[column])).size > 1, `column ${column} moves`);
    }
    for (const row of rows) {
      assert.ok(row[METRIC.dReal] >= 0 && row[METRIC.dReal] <= 1 && row[METRIC.dFake] >= 0 && row[METRIC.dFake] <= 1);
    }

    const laterLook = await look(page, '.samples .frame canvas');
    assert.ok(laterLook.distinct > 2, 'the canvas is not blank');
    assert.notDeepEqual(laterLook.values, firstLook.values, 'the canvas has changed');

    await page.waitForTimeout(500);
    assert.equal((await status(page)).step, paused.step, 'pause holds the step counter');

    await page.keyboard.press('s');
    await until(page, ({ step, state }) => step === paused.step + 1 && state === 'paused');
    await page.waitForTimeout(300);
    assert.equal((await status(page)).step, paused.step + 1, 'one step adds exactly one');

    const only = await withPlayground(page, (playground) => playground.step(2, { only: 'discriminator' }));
    assert.equal(only.step, paused.step + 3);
    assert.equal(only.state, 'paused');

    await page.keyboard.press('r');
    await until(page, ({ step, state }) => step === 0 && state === 'paused');
    assert.deepEqual((await samples(page)).values, firstSamples.values, 'the same seed gives the same first samples');
    assert.deepEqual(
      (await look(page, '.samples .frame canvas')).values,
      firstLook.values,
      'and the canvas shows them',
    );

    assert.deepEqual(
      await withPlayground(page, (playground) =>
        playground.seen.filter(({ name }) => name === 'error' || name === 'alarm'),
      ),
      [],
    );
    assert.deepEqual(problems, []);
  });
}

test('a page opened as it is begins to train by itself', { timeout: 300_000 }, async (t) => {
  const { page, context, problems, requests } = await open(site.browser, site.server.url());
  t.after(() => context.close());
  const { timings, backend, backendReason } = await until(page, ({ step }) => step >= 1);
  assert.ok(backendReason.length > 0, 'the choice of the backend is explained');
  // Measured, not judged: a budget for it belongs to machines that are known.
  const share = timings.shadersMs === undefined ? 'not told' : `${Math.round(timings.shadersMs)} ms`;
  t.diagnostic(
    `cold start on ${backend}: first completed step ${Math.round(timings.firstStepMs)} ms after navigation, of which shaders ${share}`,
  );
  t.diagnostic(JSON.stringify(timings));
  assert.deepEqual(
    requests.filter((url) => !url.startsWith(site.server.url())),
    [],
    'the page asks only for its own files',
  );
  assert.deepEqual(problems, []);
});

test('cold start with WebGPU', { timeout: 300_000 }, async (t) => {
  const { page, context, problems } = await open(site.browser, site.server.url('?backend=gpu&preset=gan-mnist'));
  t.after(() => context.close());
  const { timings } = await until(page, ({ step }) => step >= 1);
  t.diagnostic(
    `first completed step ${Math.round(timings.firstStepMs)} ms after navigation: ${JSON.stringify(timings)}`,
  );
  assert.deepEqual(problems, []);
});
