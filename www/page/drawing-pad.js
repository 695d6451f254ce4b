/** A pad for ink: lines, strokes, and holes in them. */

import { Pad, tool, toolbox } from './pad.js';

/** @import { Drawn } from '../../types/engine.js' */
/** @typedef {'line' | 'stroke' | 'hole' | 'rubber'} Pen */

/** Radius of the pens, in pixels of the picture: a line, a stroke as thick as a digit's, and what hides one. */
const PENS = { line: 0.6, stroke: 1.3, hole: 2.5, rubber: 1.3 };
/** What lies under a hole shows through it. */
const HOLE = [255, 176, 0];
/** Outlines are of ink that is there or not, as in the data. @param {number} cover */
const ink = (cover) => (cover > 0.5 ? 1 : 0);
/** In a picture that was made small the lines of an outline are grey. */
const LINE = 80 / 255;

/**
 * Each for inputs that are drawn in this way; the rubber is for all.
 * @type {[Drawn | null, Pen, string, string][]}
 */
const TOOLS = [
  ['outline', 'stroke', 'Whole stroke', 'Draw a digit as with a thick pen: its outline is what goes in.'],
  ['outline', 'line', 'Thin line', 'Draw the outline itself.'],
  ['ink', 'stroke', 'Pen', 'Draw a digit.'],
  ['hole', 'hole', 'Hole', 'Hide a part of it, which the run shall fill in.'],
  [null, 'rubber', 'Rubber', 'Take away what is drawn, and holes.'],
];

/** What is asked of the visitor, by the way in which the last input is drawn. */
/** @type {Record<Exclude<Drawn, 'map' | 'joints' | 'words'>, string>} */
const WORDS = {
  outline: 'Draw a digit: the run fills in what its outline stands for.',
  ink: 'Draw a digit, and see what the run makes of it.',
  hole: 'Draw a digit, then lay a hole over a part of it with the pen “Hole”: the run fills it.',
};

export class DrawingPad extends Pad {
  /** What is drawn with: a thin line, a thick stroke, a hole in what is drawn, or what takes all of them away. */
  /** @type {Pen} */
  pen = 'stroke';
  #inputs;
  #lines;
  #strokes;
  #holes;

  /**
   * @param {import('../../types/engine.js').Probe['inputs']} inputs  all of one size, square, and drawn over each other
   * @param {() => void} changed
   */
  constructor(inputs, changed) {
    const [{ name, height: side }] = inputs;
    super(name, side, changed);
    this.#inputs = inputs;
    this.#lines = new Float32Array(side * side);
    this.#strokes = new Float32Array(side * side);
    this.#holes = new Float32Array(side * side);
    this.paint();
  }

  /** What is drawn, by the key of the input: row by row, from -1 to 1. */
  get pictures() {
    return Object.fromEntries(this.#inputs.map(({ key, drawn }) => [key, this.#picture(drawn)]));
  }

  /** Whether there is something to ask about before anything is drawn. */
  begins = false;

  /** What is asked of the visitor. */
  get words() {
    const { drawn } = this.#inputs[this.#inputs.length - 1];
    return drawn === 'map' || drawn === 'joints' || drawn === 'words' ? '' : WORDS[drawn];
  }

  /** A word on a drawing that asks nothing. */
  get remark() {
    const ink = this.#lines.map((line, at) => Math.max(line, this.#strokes[at]));
    const holed = this.#holes.some((value) => value > 0.5);
    if (!holed && !ink.some((value) => value > 0))
      return 'Nothing is drawn: this is what becomes of an empty picture. ';
    if (!this.#inputs.some(({ drawn }) => drawn === 'hole')) return '';
    if (!holed) return 'Without a hole all stays as it is drawn. ';
    const known = ink.some((value, at) => value > 0 && this.#holes[at] <= 0.5);
    return known ? '' : 'No ink is left to go by: this is what the run fills in where it knows nothing. ';
  }

  /** What the drawing is called. */
  get name() {
    return this.#inputs[0].name;
  }

  /** Puts a picture in place of what is drawn; holes stay. @param {Float32Array} picture  row by row, ink from 0 to 1 */
  take(picture) {
    const isOutline = this.#inputs[0].drawn === 'outline';
    this.#lines = isOutline ? picture.map((value) => Number(value > LINE)) : new Float32Array(picture.length);
    this.#strokes = isOutline ? new Float32Array(picture.length) : picture.slice();
    this.done();
  }

  /** What it is drawn with. */
  tools() {
    const wanted = TOOLS.filter(([of]) => of === null || this.#inputs.some(({ drawn }) => drawn === of));
    const pens = wanted.map(([, pen, name, title]) =>
      tool('pen', name, pen === this.pen, () => (this.pen = pen), { title }),
    );
    return [toolbox('Pen', pens)];
  }

  /** @param {Drawn} drawn */
  #picture(drawn) {
    if (drawn === 'ink') return this.#strokes.map((value) => value * 2 - 1);
    if (drawn === 'hole') return this.#holes.map((value) => ink(value) * 2 - 1);
    return this.#outlines();
  }

  /** Lines, and the outlines of strokes. */
  #outlines() {
    const side = this.side;
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
    this.done();
  }

  /** One dot with soft edges. @param {number[]} at */
  dot([x, y]) {
    const radius = PENS[this.pen];
    const layers = { line: this.#lines, stroke: this.#strokes, hole: this.#holes };
    for (let row = 0; row < this.side; row++) {
      for (let column = 0; column < this.side; column++) {
        const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(column + 0.5 - x, row + 0.5 - y)));
        if (!cover) continue;
        const at = row * this.side + column;
        if (this.pen === 'rubber') {
          for (const layer of Object.values(layers)) layer[at] = Math.min(layer[at], 1 - cover);
        } else {
          const layer = layers[this.pen];
          layer[at] = Math.max(layer[at], cover);
        }
      }
    }
  }

  paint() {
    const side = this.side;
    const image = this.context.createImageData(side, side);
    this.#picture(this.#inputs[0].drawn).forEach((value, at) => {
      // What a stroke is of shows faintly where only its outline goes in.
      const grey = Math.max((value + 1) * 127.5, this.#strokes[at] * 50);
      const colour = HOLE.map((part) => (ink(this.#holes[at]) ? (part + grey) / 2 : grey));
      image.data.set([...colour, 255], 4 * at);
    });
    this.context.putImageData(image, 0, 0);
  }
}
