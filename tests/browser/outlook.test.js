/** What the line below the pictures says, at what pace, and when the samples are measured: without a browser. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tempo, inAbout, outlookOf } from '../../www/page/outlook.js';
import { recordedPreset } from '../../www/page/recording.js';
import { FIRST, RECORDED, SEED } from '../../www/recorded/index.js';
import { Evaluator } from '../../www/session/evaluator.js';
import { Shares } from '../../www/session/shares.js';

const LANDMARKS = [
  { step: 100, next: 'strokes', now: 'strokes in every column' },
  { step: 400, next: 'columns settle', now: 'each column draws its digit' },
];
const RECORD = { seed: 1, steps: 1000, nfd: 0.847 };
/** @param {number} step @param {number | null} stepsPerSecond */
const said = (step, stepsPerSecond, record = RECORD) => {
  const { now, next } = outlookOf({ step, landmarks: LANDMARKS, record, stepsPerSecond });
  return `${now} ${next}`;
};

test('it says what is true, what comes, and when if that is known', () => {
  assert.equal(said(20, null), 'Now yours, from zero. Next: strokes.');
  assert.equal(said(20, 20), 'Now yours, from zero. Next: strokes, in about 4 s.');
  assert.equal(said(100, 50), 'Now: strokes in every column. Next: columns settle, in about 6 s.');
  assert.equal(said(399, 50), 'Now: strokes in every column. Next: columns settle, in a moment.');
});

test('beyond the last landmark it says what the reference run came to', () => {
  assert.equal(said(400, 50), 'Now: each column draws its digit. Our reference run came to nFD 0.85 at step 1,000.');
  assert.match(said(1200, 50), /at step 1,000; yours is beyond it\.$/);
  assert.equal(said(400, 50, null), 'Now: each column draws its digit. ');
});

test('durations are rounded as one says them', () => {
  const words = [0.4, 3.6, 9.4, 23, 58, 100, 260, 1500, 3400, 3 * 3600];
  assert.deepEqual(words.map(inAbout), [
    'in a moment',
    'in about 4 s',
    'in about 9 s',
    'in about 25 s',
    'in about a minute',
    'in about 2 minutes',
    'in about 4 minutes',
    'in about 25 minutes',
    'in about an hour',
    'in about 3 hours',
  ]);
});

test('the pace is of the last seconds, and unknown at first', () => {
  const tempo = new Tempo();
  assert.equal(tempo.stepsPerSecond, null);
  for (let ms = 0; ms <= 1000; ms += 100) tempo.push(ms / 100, ms);
  assert.equal(tempo.stepsPerSecond, null, 'a second is too little');
  for (let ms = 1100; ms <= 4000; ms += 100) tempo.push(ms / 100, ms);
  assert.equal(tempo.stepsPerSecond, 10);
  for (let ms = 4100; ms <= 20_000; ms += 100) tempo.push(40 + (ms - 4000) / 20, ms);
  assert.equal(tempo.stepsPerSecond, 50, 'what was long ago does not count');
  tempo.push(3, 21_000);
  assert.equal(tempo.stepsPerSecond, null, 'the run went back');
});

test('a recording is shown only of the run that is asked for', () => {
  const [preset] = Object.keys(RECORDED);
  assert.equal(recordedPreset({ preset }), preset);
  assert.equal(recordedPreset({ preset, seed: String(SEED), backend: 'cpu', autoplay: '1' }), preset);
  assert.equal(recordedPreset({ preset, seed: String(SEED + 1) }), null);
  assert.equal(recordedPreset({ preset, loss: 'hinge' }), null);
  assert.equal(recordedPreset({ preset: 'constructor' }), null);
  assert.equal(recordedPreset({}), Object.hasOwn(RECORDED, FIRST) ? FIRST : null);
});

/** An evaluator of a run whose measurements take one slice, and what it was asked for. @param {'image' | 'point'} form */
function evaluator(form) {
  const trainer = { step: 0, images: 0, shares: new Shares() };
  const session = {
    info: () => ({ data: { form } }),
    beginEvaluation: () => {},
    continueEvaluation: () => ({ done: true, share: 1, result: {} }),
  };
  const slot = {
    session,
    live: session,
    call: async (/** @type {(live: typeof session) => unknown} */ use) => use(session),
  };
  const files = { bytes: async () => new Uint8Array() };
  // Any: of each the evaluator uses no more than this.
  const parts = /** @type {any[]} */ ([slot, files, () => {}, trainer]);
  return { trainer, evaluator: new Evaluator(parts[0], parts[1], parts[2], parts[3]) };
}

test('noise is not measured, unless somebody asks', async () => {
  const { trainer, evaluator: image } = evaluator('image');
  image.start(300);
  image.trained(60_000);
  assert.equal(image.busy, false, 'before the first landmark');
  trainer.step = 300;
  image.trained(1);
  assert.equal(image.busy, true);

  image.start(null);
  trainer.images = 8_000;
  image.trained(60_000);
  assert.equal(image.busy, false, 'without landmarks the images that D has seen count');
  trainer.images = 32_000;
  image.trained(1);
  assert.equal(image.busy, true);

  image.start(300);
  trainer.step = 1;
  image.ask();
  assert.equal(image.busy, true, 'somebody asks');

  image.start(300);
  image.urgent = true;
  image.trained(60_000);
  assert.equal(image.busy, true, 'a stop waits for what it finds');

  const { evaluator: point } = evaluator('point');
  point.start(null);
  point.trained(60_000);
  assert.equal(point.busy, true, 'points are measured in no time');
});

test('beside training the rest takes at most 15 % of the first minute', () => {
  const shares = new Shares();
  const activities = /** @type {const} */ (['drawing', 'doctor', 'evaluation']);
  /** @param {typeof activities[number]} activity @param {boolean} [wanted] */
  const share = (activity, wanted) => 10 / (10 + shares.rest(activity, 10, wanted));
  assert.ok(activities.reduce((sum, activity) => sum + share(activity), 0) <= 0.15 + 1e-9);
  assert.ok(share('evaluation', true) > share('evaluation'), 'who asks waits less');
  const first = share('evaluation');
  shares.add('training', 61_000);
  assert.ok(share('evaluation') > first, 'later there is time');
  assert.ok(shares.rest('drawing', 500) <= 1000, 'a picture does not grow old');
});
