/** How many steps go into one submission, on devices that are made up here: fast, slow, noisy, and suddenly busy. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextSteps } from '../../www/session/pace.js';

/**
 * Milliseconds of each of `count` submissions on a device where `n` of them take `device(steps, i)`.
 * @param {(steps: number, submission: number) => number} device
 * @param {number} count
 */
function submissions(device, count) {
  const done = [];
  let steps = 1;
  /** @type {number[]} */
  let stepMs = [];
  for (let i = 0; i < count; i += 1) {
    const ms = device(steps, i);
    done.push({ steps, ms });
    stepMs = [...stepMs, ms / steps].slice(-5);
    steps = nextSteps(steps, stepMs);
  }
  return done;
}

/** Numbers in [0, 1) that look like chance and are the same in every run. @param {number} seed */
function chance(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** @param {{ steps: number, ms: number }[]} done */
const settled = (done) => done.slice(12);

test('a fast device gets many steps at a time, and 8 to 12 ms of them', () => {
  for (const stepMs of [0.09, 0.2, 0.7, 1.3]) {
    const done = submissions((steps) => 0.3 + steps * stepMs, 40);
    for (const { steps, ms } of settled(done))
      assert.ok(ms >= 8 && ms <= 12, `${steps} steps of ${stepMs} ms: ${ms} ms`);
    assert.ok(
      done.every(({ ms }) => ms < 20),
      'nor was it long on the way there',
    );
  }
});

test('the fastest get what the rings hold', () => {
  const done = submissions((steps) => steps * 0.01, 40);
  assert.equal(done.at(-1).steps, 128);
  assert.equal(submissions(() => 0, 40).at(-1).steps, 128, 'a clock that stands still');
});

test('a slow device gets one step at a time', () => {
  for (const stepMs of [9, 40, 3_000]) {
    assert.ok(
      submissions((steps) => steps * stepMs, 20).every(({ steps }) => steps === 1),
      `${stepMs} ms`,
    );
  }
});

test('a noisy device stays near', () => {
  const random = chance(7);
  // A third more or less, and now and then a frame of somebody else in between.
  /** @param {number} steps */
  const device = (steps) => steps * 0.25 * (0.67 + 0.66 * random()) + (random() < 0.1 ? 16 : 0);
  const done = settled(submissions(device, 500));
  const sorted = done.map(({ ms }) => ms).sort((a, b) => a - b);
  const middle = sorted[sorted.length >> 1];
  assert.ok(middle >= 7 && middle <= 13, `${middle} ms`);
  assert.ok(sorted.at(-1) < 60, `${sorted.at(-1)} ms`);
  assert.ok(
    done.every(({ steps }) => steps >= 8),
    'one slow submission does not make all small',
  );
});

test('a device that is suddenly ten times as slow is given way at once', () => {
  const done = submissions((steps, i) => steps * (i < 30 ? 0.1 : 1), 60);
  const late = done.filter(({ ms }) => ms > 20);
  assert.equal(late.length, 1, 'only the one that was on its way');
  assert.ok(late[0].ms < 200, `${late[0].ms} ms`);
  const last = done.at(-1);
  assert.ok(last.ms >= 8 && last.ms <= 12, `${last.ms} ms`);
});
