/** Small pictures on canvases: images, feature maps, vectors, heat. White on black, so that they look alike in every theme. */

import { h, pencil } from './dom.js';

const IN_A_ROW = [16, 8]; // small maps, and large ones
const LARGE = 20; // pixels across
const BAR_HEIGHT = 48; // pixels of a picture of a vector
const GAP = 1;

/**
 * A canvas of `width` by `height` pixels; `pixel(x, y)` says how bright each is, as red, green and blue from 0 to 1, or null
 * for none.
 * @param {number} width
 * @param {number} height
 * @param {string} label
 * @param {(x: number, y: number) => number[] | null} pixel
 */
function picture(width, height, label, pixel) {
  const canvas = h('canvas', { width, height, role: 'img', 'aria-label': label });
  const image = new ImageData(width, height);
  for (let at = 0; at < width * height; at++) {
    const colour = pixel(at % width, Math.floor(at / width));
    if (colour) image.data.set([...colour.map((part) => part * 255), 255], at * 4);
  }
  pencil(canvas).putImageData(image, 0, 0);
  return canvas;
}

/** @param {number} value */
const grey = (value) => [value, value, value];

/** An image with values in [-1, 1]. @param {Float32Array} values @param {number} side @param {string} label */
export const image = (values, side, label) =>
  picture(side, side, label, (x, y) => grey((values[y * side + x] + 1) / 2));

/**
 * How much each pixel of an image with values in [-1, 1] counts, in orange over the image.
 * @param {Float32Array} values
 * @param {Float32Array} weights
 * @param {number} side
 * @param {string} label
 */
export function heat(values, weights, side, label) {
  const most = Math.max(...weights.map(Math.abs)) || 1;
  return picture(side, side, label, (x, y) => {
    const at = y * side + x;
    const share = (Math.abs(weights[at]) / most) ** 0.7; // so that more than the very largest are seen
    const ink = ((values[at] + 1) / 2) * 0.3 * (1 - share);
    return [ink + share, ink + 0.68 * share, ink + 0.2 * share];
  });
}

/** The least and the greatest of some values. @param {Iterable<number>} values @returns {[number, number]} */
export const range = (values) => [Math.min(...values), Math.max(...values)];

/**
 * `[count, height, width]` feature maps side by side; black is the least value of all, white the greatest.
 * @param {Float32Array} values
 * @param {number[]} shape
 * @param {string} label
 */
export function maps(
  values,
  [count, height, width],
  label,
  [low, high] = range(values),
  most = IN_A_ROW[Number(width > LARGE)],
) {
  const columns = Math.min(count, most);
  const across = columns * (width + GAP) - GAP;
  const down = Math.ceil(count / columns) * (height + GAP) - GAP;
  return picture(across, down, label, (x, y) => {
    const [column, row] = [Math.floor(x / (width + GAP)), Math.floor(y / (height + GAP))];
    const [inX, inY, map] = [x % (width + GAP), y % (height + GAP), row * columns + column];
    if (inX === width || inY === height || map >= count) return null;
    return grey((values[(map * height + inY) * width + inX] - low) / (high - low || 1));
  });
}

/** A vector as bars from the line of zero. @param {Float32Array} values @param {string} label */
export function bars(values, label) {
  const [low, high] = range([0, ...values]);
  const level = (/** @type {number} */ value) => Math.round(((high - value) / (high - low || 1)) * (BAR_HEIGHT - 1));
  const zero = level(0);
  const canvas = picture(values.length, BAR_HEIGHT, label, (x, y) => {
    const end = level(values[x]);
    const inside = y >= Math.min(zero, end) && y <= Math.max(zero, end);
    return grey(inside && end !== zero ? 1 : Number(y === zero) * 0.5);
  });
  canvas.className = 'bars';
  return canvas;
}
