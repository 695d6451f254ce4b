/** Formulas of the panel "Explain": how they are read, shown and worked out; and what it says to watch, by where a run is. */

/** @import { Info, Settings } from '../../www/protocol.js' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsOf } from '../../www/page/explain-code.js';
import { GAMES } from '../../www/page/explain-games.js';
import { LOSSES, PENALTIES } from '../../www/page/explain-losses.js';
import { comesTo, numbersOf, sidesOf } from '../../www/page/explain-numbers.js';
import { CONDITIONS, isFlat, kindOf, watchNow } from '../../www/page/explain-watch.js';
import { markup, namesOf, plain, read, worth } from '../../www/page/formula.js';

const INVISIBLE = /[\u2061\u2062]/g;
/** @param {string} text @param {Record<string, string> | null} [numbers] */
const shown = (text, numbers = null) =>
  plain(markup(read(text), numbers && ((name) => numbers[name]))).replace(INVISIBLE, '');
/** @param {import('../../www/page/formula.js').Formula} formula */
const said = (formula) => plain(markup(formula)).replace(INVISIBLE, '');
const settings = (/** @type {Record<string, string | number>} */ own = {}) =>
  /** @type {Settings} */ ({ penalty: 'none', ...own });
const CURVES = ['d_loss', 'g_loss', 'd_real', 'd_fake', 'gradient_norm', 'distance', 'known', 'latent', 'person'];
const run = (/** @type {object} */ own) =>
  /** @type {Info} */ ({ algorithm: 'gan', isPair: true, loss: 'non_saturating', metrics: CURVES, ...own });

test('a formula is shown with symbols, with numbers, and worked out', () => {
  const loss = 'E(-log(real) - log(1 - fake))';
  assert.equal(shown(loss), '\u{1d53c}[\u2212log(real)\u2212log(1\u2212fake)]');
  assert.equal(shown(loss, { real: '0.9', fake: '0.28' }), '\u2212log(0.9)\u2212log(1\u22120.28)');
  const value = worth(read(loss), (name) => ({ real: 0.9, fake: 0.28 })[name]);
  assert.ok(Math.abs(value - 0.4339) < 1e-4, String(value));
  assert.equal(
    worth(read('2 + 3 * 2^2 - 8 / 4'), () => undefined),
    12,
  );
  assert.equal(
    worth(read('both(max(0, 1 - real))'), () => 0.25),
    1.5,
  );
  assert.ok(Number.isNaN(worth(read('1 + unknown'), () => undefined)));
});

test('what binds loosely stands in brackets, and so does a negative number behind a sign', () => {
  assert.equal(shown('0.5 * E(a + b)', { a: '1', b: '2' }), '0.5\u00d7(1+2)');
  assert.equal(shown('fake - real', { fake: '0.2', real: '\u22120.3' }), '0.2\u2212(\u22120.3)');
  assert.equal(shown('-E(fake)', { fake: '\u22120.3' }), '\u2212(\u22120.3)');
  assert.equal(shown('(a - b) * (a + b)'), '(a\u2212b)(a+b)');
  assert.equal(shown('a - (b - c)'), 'a\u2212(b\u2212c)');
  assert.equal(shown('both(l1(G_ij(x_i)))'), '\u2211both\u2016Gij(xi)\u20161');
});

test('a text that is no formula is refused', () => {
  for (const text of ['', '1 +', '(a', 'log(a', 'a b', '1 + * 2', ')']) assert.throws(() => read(text), Error, text);
});

test('every row can be read, of every loss and stage, and names nothing but curves, settings and symbols', () => {
  for (const [algorithm, game] of Object.entries(GAMES)) {
    assert.match(
      game.link,
      /^https:\/\/arxiv\.org\/abs\/\d{4}\.\d{5}$|^https:\/\/arxiv\.org\/abs\/\d{4}\.\d{4}$/,
      algorithm,
    );
    assert.ok(game.who.length > 80 && game.code.length > 0, algorithm);
    for (const loss of Object.keys(LOSSES)) {
      for (const stage of [0, 1, 2]) {
        const isPair = game.code[0] === 'src/gan/pair.rs';
        for (const penalty of isPair ? ['none', ...Object.keys(PENALTIES)] : ['none']) {
          const sides = sidesOf(run({ algorithm, loss, isPair }), settings({ penalty, penalty_weight: 10 }), stage);
          assert.ok(sides.length >= 1, algorithm);
          // In symbols nothing is left of the names of curves, outputs and settings.
          for (const { symbols } of sides)
            for (const name of namesOf(symbols))
              assert.doesNotMatch(name, /_loss$|^real$|^fake$|_weight$|^penalty$|^gradient_norm$/, algorithm);
        }
      }
    }
  }
});

