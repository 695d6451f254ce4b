/** Shapes of cells that the visitor turns, with pointer or arrow keys: each cell a cube, what is nearer over what is farther. */

import { h } from './dom.js';
import { ARROWS } from './pad.js';

/** Degrees that an arrow key turns by, and that a shape seen from in front and from above is turned by at first. */
const [STEP, TURN, TILT] = [15, 30, 25];
/** Degrees that a drag over the whole width turns by, and the steepest that one looks down. */
const [DRAG, STEEPEST] = [180, 85];
/** Points of the drawing on a side, and colours of a cell in the light and in the dark. */
const POINTS = 320;
const CLAY = [
  [255, 205, 140],
  [110, 50, 60],
];

/** Directions of the faces of a cell: right, down and away. The corners of each go round it. */
const FACES = [0, 1, 2].flatMap((axis) =>
  [-1, 1].map((sign) => {
    const normal = [0, 0, 0];
    normal[axis] = sign;
    const [one, other] = [0, 1, 2].filter((place) => place !== axis);
    const corners = [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ].map(([u, v]) => {
      const corner = [0, 0, 0];
      corner[axis] = sign > 0 ? 1 : 0;
      [corner[one], corner[other]] = [u, v];
      return corner;
    });
    return { normal, corners };
  }),
);

/** @param {number[]} a @param {number[]} b */
const dot = (a, b) => a.reduce((sum, value, at) => sum + value * b[at], 0);

/**
 * The eye of somebody who has gone round a shape and looks down on it: directions of the picture in the shape.
 * @param {number} turn  degrees @param {number} tilt  degrees
 */
export function eyeAt(turn, tilt) {
  const [around, up] = [turn, tilt].map((degrees) => (degrees * Math.PI) / 180);
  const [sin, cos, rise, flat] = [Math.sin(around), Math.cos(around), Math.sin(up), Math.cos(up)];
  return {
    right: [cos, 0, -sin],
    down: [-sin * rise, flat, -cos * rise],
    into: [sin * flat, rise, cos * flat],
  };
}

/**
 * The faces of a shape that can be seen, the farthest first: corners as places of the picture, and how much light falls there.
 * @param {Uint8Array} cells  depth, height from above, width @param {number} side
 * @param {ReturnType<typeof eyeAt>} eye
 */
export function facesSeen(cells, side, { right, down, into }) {
  const filled = (/** @type {number[]} */ [x, y, z]) =>
    [x, y, z].every((place) => place >= 0 && place < side) && cells[(z * side + y) * side + x] > 0;
  const towards = FACES.filter(({ normal }) => dot(normal, into) < -1e-6);
  // From the upper left, and a little from behind the eye.
  const sun = right.map((value, axis) => -0.45 * value - 0.75 * down[axis] - 0.5 * into[axis]);
  const seen = [];
  for (let at = 0; at < cells.length; at++) {
    if (!cells[at]) continue;
    const place = [at % side, Math.floor(at / side) % side, Math.floor(at / side / side)];
    for (const { normal, corners } of towards) {
      if (filled(place.map((value, axis) => value + normal[axis]))) continue;
      const around = corners.map((corner) => corner.map((value, axis) => place[axis] + value - side / 2));
      const far = dot(into, around[0]) + dot(into, around[2]);
      seen.push({
        far,
        light: dot(normal, sun),
        corners: around.map((corner) => [dot(corner, right), dot(corner, down)]),
      });
    }
  }
  return seen.sort((a, b) => b.far - a.far);
}

export class SolidPad {
  element;
  #names;
  #side;
  #canvases;
  /** @type {Uint8Array[]} */
  #shapes = [];
  #turn = TURN;
  #tilt = TILT;
  /** Where the pointer was. @type {[number, number]} */
  #at = [0, 0];

  /** @param {import('../../types/engine.js').Probe} probe */
  constructor({ volumes, cells }) {
    this.#names = volumes;
    this.#side = cells;
    this.#canvases = volumes.map(() => h('canvas', { width: POINTS, height: POINTS, role: 'img' }));
    this.element = h(
      'div',
      {
        class: 'solid-pad pictures',
        role: 'application',
        tabIndex: 0,
        'aria-label': 'Shapes: drag them, or turn them with the arrow keys',
        on: {
          pointerdown: (event) => this.#press(event),
          pointermove: (event) => this.element.hasPointerCapture(event.pointerId) && this.#drag(event),
          keydown: (event) => this.#key(event),
        },
      },
      ...volumes.map((name, at) => h('figure', {}, this.#canvases[at], h('figcaption', {}, name))),
    );
    this.#paint();
  }

  /** Nothing goes in but where the sliders stand. @type {Record<string, Float32Array<ArrayBuffer>>} */
  pictures = {};
  begins = true;
  words = 'Drag the shapes, or turn them with the arrow keys.';
  remark = '';
  clearWords = 'Turn back';

  /** @returns {HTMLElement[]} */
  tools() {
    return [];
  }

  clear() {
    this.#set(TURN, TILT);
  }

  /** What the run answered. @param {Uint8Array[]} volumes */
  show(volumes) {
    this.#shapes = volumes;
    this.#paint();
  }

  /** @param {number} turn @param {number} tilt */
  #set(turn, tilt) {
    this.#turn = ((turn % 360) + 360) % 360;
    this.#tilt = Math.min(STEEPEST, Math.max(-STEEPEST, tilt));
    this.#paint();
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.element.focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    this.#at = [event.clientX, event.clientY];
  }

  /** @param {PointerEvent} event */
  #drag({ clientX, clientY }) {
    const by = DRAG / Math.max(1, this.#canvases[0].clientWidth);
    const [x, y] = this.#at;
    this.#at = [clientX, clientY];
    this.#set(this.#turn + (x - clientX) * by, this.#tilt + (clientY - y) * by);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
    this.#set(this.#turn + arrow[0] * STEP, this.#tilt - arrow[1] * STEP);
  }

  #paint() {
    const [turn, tilt] = [this.#turn, this.#tilt].map(Math.round);
    const from = `${turn} degrees around, ${Math.abs(tilt)} degrees from ${tilt < 0 ? 'below' : 'above'}`;
    this.#canvases.forEach((canvas, at) => {
      const cells = this.#shapes[at] ?? new Uint8Array();
      const count = cells.reduce((sum, cell) => sum + cell, 0);
      canvas.ariaLabel = `${this.#names[at]}: ${count} cells are filled, seen from ${from}`;
      draw(canvas, facesSeen(cells, this.#side, eyeAt(turn, tilt)), this.#side);
    });
  }
}

/** @param {HTMLCanvasElement} canvas @param {ReturnType<typeof facesSeen>} faces @param {number} side */
function draw(canvas, faces, side) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  // Of the longest way through the cube, so that nothing is cut off however it is turned.
  const scale = POINTS / (side * Math.sqrt(3));
  context.clearRect(0, 0, POINTS, POINTS);
  context.lineWidth = 0.75;
  for (const { light, corners } of faces) {
    const share = Math.min(1, Math.max(0, 0.35 + 0.65 * light));
    const colour = CLAY[0].map((bright, channel) => Math.round(CLAY[1][channel] + share * (bright - CLAY[1][channel])));
    context.fillStyle = `rgb(${colour})`;
    // The seam shows where one cell ends.
    context.strokeStyle = `rgb(${colour.map((value) => Math.round(value * 0.82))})`;
    context.beginPath();
    for (const [x, y] of corners) context.lineTo(POINTS / 2 + x * scale, POINTS / 2 + y * scale);
    context.closePath();
    context.fill();
    context.stroke();
  }
}
