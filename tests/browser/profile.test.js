/** The panel that times a step: what it says adds up, and the run does not notice. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { samples, status, until, useSite, withPlayground } from './harness.js';

const site = useSite();
const PANEL = 'gan-playground .profile';

/** @param {Page} page */
async function measured(page) {
  await page.locator(`${PANEL} summary`).click();
  await page.locator(PANEL).getByRole('button', { name: 'Measure this step' }).click();
  await page.locator(`${PANEL} table`).waitFor({ timeout: 120_000 });
  return page
    .locator(`${PANEL} tbody tr`)
    .evaluateAll((rows) =>
      rows.map((row) => [.../** @type {HTMLTableRowElement} */ (row).cells].map(({ textContent }) => textContent)),
    );
}

// In software each shader takes a second to compile, so the GPU gets the smallest run there is.
for (const [backend, preset] of [
  ['cpu', 'gan-ring8'],
  ['gpu', 'dirac-r1'],
]) {
  test(
    `a step is timed part by part, and the run goes on as if nothing had been (${backend})`,
    { timeout: 400_000 },
    async (t) => {
      const { page, problems } = await site.visit(t, `?preset=${preset}&backend=${backend}&autoplay=0&seed=5#data`);
      await until(page, ({ state }) => state === 'paused', 300_000);
      await withPlayground(page, async (playground) => {
        await playground.step(3);
        playground.kept = await playground.save();
      });
      const before = await status(page);
      const picture = await samples(page);

      const rows = await measured(page);
      assert.equal((await status(page)).backend, backend);
      const { discriminator, generator } = before.dispatches;
      // On the CPU the launches of a stage are one row.
      if (backend === 'gpu') assert.equal(rows.length, discriminator + generator);
      else assert.ok(rows.length > 4 && rows.length <= discriminator + generator);
      /** @param {number} index */
      const column = (index) => rows.map((cells) => Number.parseFloat(cells[index]));
      assert.ok(column(0).every((ms) => ms >= 0) && column(0)[0] > 0, 'times, the longest first');
      assert.deepEqual(
        column(0),
        column(0).toSorted((a, b) => b - a),
      );
      assert.ok(
        Math.abs(column(1).reduce((sum, share) => sum + share, 0) - 100) < 0.1 * rows.length,
        'the shares make a whole',
      );
      if (backend === 'cpu')
        assert.ok(rows.some(([, , gflops, , , , , , what]) => /matmul/.test(what) && Number(gflops) > 0));
      assert.ok(rows.some((cells) => Number(cells[4]) > 0));
      assert.deepEqual(new Set(rows.map((cells) => cells[6])), new Set(['discriminator', 'generator']));

      // Beside what the adapter can do at most, which is measured on a GPU.
      const shares = rows.map((cells) => cells[5]).filter((share) => share !== '\u2013');
      const most = await page.locator(`${PANEL} .help`).last().textContent();
      if (backend === 'gpu') {
        assert.match(most, /multiplies and adds at [\d.]+ GFLOP\/s and copies at [\d.]+ GB\/s, measured just now/);
        assert.ok(
          shares.length > 0 && shares.every((share) => Number.parseFloat(share) > 0 && share.endsWith(' %')),
          shares.join(),
        );
      } else {
        assert.deepEqual(shares, []);
      }

      const after = await status(page);
      assert.deepEqual([after.step, after.losses], [before.step, before.losses]);
      assert.deepEqual((await samples(page)).values, picture.values);
      // The next steps are those that would have come.
      const next = () => withPlayground(page, async (playground) => (await playground.step(2)).losses);
      const found = await next();
      await withPlayground(page, (playground) => playground.load(playground.kept));
      assert.deepEqual(await next(), found);
      assert.deepEqual(problems, []);
    },
  );
}

test('measuring while it trains is a pause, and training goes on', { timeout: 240_000 }, async (t) => {
  const { page, problems } = await site.visit(t, '?preset=gan-ring8&backend=cpu#data');
  await until(page, ({ step }) => step > 3);
  assert.ok((await measured(page)).length > 4);
  const { step } = await status(page);
  await until(page, (now) => now.state === 'playing' && now.step > step + 3);
  assert.deepEqual(problems, []);
});
