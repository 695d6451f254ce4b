/** The pad for poses: what a dragged joint does to the others. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moveJoint } from '../../www/page/pose-pad.js';

/** @typedef {[x: number, y: number]} Place */

/** A body of two joints, a head over it, and an arm of two bones. @type {Place[]} */
const JOINTS = [
  [0.4, 0.5],
  [0.6, 0.5],
  [0.5, 0.3],
  [0.7, 0.6],
  [0.7, 0.8],
];
/** @type {[number, number][]} */
const HANGS = [
  [0, 0],
  [1, 1],
  [0, 1],
  [1, 1],
  [3, 3],
];
const [LEFT, RIGHT, HEAD, ELBOW, WRIST] = [0, 1, 2, 3, 4];

/** How long each bone is, and how broad the body. @param {Place[]} joints */
function lengths(joints) {
  const apart = (/** @type {Place} */ [a, b], /** @type {Place} */ [c, d]) => Math.hypot(a - c, b - d);
  const middle = /** @type {Place} */ ([0, 1].map((axis) => (joints[LEFT][axis] + joints[RIGHT][axis]) / 2));
  return [
    apart(joints[LEFT], joints[RIGHT]),
    apart(joints[HEAD], middle),
    apart(joints[ELBOW], joints[RIGHT]),
    apart(joints[WRIST], joints[ELBOW]),
  ];
}

/** @param {number[]} values @param {number[]} wanted @param {string} what */
function near(values, wanted, what) {
  values.forEach((value, at) => assert.ok(Math.abs(value - wanted[at]) < 1e-9, `${what}: ${values}, not ${wanted}`));
}

test('bones keep their lengths, wherever a joint is dragged', () => {
  const floor = Math.max(...JOINTS.map(([, y]) => y));
  let joints = JOINTS;
  for (let turn = 0; turn < 300; turn++) {
    /** @type {Place} */
    const to = [((turn * 37) % 101) / 80 - 0.1, ((turn * 53) % 97) / 80 - 0.1];
    joints = moveJoint(joints, HANGS, turn % JOINTS.length, to);
    near(lengths(joints), lengths(JOINTS), `turn ${turn}`);
    assert.ok(
      joints.every(([x]) => x > 0.039 && x < 0.961),
      `beside the picture in turn ${turn}: ${joints}`,
    );
    near([Math.max(...joints.map(([, y]) => y))], [floor], `on the floor in turn ${turn}`);
  }
  assert.notDeepEqual(joints, JOINTS);
});

test('a joint points where it is dragged and takes along what hangs from it, and nothing else', () => {
  const wrist = moveJoint(JOINTS, HANGS, WRIST, [0.9, 0.6]);
  // It hung lowest: now the elbow does, and the figure stands on that.
  const down = 0.8 - 0.6;
  near(wrist[WRIST], [0.9, 0.6 + down], 'to the right of the elbow');
  near(wrist[HEAD], [0.5, 0.3 + down], 'the rest moves as one');
  const elbow = moveJoint(JOINTS, HANGS, ELBOW, [0.6, 0.55]);
  const bone = Math.hypot(0.1, 0.1);
  const floor = 0.5 + bone + 0.2;
  near(elbow[ELBOW], [0.6, 0.5 + bone + 0.8 - floor], 'straight down from the shoulder');
  near(elbow[WRIST], [0.6, 0.8], 'the forearm as it was, at the elbow');
  near(elbow[LEFT], [0.4, 0.5 + 0.8 - floor], 'the other shoulder');
  const body = moveJoint(JOINTS, HANGS, LEFT, [0.3, 0.5]);
  body.forEach((place, joint) => near(place, [JOINTS[joint][0] - 0.1, JOINTS[joint][1]], `joint ${joint}`));
  // On the joint that it hangs from it would point nowhere.
  assert.equal(moveJoint(JOINTS, HANGS, WRIST, JOINTS[ELBOW]), JOINTS);
});
