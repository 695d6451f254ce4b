/** A small picture to draw on, pixel by pixel, with pointer or keys. */

import { h } from './dom.js';

/** @import { Drawn } from '../../types/engine.js' */
/** @typedef {'line' | 'stroke' | 'hole' | 'rubber'} Pen */

/** Radius of the pens, in pixels of the picture: a line, a stroke as thick as a digit's, and what hides one. */
const PENS = { line: 0.6, stroke: 1.3, hole: 2.5, rubber: 1.3 };
/** What lies under a hole shows through it. */
const HOLE = [255, 176, 0];
/** @type {Partial<Record<string, [number, number]>>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Outlines are of ink that is there or not, as in the data. @param {number} cover */
const ink = (cover) => (cover > 0.5 ? 1 : 0);

export class DrawingPad {
  element;
  /** What is drawn with: a thin line, a thick stroke, a hole in what is drawn, or what takes all of them away. */
  /** @type {Pen} */
  pen = 'stroke';
  #side;
  #inputs;
  #lines;
  #strokes;
  #holes;
  #context;
  #cursor = h('span', { class: 'cursor', hidden: true });
  /** @type {[number, number]} */
  #at;
  #changed;

  /**
   * @param {import('../../types/engine.js').Probe['inputs']} inputs  all of one size, square, and drawn over each other
   * @param {() => void} changed
   */
  constructor(inputs, changed) {
    const [{ name, height: side }] = inputs;
    this.#side = side;
    this.#inputs = inputs;
    this.#changed = changed;
    this.#lines = new Float32Array(side * side);
    this.#strokes = new Float32Array(side * side);
    this.#holes = new Float32Array(side * side);
    this.#at = [side / 2, side / 2];
    const canvas = h('canvas', { width: side, height: side });
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    this.element = h(
      'div',
      {
        class: 'drawing-pad',
        tabIndex: 0,
        role: 'application',
        'aria-label': `${name}: draw with the pointer, or move with the arrow keys and draw with the space bar`,
        title: 'Draw, or move with the arrow keys and draw with the space bar',
        on: {
          pointerdown: (event) => this.#press(event),
          pointermove: (event) => this.element.hasPointerCapture(event.pointerId) && this.#drag(event),
          keydown: (event) => this.#key(event),
          blur: () => (this.#cursor.hidden = true),
        },
      },
      canvas,
      this.#cursor,
    );
    this.#paint();
  }

  /** What is drawn, by the key of the input: row by row, from -1 to 1. */
  get pictures() {
    return Object.fromEntries(this.#inputs.map(({ key, drawn }) => [key, this.#picture(drawn)]));
  }

  /** Whether there is any ink, a hole, and ink that is in none. */
  get contents() {
    const ink = this.#lines.map((line, at) => Math.max(line, this.#strokes[at]));
    return {
      inked: ink.some((value) => value > 0),
      holed: this.#holes.some((value) => value > 0.5),
      known: ink.some((value, at) => value > 0 && this.#holes[at] <= 0.5),
    };
  }

  /** @param {Drawn} drawn */
  #picture(drawn) {
    if (drawn === 'ink') return this.#strokes.map((value) => value * 2 - 1);
    if (drawn === 'hole') return this.#holes.map((value) => ink(value) * 2 - 1);
    return this.#outlines();
  }

  /** Lines, and the outlines of strokes. */
  #outlines() {
    const side = this.#side;
    return this.#lines.map((line, at) => {
      const [x, y] = [at % side, Math.floor(at / side)];
      let grown = 0;
      for (let v = Math.max(0, y - 1); v <= Math.min(side - 1, y + 1); v++)
        for (let u = Math.max(0, x - 1); u <= Math.min(side - 1, x + 1); u++)
          grown = Math.max(grown, ink(this.#strokes[v * side + u]));
      return Math.max(line, grown - ink(this.#strokes[at])) * 2 - 1;
    });
  }

  clear() {
    for (const layer of [this.#lines, this.#strokes, this.#holes]) layer.fill(0);
    this.#done();
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.element.focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    this.#at = this.#place(event);
    this.#draw(this.#at);
  }

  /** Everything between two events of the pointer. @param {PointerEvent} event */
  #drag(event) {
    const [from, to] = [this.#at, this.#place(event)];
    const steps = Math.max(1, Math.ceil(2 * Math.hypot(to[0] - from[0], to[1] - from[1])));
    for (let step = 1; step <= steps; step++)
      this.#dot(from.map((value, axis) => value + ((to[axis] - value) * step) / steps));
    this.#at = to;
    this.#done();
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  #place({ clientX, clientY }) {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    return [((clientX - left) / width) * this.#side, ((clientY - top) / height) * this.#side];
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const way = ARROWS[event.key];
    if (!way && event.key !== ' ') return;
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
    const within = (/** @type {number} */ value) => Math.min(this.#side - 0.5, Math.max(0.5, value));
    if (way) this.#at = [within(this.#at[0] + way[0]), within(this.#at[1] + way[1])];
    else this.#draw(this.#at);
    this.#cursor.hidden = false;
    this.#cursor.style.left = `${(this.#at[0] / this.#side) * 100}%`;
    this.#cursor.style.top = `${(this.#at[1] / this.#side) * 100}%`;
  }

  /** @param {number[]} at */
  #draw(at) {
    this.#dot(at);
    this.#done();
  }

  /** One dot with soft edges. @param {number[]} at */
  #dot([x, y]) {
    const radius = PENS[this.pen];
    const layers = { line: this.#lines, stroke: this.#strokes, hole: this.#holes };
    for (let row = 0; row < this.#side; row++) {
      for (let column = 0; column < this.#side; column++) {
        const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(column + 0.5 - x, row + 0.5 - y)));
        if (!cover) continue;
        const at = row * this.#side + column;
        if (this.pen === 'rubber') {
          for (const layer of Object.values(layers)) layer[at] = Math.min(layer[at], 1 - cover);
        } else {
          const layer = layers[this.pen];
          layer[at] = Math.max(layer[at], cover);
        }
      }
    }
  }

  #done() {
    this.#paint();
    this.#changed();
  }

  #paint() {
    const side = this.#side;
    const image = this.#context.createImageData(side, side);
    this.#picture(this.#inputs[0].drawn).forEach((value, at) => {
      // What a stroke is of shows faintly where only its outline goes in.
      const grey = Math.max((value + 1) * 127.5, this.#strokes[at] * 50);
      const colour = HOLE.map((part) => (ink(this.#holes[at]) ? (part + grey) / 2 : grey));
      image.data.set([...colour, 255], 4 * at);
    });
    this.#context.putImageData(image, 0, 0);
  }
}
