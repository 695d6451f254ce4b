/** Of a world of points: a plane through the latent space as a net, and what the generator bends it to. White on black, as pictures are. */

import { pencil } from './dom.js';
import { REACH } from './latent-pad.js';

const POINTS = 25; // of the net, each way; every second one has lines
const SIDE = 480; // pixels of a drawing
/** Of the lines in the first direction and in the second. */
const LINES = ['#f0a22e', '#eceff4'];

/** @param {number} at  a line of the net */
const onPad = (at) => ((at / (POINTS - 1)) * 2 - 1) * REACH;

/** The net's places on the pad, row by row. @type {[number, number][]} */
export const NET = Array.from({ length: POINTS ** 2 }, (_, i) => [onPad(i % POINTS), onPad(Math.floor(i / POINTS))]);

/**
 * @param {HTMLCanvasElement} canvas @param {number} extent  it shows from minus this to this
 * @param {ArrayLike<number>} net  pairs, for each place of NET @param {ArrayLike<number>} [cloud]  pairs
 * @param {ArrayLike<number>} [at]  the pair that is marked
 */
export function drawNet(canvas, extent, net, cloud = [], at = []) {
  canvas.width = canvas.height = SIDE; // which wipes it
  const context = pencil(canvas);
  /** @param {ArrayLike<number>} points @param {number} i @returns {[number, number]} */
  const place = (points, i) => [
    ((points[2 * i] / extent + 1) / 2) * SIDE,
    ((1 - points[2 * i + 1] / extent) / 2) * SIDE,
  ];
  context.fillStyle = '#8d97a5';
  for (let i = 0; i < cloud.length / 2; i++) {
    const [x, y] = place(cloud, i);
    context.fillRect(x - 1.5, y - 1.5, 3, 3);
  }
  [
    [1, POINTS],
    [POINTS, 1],
  ].forEach(([along, across], direction) => {
    context.strokeStyle = LINES[direction];
    context.beginPath();
    for (let line = 0; line < POINTS; line += 2) {
      for (let i = 0; i < POINTS; i++) context[i ? 'lineTo' : 'moveTo'](...place(net, line * across + i * along));
    }
    context.stroke();
  });
  if (at.length === 0) return;
  /** @type {[string, number][]} */
  const rings = [
    ['#000', 9],
    ['#fff', 4],
  ];
  for (const [style, width] of rings) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.beginPath();
    context.arc(...place(at, 0), 12, 0, 7);
    context.stroke();
  }
}
