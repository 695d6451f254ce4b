/** A cure under way: what is said of it, and when something is offered again. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Cure } from '../../www/page/cure.js';

/** @import { Finding } from '../../www/protocol.js' */

/** @param {string} key @param {string} name @param {number | null} [takes] @returns {Finding} */
const finding = (key, name, takes = null) => ({
  key,
  name,
  severity: key === 'healthy' ? 'healthy' : 'alarm',
  evidence: '',
  watched: [],
  remedy: '',
  change: null,
  takes,
});
const COLLAPSE = finding('mode_collapse', 'Mode collapse', 300);
const HEALTHY = finding('healthy', 'Healthy');
const EARLY = finding('early', 'Too early to tell');
const CHANGE = { penalty: 'r1', generator_learning_rate: '0.001' };

test('a cure under way says how long it takes, and nothing is offered meanwhile', () => {
  const cure = new Cure(COLLAPSE, CHANGE, 700);
  cure.begin(0);
  for (const [step, found] of /** @type {const} */ ([
    [25, EARLY],
    [275, COLLAPSE],
  ])) {
    cure.see(step, [found]);
    assert.equal(cure.isAtWork, true, `step ${step}`);
    assert.equal(
      cure.words,
      'The cure of “Mode collapse” is under way since step 0. It usually takes about 300 steps.',
    );
  }
  cure.see(300, [COLLAPSE]);
  assert.equal(cure.isAtWork, false);
  assert.equal(cure.words, 'The cure of “Mode collapse” has had its 300 steps, and it is still there.');
  cure.see(325, [finding('oscillation', 'Going round in circles')]);
  assert.match(cure.words, /It is gone, but not all is well\.$/);
});

test('it has worked when the doctor finds nothing more, and not when the finding comes back', () => {
  const cure = new Cure(COLLAPSE, CHANGE, 700);
  cure.begin(0);
  cure.see(175, [HEALTHY]);
  assert.equal(cure.isAtWork, true, 'the defect might not have shown yet');
  assert.match(cure.words, /under way/);
  cure.see(310, [HEALTHY]);
  cure.see(400, [HEALTHY]);
  assert.equal(cure.isAtWork, false);
  assert.equal(cure.words, 'The cure has worked: “Mode collapse” is gone, as of step 310.');
  cure.see(425, [COLLAPSE]);
  assert.match(cure.words, /it is still there/);
});

test('numbers that are written otherwise are in force all the same; without a measurement none is told', () => {
  const cure = new Cure(finding('mode_collapse', 'Mode collapse'), CHANGE, 40);
  assert.equal(cure.isInForce({ penalty: 'r1', generator_learning_rate: 0.001 }), true);
  assert.equal(cure.isInForce({ penalty: 'r1', generator_learning_rate: 0.002 }), false);
  assert.equal(cure.words, 'The cure of “Mode collapse” is under way since step 40.');
});
