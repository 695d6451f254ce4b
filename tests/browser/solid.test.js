/** The pad for shapes: which faces of cells are seen, from where, and in what order they are painted. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eyeAt, facesSeen } from '../../www/page/solid-pad.js';

const SIDE = 4;

/** A shape with these cells filled: right, down and away of each. @param {number[][]} places */
function shape(places) {
  const cells = new Uint8Array(SIDE ** 3);
  for (const [x, y, z] of places) cells[(z * SIDE + y) * SIDE + x] = 1;
  return cells;
}

/** The middle of a face in the picture. @param {{ corners: number[][] }} face */
const middle = ({ corners }) => [0, 1].map((axis) => corners.reduce((sum, corner) => sum + corner[axis] / 4, 0));

test('of one cell three faces are seen from a corner, two from beside, one from in front', () => {
  const cell = shape([[1, 2, 3]]);
  const counts = [
    [30, 25],
    [30, 0],
    [0, 0],
  ].map(([turn, tilt]) => facesSeen(cell, SIDE, eyeAt(turn, tilt)).length);
  assert.deepEqual(counts, [3, 2, 1]);
  const [front] = facesSeen(cell, SIDE, eyeAt(0, 0));
  // Right and down from the middle of the cube.
  middle(front).forEach((value, axis) => assert.ok(Math.abs(value - [-0.5, 0.5][axis]) < 1e-9, `${middle(front)}`));
});

test('faces between cells are not painted, and of what is painted the nearest comes last', () => {
  const row = shape([
    [0, 0, 0],
    [0, 0, 1],
    [0, 0, 3],
  ]);
  // From in front: of two that touch one face, and that of the one behind them, which is hidden and painted first.
  const faces = facesSeen(row, SIDE, eyeAt(0, 0));
  assert.equal(faces.length, 2);
  assert.ok(faces[0].far > faces[1].far, 'the farthest first');
  assert.deepEqual(middle(faces[0]), middle(faces[1]));
  const aside = facesSeen(row, SIDE, eyeAt(30, 25));
  assert.equal(aside.length, 3 * 3 - 1);
  aside.slice(1).forEach(({ far }, at) => assert.ok(far <= aside[at].far, `face ${at + 1}`));
});

test('a quarter shows on the right what was in front, and tops are in the light', () => {
  // Something in front of the middle.
  const nose = shape([[1, 1, 0]]);
  const right = (/** @type {number} */ turn) => middle(facesSeen(nose, SIDE, eyeAt(turn, 10))[0])[0];
  assert.ok(right(90) > 1, `what was in front is at ${right(90)}`);
  assert.ok(right(270) < -1, `and on the left from the other side: ${right(270)}`);
  const faces = facesSeen(nose, SIDE, eyeAt(45, 30));
  assert.equal(new Set(faces.map(({ light }) => light.toFixed(3))).size, 3, 'three faces, three shades');
  const brightest = faces.reduce((best, face) => (face.light > best.light ? face : best));
  const highest = faces.reduce((best, face) => (middle(face)[1] < middle(best)[1] ? face : best));
  assert.equal(brightest, highest);
});
