/** A pad for maps: each class of what is where has a brush. */

import { Pad, tool, toolbox } from './pad.js';

/** Radius of the brushes, in pixels of the map. */
const BRUSHES = { Fine: 0.5, Broad: 1.6, Large: 3.2 };

export class MapPad extends Pad {
  #input;
  #classes;
  #brush = 0;
  #radius = BRUSHES.Broad;

  /** @param {import('../../types/engine.js').Probe['inputs'][number]} input @param {() => void} changed */
  constructor(input, changed) {
    super(input.name, input.height, changed);
    this.#input = input;
    this.#classes = new Float32Array(input.height * input.width);
    this.#fresh();
    this.paint();
  }

  /** The class of each pixel, row by row, by the key of the input. */
  get pictures() {
    return { [this.#input.key]: this.#classes.slice() };
  }

  /** An empty map is a map: it is asked about at once. */
  begins = true;
  words = 'Paint what is where, and see what the run makes of it.';

  /** A word on a map of one class, which says little. */
  get remark() {
    const [first] = this.#classes;
    const { names } = this.#input;
    return this.#classes.some((value) => value !== first)
      ? ''
      : `All is ${names[first]}: paint something else beside it. `;
  }

  /** What it is painted with: classes with their colours, and how broad. */
  tools() {
    const { names, colours } = this.#input;
    const swatches = names.map((name, at) =>
      tool('class', name, at === this.#brush, () => (this.#brush = at), { colour: colours[at] }),
    );
    const brushes = Object.entries(BRUSHES).map(([name, radius]) =>
      tool('brush', name, radius === this.#radius, () => (this.#radius = radius)),
    );
    return [toolbox('Paint', swatches), toolbox('Brush', brushes)];
  }

  clear() {
    this.#fresh();
    this.done();
  }

  /** @param {number[]} at */
  dot([x, y]) {
    const { side } = this;
    const around = (/** @type {number} */ place) =>
      [place - this.#radius, place + this.#radius].map((end) => Math.min(side - 1, Math.max(0, Math.floor(end))));
    const [[left, right], [top, bottom]] = [around(x), around(y)];
    for (let row = top; row <= bottom; row++)
      for (let column = left; column <= right; column++)
        if (Math.hypot(column + 0.5 - x, row + 0.5 - y) <= Math.max(this.#radius, Math.SQRT1_2))
          this.#classes[row * side + column] = this.#brush;
  }

  paint() {
    const { side, context } = this;
    const image = context.createImageData(side, side);
    this.#classes.forEach((value, at) => image.data.set([...this.#input.colours[value], 255], 4 * at));
    context.putImageData(image, 0, 0);
  }

  /** From the top down, one class below another. */
  #fresh() {
    const { bands, height, width } = this.#input;
    this.#classes.forEach((_, at) => {
      const depth = (Math.floor(at / width) + 0.5) / height;
      this.#classes[at] = bands.find(([, until]) => depth <= until)?.[0] ?? 0;
    });
  }
}