test('a pair\u2019s sides are those of its loss, with the penalty and the class where they are in force', () => {
  const [d, g] = sidesOf(run({}), settings(), 0);
  assert.equal(said(d.symbols), '\u{1d53c}[\u2212log(D(x))\u2212log(1\u2212D(G(z)))]');
  assert.equal(said(g.symbols), '\u{1d53c}[\u2212log(D(G(z)))]');
  assert.equal(d.total, null);
  const told = sidesOf(run({ loss: 'wasserstein', classesFrom: 'labels' }), settings(), 0);
  assert.equal(said(told[0].symbols), '\u{1d53c}[D(G(z,y),y)]\u2212\u{1d53c}[D(x,y)]');
  const penal = settings({ penalty: 'gradient_penalty', penalty_weight: 10 });
  const [critic] = sidesOf(run({ loss: 'wasserstein' }), penal, 0);
  const values = { d_loss: -0.25, d_real: 0.5, d_fake: 0.25, gradient_norm: 1.5 };
  const numbers = numbersOf(values, penal, 'wasserstein');
  assert.deepEqual(comesTo(critic.verdict, values.d_loss, numbers), { value: -0.25, isExact: true });
  assert.equal(worth(critic.total, numbers), -0.25 + 10 * 0.25);
  assert.deepEqual([critic.isAbout, sidesOf(run({}), settings({ penalty: 'r1' }), 0)[0].isAbout], [true, false]);
  assert.match(said(critic.symbols), /\u03bbpenalty/);
});

test('numbers agree with what the engine reports, or it is said that they do not quite', () => {
  // A batch of two: the mean of the logarithms is above the logarithm of the means.
  const real = [0.9, 0.5];
  const fake = [0.2, 0.4];
  const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const loss = mean(real.map((p) => -Math.log(p))) + mean(fake.map((p) => -Math.log(1 - p)));
  const [d] = sidesOf(run({}), settings(), 0);
  const numbers = numbersOf({ d_loss: loss, d_real: mean(real), d_fake: mean(fake) }, settings(), 'non_saturating');
  const { value, isExact } = comesTo(d.verdict, loss, numbers);
  assert.ok(value < loss && !isExact);
  assert.equal(comesTo(d.verdict, value, numbers).isExact, true);
  // Hinge: sigmoids are reported, scores are in the formula.
  const hinge = numbersOf({ d_real: 0.5, d_fake: 1 / (1 + Math.E) }, settings(), 'hinge');
  assert.ok(Math.abs(hinge('real')) < 1e-12 && Math.abs(hinge('fake') + 1) < 1e-12);
});

test('a game adds up what it reports, and leaves out what has no weight', () => {
  const weights = settings({ adversarial_weight: 1, distance_weight: 100 });
  const info = run({ algorithm: 'pix2pix', isPair: false });
  const [d, g] = sidesOf(info, weights, 0);
  const numbers = numbersOf({ d_loss: 1.2, g_loss: 0.7, distance: 0.05 }, weights, 'non_saturating');
  assert.equal(worth(d.total, numbers), 0.6);
  assert.equal(worth(g.total, numbers), 5.7);
  assert.match(
    said(g.symbols),
    /\u03bbadversarial.*\u2212log\(D\(a,G\(a\)\)\).*\u03bbdistance\u2016G\(a\)\u2212b\u20161/,
  );
  const alone = settings({ adversarial_weight: 0, distance_weight: 100 });
  assert.equal(said(sidesOf(info, alone, 0)[1].symbols), '\u03bbdistance\u2016G(a)\u2212b\u20161');
  // Before the last stage another thing is learned, and nobody draws.
  const stages = [0, 1].map((stage) =>
    sidesOf(run({ algorithm: 'ageing', isPair: false, loss: 'hinge' }), settings(), stage),
  );
  assert.deepEqual(
    stages.map((sides) => sides.map(({ side }) => side)),
    [['D'], ['D', 'G']],
  );
  assert.equal(stages[0][0].verdict, null);
  assert.match(stages[0][0].learner, /knows people/);
  assert.equal(stages[1][0].learner, undefined);
  // What is not reported stays a formula, and then there is no sum.
  const style = sidesOf(run({ algorithm: 'stylegan', isPair: false }), settings({ r1_weight: 0.1 }), 0)[0];
  assert.match(said(style.total), /\u2207D\(x\)/);
  assert.ok(Number.isNaN(worth(style.total, numbersOf({ d_loss: 1 }, settings({ r1_weight: 0.1 }), 'hinge'))));
});

