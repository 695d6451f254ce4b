/** The story in phases, how good the samples are, and what the doctor says: as a visitor meets them. */

/** @import { Page } from 'playwright-core' */
/** @import { TestContext } from 'node:test' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, record, samples, serve, status, until, useSite, withPlayground } from './harness.js';

const site = useSite();

/** @param {TestContext} t @param {string} query */
async function visit(t, query) {
  const opened = await site.visitAtRest(t, query);
  await record(opened.page);
  return opened;
}

/** @param {Page} page @param {string | RegExp} name */
const button = (page, name) => page.locator('gan-playground').getByRole('button', { name });

test(
  'the detective learns alone until it sees through, then the forger until the detective guesses',
  { timeout: 240_000 },
  async (t) => {
    const { page, problems } = await visit(t, 'preset=gan-ring8');
    const line = page.locator('gan-playground .phase-line');
    await button(page, 'Only D').click();
    await button(page, 'Play').click();
    await line
      .filter({ hasText: /The discriminator got there after [\d,]+ steps?\. Forgeries are rated \d+.% real/ })
      .waitFor({ timeout: 90_000 });
    const first = await until(page, ({ state }) => state === 'paused');
    assert.ok(first.step > 0 && first.metrics.d_fake < 0.3, JSON.stringify(first.metrics));

    await button(page, 'Only G').click();
    await button(page, 'Play').click();
    await line.filter({ hasText: /The generator (got there|did not get there)/ }).waitFor({ timeout: 90_000 });
    const second = await until(page, ({ state }) => state === 'paused');
    assert.ok(second.step > first.step);
    const rows = await withPlayground(page, (playground) => playground.rows);
    assert.equal(rows.length, second.step, 'a row for each step');
    assert.ok(
      rows.slice(first.step).every((row) => Number.isNaN(row[1]) && Number.isFinite(row[2])),
      'only the forger has learned',
    );

    await withPlayground(page, (playground) => playground.step(1));
    assert.equal(await line.isVisible(), false, 'the line is gone when something else goes on');
    assert.deepEqual(problems, []);
  },
);

test('a phase has a limit, and pause ends it', { timeout: 120_000 }, async (t) => {
  const { page } = await visit(t, 'preset=gan-ring8');
  const limited = await withPlayground(page, (playground) =>
    playground.phase('discriminator', { until: 0.001, limit: 12 }),
  );
  assert.deepEqual([limited.ended, limited.done, limited.step], ['limit', 12, 12]);
  const stopped = await withPlayground(page, async (playground) => {
    const phase = playground.phase('discriminator', { until: 0.000001, limit: 100_000 });
    await new Promise((resolve) => playground.addEventListener('metrics', resolve, { once: true }));
    const state = playground.status.state;
    await playground.pause();
    return /** @type {const} */ ([state, await phase, playground.status]);
  });
  assert.equal(stopped[0], 'phase');
  assert.equal(stopped[1].ended, 'stopped');
  assert.ok(stopped[1].done < 100_000);
  assert.deepEqual([stopped[2].state, stopped[2].step], ['paused', stopped[1].step]);
  await assert.rejects(
    withPlayground(page, (playground) => playground.phase(/** @type {any}  who does not learn alone */ ('both'))),
    /learner/,
  );
  await assert.rejects(
    withPlayground(page, (playground) => playground.phase('generator', { until: 7 })),
    /between 0 and 1/,
  );
  assert.equal((await status(page)).state, 'paused');
});

test('samples are measured when asked, and training goes on meanwhile', { timeout: 240_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=gan-ring8');
  const panel = page.locator('gan-playground .quality');
  await withPlayground(page, (playground) => playground.step(20));
  await button(page, 'Measure now').click();
  await panel.filter({ hasText: /samples at step 20/ }).waitFor({ timeout: 90_000 });
  assert.match(await panel.textContent(), /Parts found\d of 8/);
  assert.equal((await status(page)).quality.form, 'point');
  const [before, result, after] = await withPlayground(page, async (playground) => {
    await playground.play();
    const from = playground.status.step;
    const measured = await playground.evaluate();
    await playground.pause();
    return [from, measured, playground.status.step];
  });
  assert.ok(after > before, 'steps were done while it was measured');
  assert.ok(result.step >= before && result.form === 'point' && result.modeCount === 8, JSON.stringify(result));
  const seen = await withPlayground(
    page,
    (playground) => playground.seen.filter(({ name }) => name === 'evaluation').length,
  );
  assert.equal(seen, 2);
  assert.deepEqual(problems, []);
});

