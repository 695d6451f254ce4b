/** The plane of a world of points as a drawing: what D says everywhere, points, pushes, and G's bent lattice. */

import { pencil } from './dom.js';

export const EXTENT = 3; // the plane is shown from -3 to 3, as in the pictures
const DEEPEST = 0.72; // of a colour in the field, where D is sure
const LONGEST = 0.5; // of an arrow, in the plane's units

/**
 * @typedef {'field' | 'border' | 'lattice' | 'pushes' | 'real' | 'fakes'} Layer
 *
 * @typedef {{ level: number[], side: number, real: Float32Array, fakes: Float32Array, pushes: Float32Array, unit: number,
 *   lattice: Float32Array, latticeSide: number }} Drawing
 *   level: D's verdicts on the field from -1 (forged) to 1 (real); unit: the push that is drawn as the longest arrow; points
 *   are pairs
 *
 * @typedef {(value: number) => number} Place  on the canvas, of a place in the plane
 */

/**
 * @param {HTMLCanvasElement} canvas  square
 * @param {Drawing} plane
 * @param {Set<Layer>} layers
 * @param {(name: string) => string} color  of a CSS variable
 */
export function drawPlane(canvas, plane, layers, color) {
  const size = canvas.width;
  const context = pencil(canvas);
  const [surface, ink, blue, orange] = ['--surface', '--ink', '--blue', '--orange'].map(color);
  /** @type {Place} */
  const x = (value) => ((value / EXTENT + 1) / 2) * size;
  /** @type {Place} */
  const y = (value) => ((1 - value / EXTENT) / 2) * size;
  const dot = size / 480;
  context.fillStyle = surface;
  context.fillRect(0, 0, size, size);
  context.lineJoin = 'round';
  if (layers.has('field')) field(context, size, plane, [surface, blue, orange].map(rgb));
  /** @param {string} style @param {number} width @param {() => void} path */
  const stroke = (style, width, path) => {
    context.beginPath();
    path();
    context.strokeStyle = style;
    context.lineWidth = width * dot;
    context.stroke();
  };
  /** @param {string} style @param {number} width @param {() => void} path */
  const twice = (style, width, path) => {
    // with a halo, so that it is seen on any ground
    stroke(surface, width + 2, path);
    stroke(style, width, path);
  };
  if (layers.has('lattice')) {
    context.globalAlpha = 0.5;
    stroke(ink, 1, () => lattice(context, plane, x, y));
    context.globalAlpha = 1;
  }
  if (layers.has('border')) {
    /** @type {Place} */
    const cell = (at) => ((at + 0.5) / plane.side) * size;
    twice(ink, 2, () => border(context, plane, cell));
  }
  if (layers.has('pushes')) twice(orange, 1.5, () => arrows(context, plane, x, y, 4 * dot));
  /** @param {Float32Array} points @param {string} style @param {(x: number, y: number) => void} shape */
  const shapes = (points, style, shape) => {
    context.beginPath();
    for (let i = 0; i < points.length; i += 2) shape(x(points[i]), y(points[i + 1]));
    context.fillStyle = style;
    context.strokeStyle = surface;
    context.lineWidth = 1.5 * dot;
    context.stroke();
    context.fill();
  };
  if (layers.has('fakes')) {
    shapes(plane.fakes, orange, (px, py) => {
      context.moveTo(px, py - 4.5 * dot);
      context.lineTo(px + 4 * dot, py + 3 * dot);
      context.lineTo(px - 4 * dot, py + 3 * dot);
      context.closePath();
    });
  }
  if (layers.has('real')) {
    shapes(plane.real, blue, (px, py) => {
      context.moveTo(px + 2.5 * dot, py);
      context.arc(px, py, 2.5 * dot, 0, 7);
    });
  }
}

/** "#rrggbb" as three numbers. @param {string} text */
const rgb = (text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));

/** @param {CanvasRenderingContext2D} context @param {number} size @param {Drawing} plane @param {number[][]} colours */
function field(context, size, { level, side }, [surface, blue, orange]) {
  const image = new ImageData(side, side);
  level.forEach((value, i) => {
    const [deep, share] = [value > 0 ? blue : orange, Math.abs(value) * DEEPEST];
    for (let c = 0; c < 3; c++) image.data[i * 4 + c] = surface[c] + (deep[c] - surface[c]) * share;
    image.data[i * 4 + 3] = 255;
  });
  const small = new OffscreenCanvas(side, side);
  small.getContext('2d')?.putImageData(image, 0, 0);
  context.drawImage(small, 0, 0, size, size);
}

/**
 * Where the level is 0: marching squares (Lorensen and Cline 1987, in the plane).
 * @param {CanvasRenderingContext2D} context
 * @param {Drawing} plane
 * @param {Place} cell
 */
function border(context, { level, side }, cell) {
  for (let row = 0; row < side - 1; row++) {
    for (let column = 0; column < side - 1; column++) {
      const corners = [
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 1],
      ].map(([dx, dy]) => [column + dx, row + dy, level[(row + dy) * side + column + dx]]);
      const crossings = corners.flatMap(([ax, ay, a], i) => {
        const [bx, by, b] = corners[(i + 1) % 4];
        if (a > 0 === b > 0) return [];
        const t = a / (a - b);
        return [[cell(ax + (bx - ax) * t), cell(ay + (by - ay) * t)]];
      });
      for (let i = 0; i + 1 < crossings.length; i += 2) {
        const [[ax, ay], [bx, by]] = [crossings[i], crossings[i + 1]];
        context.moveTo(ax, ay);
        context.lineTo(bx, by);
      }
    }
  }
}

/** @param {CanvasRenderingContext2D} context @param {Drawing} plane @param {Place} x @param {Place} y */
function lattice(context, { lattice: points, latticeSide: side }, x, y) {
  for (const [along, across] of [
    [1, side],
    [side, 1],
  ]) {
    for (let line = 0; line < side; line += 2) {
      // every second one, but bent at every point
      for (let i = 0; i < side; i++) {
        const at = (line * across + i * along) * 2;
        context[i ? 'lineTo' : 'moveTo'](x(points[at]), y(points[at + 1]));
      }
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Drawing} plane
 * @param {Place} x
 * @param {Place} y
 * @param {number} head  its length, in pixels
 */
function arrows(context, { fakes, pushes, unit }, x, y, head) {
  for (let i = 0; i < fakes.length; i += 2) {
    const push = Math.hypot(pushes[i], pushes[i + 1]);
    if (!(push > 0) || !(unit > 0)) continue;
    const length = Math.min(push / unit, 1) * LONGEST;
    const [dx, dy] = [pushes[i] / push, pushes[i + 1] / push];
    const [tipX, tipY] = [x(fakes[i] + dx * length), y(fakes[i + 1] + dy * length)];
    context.moveTo(x(fakes[i]), y(fakes[i + 1]));
    context.lineTo(tipX, tipY);
    context.moveTo(tipX - (dx + dy * 0.6) * head, tipY + (dy - dx * 0.6) * head);
    context.lineTo(tipX, tipY);
    context.lineTo(tipX - (dx - dy * 0.6) * head, tipY + (dy + dx * 0.6) * head);
  }
}