/** @type {import('../../www/page/explain-watch.js').Facts} */
const CALM = {
  kind: 'digits',
  step: 500,
  trainedSteps: null,
  now: null,
  next: null,
  alarm: null,
  real: 0.7,
  fake: 0.3,
  isProbability: true,
  isFlat: false,
  modes: null,
  watch: 'Strokes come first.',
};

test('what to watch fits where the run is, and what is drawn', () => {
  const says = (/** @type {object} */ own) => watchNow({ ...CALM, ...own });
  const alarm = /** @type {import('../../www/protocol.js').Finding} */ ({
    name: 'Mode collapse',
    evidence: '1 mode is left.',
  });
  assert.match(says({ alarm, step: 0 }), /Mode collapse. 1 mode is left./);
  assert.match(says({ step: 0 }), /noise. Strokes/);
  assert.match(says({ step: 0, kind: 'rows' }), /from row to row/);
  assert.match(says({ real: 0.99, fake: 0.02 }), /far ahead.*99.*2/);
  assert.doesNotMatch(says({ real: 9, fake: 0.02, isProbability: false }), /ahead/);
  assert.match(says({ real: 0.2, fake: 0.6 }), /fooled/);
  assert.match(says({ next: 'strokes' }), /first landmark is still ahead: strokes/);
  assert.match(says({ now: 'strokes', next: 'digits' }), /By now: strokes. Next: digits/);
  assert.match(says({ isFlat: true, kind: 'points', modes: [3, 8] }), /plateau: 3 of 8 modes/);
  assert.match(says({ kind: 'points', modes: [3, 8] }), /3 of 8 modes are covered/);
  assert.match(says({ trainedSteps: 1500, kind: 'rows' }), /1,500 steps.*rows/);
  assert.match(says({}), /^Strokes come first/);
  for (const kind of /** @type {const} */ (['points', 'digits', 'rows', 'pictures']))
    for (const { key, says: words } of CONDITIONS)
      if (key !== 'modes') assert.ok(words[kind] ?? words.any, `${key} has nothing to say of ${kind}`);
  assert.doesNotMatch(
    says({ kind: 'points' }) + says({ kind: 'points', step: 0 }),
    /digit|stroke/i,
    'points have no strokes',
  );
});

test('a plateau needs some evaluations that differ by little', () => {
  assert.equal(isFlat([2, 2, 2, 2]), false);
  assert.equal(isFlat([9, 2, 2.01, 2, 1.99, 2]), true);
  assert.equal(isFlat([2, 2, 2, 2, 2.5]), false);
  assert.equal(isFlat([2, 2, NaN, 2, 2]), false);
});

test('what is drawn is known by the data and the galleries', () => {
  const info = (/** @type {string} */ form, /** @type {string} */ name, rows = /** @type {string[]} */ ([])) =>
    /** @type {Info} */ (/** @type {unknown} */ ({ data: { form, name }, galleries: [{ rows }] }));
  assert.equal(kindOf(info('point', 'ring')), 'points');
  assert.equal(kindOf(info('image', 'MNIST')), 'digits');
  assert.equal(kindOf(info('image', 'MNIST', ['Outline', 'Truth'])), 'rows');
  assert.equal(kindOf(info('image', 'Faces')), 'pictures');
});

test('of the lines those are picked that are in force', () => {
  const piece = (/** @type {'D' | 'G'} */ side, /** @type {string[]} */ ...words) => ({
    side,
    words,
    line: 1,
    lines: [words.join()],
  });
  const all = {
    'src/gan/pair.rs': [piece('D', 'noise'), piece('G', 'noise'), piece('D', 'loss')],
    'src/nn/losses.rs': [piece('D', 'hinge'), piece('D', 'minimax', 'non_saturating'), piece('G', 'hinge')],
    'src/nn/penalties.rs': [piece('D', 'r1')],
  };
  const wanted = { files: ['src/gan/pair.rs'], words: ['hinge', 'r1'], stage: 0 };
  const names = partsOf(all, wanted, 'D').map(([file, pieces]) => [file, pieces.length]);
  assert.deepEqual(names, [
    ['src/gan/pair.rs', 2],
    ['src/nn/losses.rs', 1],
    ['src/nn/penalties.rs', 1],
  ]);
  assert.deepEqual(partsOf(all, wanted, 'G').length, 2);
  const staged = { 'src/apps/a.rs': [piece('D', 'stage1'), piece('D', 'stage2'), piece('D')] };
  const second = partsOf(staged, { files: ['src/apps/a.rs'], words: [], stage: 1 }, 'D')[0][1];
  assert.deepEqual(
    second.map(({ words }) => words),
    [['stage2'], []],
  );
});