test('digits are judged', { timeout: 400_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=gan-mnist');
  const result = await withPlayground(page, (playground) => playground.evaluate());
  t.diagnostic(JSON.stringify(result));
  assert.equal(result.form, 'image');
  assert.equal(result.classShares.length, 10);
  assert.ok(result.nfd > 1, 'noise is further off than digits with one class missing');
  const panel = page.locator('gan-playground .quality');
  assert.match(await panel.textContent(), /Distance to real digits \(nFD\)/);
  assert.doesNotMatch(await panel.textContent(), /\bFID\b/);
  assert.match(
    await panel.locator('details[open]').textContent(),
    /1 is as far off as real digits with one class missing/,
  );
  const recall = panel.locator('.measure', { hasText: 'Recall' });
  assert.equal(await recall.getByText(/^The share of real digits/).isVisible(), false);
  await recall.locator('summary').click();
  const [line, explained] = [
    await recall.locator('summary').boundingBox(),
    await recall.getByText(/^The share of real digits/).boundingBox(),
  ];
  assert.ok(explained.width > line.width - 8, 'the explanation has the whole width');
  assert.equal(await panel.getByRole('listitem').count(), 10);
  assert.deepEqual(problems, []);
});

/** The numbers in a text, as they are written: "0.2 %" is 0.2. @param {string} text */
const numbers = (text) => (text.match(/-?[\d.]+(?:e-?\d+)?/g) ?? []).map(Number);

test(
  'the doctor looks at the run, and an exhibit is a click away; the way back brings the run as it was',
  { timeout: 240_000 },
  async (t) => {
    const { page, problems } = await visit(t, 'preset=gan-ring8');
    await withPlayground(page, (playground) => playground.step(120));
    const before = await samples(page, 256);
    // Few modes are covered yet: that is drawn, so the run is not called healthy.
    const watching = page.locator('gan-playground .finding.watch');
    await watching.getByText(/Modes covered: [0-5] of 8, [\d.]+ below the threshold of 5\.6/).waitFor();
    await watching
      .getByRole('img', { name: /^D on fakes, mean of 100 steps: [\d.]+ % at step 120\. Alarm below 5 %\.$/ })
      .waitFor();

    await button(page, 'Make it oscillate').click();
    await page.waitForFunction(() => document.querySelector('gan-playground').settings.preset === 'oscillation-dirac');
    await until(page, ({ state, step }) => state === 'playing' && step > 0);
    await withPlayground(page, (playground) => playground.pause());
    await page
      .locator('gan-playground .doctor .said', { hasText: 'GAN on the ring is kept as it was at step 120.' })
      .waitFor();
    assert.equal(await button(page, 'Make it oscillate').getAttribute('aria-pressed'), 'true');
    await withPlayground(page, (playground) => playground.step(600 - playground.status.step));
    const finding = page.locator('gan-playground .finding.alarm');
    await finding.first().waitFor({ timeout: 60_000 });
    const { findings } = await status(page);
    assert.ok(
      findings.some(({ key }) => key === 'oscillation'),
      JSON.stringify(findings),
    );
    assert.match(await page.locator('gan-playground [role="tab"][aria-selected="true"]').textContent(), /Alarm/);
    const picture = finding.getByRole('img', { name: /^D on fakes, step by step: / });
    const label = await picture.getAttribute('aria-label');
    assert.match(label, /at step 600\. Alarm outside [\d.]+ % to [\d.]+ %\./);
    const [now, step, low, high] = numbers(label);
    assert.ok(step === 600 && low < high && now > 0 && now < 100, label);
    assert.equal(await picture.locator('.threshold').count(), 2);
    assert.equal(await picture.locator('.zone').count(), 2);
    const drawn = await picture.locator('.line').getAttribute('d');
    assert.ok(drawn.split('L').length > 50 && !/NaN/.test(drawn), drawn);
    const trained = await samples(page, 256);

    const cure = finding.getByRole('button', { name: 'Apply the cure' }).first();
    const wanted = findings.find(({ change }) => change).change;
    await cure.click();
    await page.waitForFunction((change) => {
      const { settings } = document.querySelector('gan-playground');
      return Object.entries(change).every(([key, value]) => String(settings[key]) === String(value));
    }, wanted);
    await until(page, ({ state }) => state === 'paused');
    const course = page.locator('gan-playground .doctor .course');
    await course.filter({ hasText: /is under way since step 0\. It usually takes about \d+ steps\.$/ }).waitFor();
    await withPlayground(page, (playground) => playground.step(600));
    await page.locator('gan-playground .finding.healthy').waitFor({ timeout: 60_000 });
    await course.filter({ hasText: /^The cure has worked: / }).waitFor();

    for (const [preset, at, values] of [
      ['oscillation-dirac', 600, trained.values],
      ['gan-ring8', 120, before.values],
    ]) {
      await button(page, 'Back to the run before').click();
      await page
        .locator('gan-playground .doctor .said', { hasText: `stands at step ${at} again, as you left it` })
        .waitFor();
      const { settings, status: now } = await withPlayground(page, (playground) => ({
        settings: playground.settings,
        status: playground.status,
      }));
      assert.deepEqual([settings.preset, now.step, now.state], [preset, at, 'paused']);
      assert.ok(
        Object.entries(wanted).some(([name, value]) => String(settings[name]) !== String(value)),
        'without the cure',
      );
      assert.deepEqual((await samples(page, 256)).values, values, 'the same networks');
    }
    assert.equal(await page.getByRole('button', { name: 'Back to the run before' }).isVisible(), false);
    const uninterrupted = await withPlayground(page, async (playground) => {
      await playground.step(5);
      const { losses } = playground.status;
      await playground.reset();
      await playground.step(125);
      return [losses, playground.status.losses];
    });
    assert.deepEqual(
      uninterrupted[0],
      uninterrupted[1],
      'it goes on as if nothing had been: weights, optimisers, batches',
    );
    assert.deepEqual(problems, []);
  },
);

