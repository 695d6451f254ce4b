/** The sentence under the pictures: its parts agree with each other and with the numbers. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { narrate } from '../../www/page/narrator.js';
import { Recent } from '../../www/page/recent.js';

/**
 * What is said where both ratings were `before` for 50 steps and then `after` for 50.
 * @param {[real: number, fake: number]} before
 * @param {[real: number, fake: number]} after
 * @param {import('../../www/page/scale.js').Scale} [scale]
 */
function said(before, after, scale = 'probability') {
  const recent = new Recent();
  recent.metrics = ['d_loss', 'g_loss', 'd_real', 'd_fake'];
  for (let step = 1; step <= 100; step += 1) {
    const [real, fake] = step <= 50 ? before : after;
    recent.push(Float64Array.of(step, 0.7, 0.7, real, fake), 5);
  }
  return narrate({ state: 'playing', step: 100, recent, scale });
}

test('whatever the ratings, the sentence does not contradict itself', () => {
  const shares = [0.0213, 0.2071, 0.4117, 0.5439, 0.6353, 0.8291, 0.9767];
  let cases = 0;
  const seen = new Set();
  for (const scale of /** @type {const} */ (['probability', 'target'])) {
    for (const realBefore of shares) {
      for (const fakeBefore of shares) {
        for (const real of shares) {
          for (const fake of shares) {
            const text = said([realBefore, fakeBefore], [real, fake], scale);
            const lead = real - fake;
            const change = lead - (realBefore - fakeBefore);
            const gains = /the (forger|detective) has gained ground/.exec(text)?.[1] ?? 'nobody';
            assert.equal(
              gains,
              change > 0.03 ? 'detective' : change < -0.03 ? 'forger' : 'nobody',
              `${real} ${fake} after ${realBefore} ${fakeBefore}: ${text}`,
            );
            const verdict =
              /^(The detective is fooled|The detective can hardly tell them apart|A close contest, with the detective a little ahead|The detective is ahead|The detective sees through almost every forgery)[:.]/.exec(
                text,
              )?.[1];
            assert.ok(verdict, text);
            assert.equal(verdict === 'The detective is fooled', lead < -0.1, text);
            assert.equal(verdict.includes('sees through'), lead >= 0.8, text);
            seen.add(`${verdict}/${gains}`);
            cases += 1;
          }
        }
      }
    }
  }
  assert.equal(cases, 2 * 7 ** 4);
  assert.equal(seen.size, 5 * 3, `every verdict with every trend: ${[...seen].join('; ')}`);
});

test('where forgeries are rated less real and originals too, nobody is said to be harder to fool', () => {
  assert.equal(
    said([0.7, 0.6], [0.5, 0.45]),
    'The detective can hardly tell them apart. Over the last 100 steps the forger has gained ground.',
  );
});

test('a critic has no verdict, only a distance that shrinks or grows', () => {
  assert.match(
    said([9, 1], [5, 1], 'score'),
    /^The critic scores originals higher than forgeries, and the distance shrinks\.$/,
  );
  assert.match(said([5, 1], [9, 1], 'score'), /higher than forgeries, and the distance grows\.$/);
  assert.match(said([1, 5], [1, 5], 'score'), /lower than forgeries\.$/);
});