test(
  'the run before an exhibit outlives the engine; one that cannot be kept says so',
  { timeout: 240_000 },
  async (t) => {
    const trapping = await serve({
      before: {
        'worker.js':
          "self.addEventListener('message', ({ data }) => { if (data.type === 'phase') { self.ganvasPanic = 'a test'; throw new WebAssembly.RuntimeError('unreachable'); } });\n",
      },
    });
    t.after(() => trapping.close());
    const { page, context } = await open(site.browser, trapping.url('?backend=cpu&autoplay=0&preset=gan-ring8'));
    t.after(() => context.close());
    await until(page, ({ state }) => state === 'paused');
    await withPlayground(page, (playground) => playground.step(30));
    const before = await samples(page, 256);
    /** @param {string | RegExp} text */
    const told = (text) => page.locator('gan-playground .doctor .said', { hasText: text }).waitFor({ timeout: 60_000 });
    await button(page, 'Make it oscillate').click();
    await told('GAN on the ring is kept as it was at step 30.');
    await until(page, ({ state, step }) => state === 'playing' && step > 0);
    await withPlayground(page, (playground) => playground.phase('generator').catch(() => {}));
    await until(page, ({ state }) => state === 'failed');
    await button(page, 'Back to the run before').click();
    await told('GAN on the ring stands at step 30 again');
    assert.deepEqual((await samples(page, 256)).values, before.values);

    // Nothing to keep: the engine is gone, and no snapshot of this run was taken.
    await page.reload();
    await until(page, ({ state }) => state === 'paused');
    await withPlayground(page, (playground) => playground.phase('generator').catch(() => {}));
    await until(page, ({ state }) => state === 'failed');
    await button(page, 'Make it oscillate').click();
    await told(
      /GAN on the ring at step 0 (could not be kept: .* restarts it from its seed|could not be kept as it was)/,
    );
  },
);

test('D wins, at a click', { timeout: 400_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=gan-ring8');
  await button(page, 'Let the detective win').click();
  await page.waitForFunction(() => document.querySelector('gan-playground').settings.preset === 'd-wins-mnist');
  await until(page, ({ state }) => state === 'playing');
  await withPlayground(page, async (playground) => {
    const won = () => playground.status.findings.some(({ key }) => key === 'discriminator_too_strong');
    while (!won() && playground.status.step < 600) await playground.step(50);
  });
  const { findings, step } = await status(page);
  t.diagnostic(`step ${step}: ${findings.map(({ evidence }) => evidence)}`);
  const finding = page.locator('gan-playground .finding', { hasText: 'The discriminator is too strong' });
  await finding.getByRole('img', { name: /^D on real examples, .*Alarm above 95 %/ }).waitFor();
  await finding.getByRole('img', { name: /^D on fakes, .*Alarm below 5 %/ }).waitFor();
  const cure = await finding
    .getByRole('button', { name: 'Apply the cure' })
    .evaluate(
      (button) =>
        /** @type {ShadowRoot} */ (button.getRootNode()).getElementById(button.getAttribute('aria-describedby'))
          .textContent,
    );
  assert.match(cure, /^Changes: .*Penalty to R1/);
  assert.deepEqual(problems, []);
});
