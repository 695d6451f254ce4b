/** Where a pixel of a self-attention layer looks. The pixel is chosen by a click on the sample, or with two sliders. */

import { formatShort, h } from './dom.js';
import { image, maps, range } from './draw.js';

export class Attention {
  element;
  /** @type {string} */
  #name;
  /** @type {number} */
  #height;
  /** @type {number} */
  #width;
  /** @type {import('./seen.js').Part | null} */
  #part = null;
  #mark = h('span', { class: 'place' });
  #sample = h('div', { class: 'attending', on: { click: (event) => this.#click(event) } });
  #map = h('div');
  #words = h('figcaption', { role: 'status' });
  /** @type {HTMLInputElement} */
  #row;
  /** @type {HTMLInputElement} */
  #column;

  /** @param {string} name @param {number[]} shape  `[H, W, H / 2, W / 2]` */
  constructor(name, [height, width]) {
    [this.#name, this.#height, this.#width] = [name, height, width];
    /** @param {string} label @param {number} count */
    const slider = (label, count) =>
      h('input', {
        type: 'range',
        min: '0',
        max: String(count - 1),
        value: String(count >> 1),
        'aria-label': `${name}: ${label} of the pixel`,
        on: { input: () => this.#draw() },
      });
    [this.#row, this.#column] = [slider('row', height), slider('column', width)];
    this.element = h(
      'figure',
      { class: 'attention' },
      this.#words,
      this.#sample,
      this.#map,
      h('label', {}, 'Row', this.#row),
      h('label', {}, 'Column', this.#column),
    );
  }

  /** @param {import('./seen.js').Part} part @param {Float32Array} example @param {number} side  pixels across */
  show(part, example, side) {
    this.#part = part;
    this.#sample.replaceChildren(image(example, side, 'The sample'), this.#mark);
    this.#draw();
  }

  /** @param {MouseEvent} event */
  #click({ clientX, clientY }) {
    const { left, top, width, height } = this.#sample.getBoundingClientRect();
    this.#row.value = String(Math.floor(((clientY - top) / height) * this.#height));
    this.#column.value = String(Math.floor(((clientX - left) / width) * this.#width));
    this.#draw();
  }

  #draw() {
    if (!this.#part) return;
    const [row, column] = [this.#row.valueAsNumber, this.#column.valueAsNumber];
    const {
      shape: [, , down, across],
      values,
    } = this.#part;
    const own = values.subarray((row * this.#width + column) * down * across).subarray(0, down * across);
    const [low, high] = range(own).map((share) => formatShort(100 * share));
    Object.assign(this.#mark.style, {
      left: `${(100 * column) / this.#width}%`,
      top: `${(100 * row) / this.#height}%`,
      width: `${100 / this.#width}%`,
      height: `${100 / this.#height}%`,
    });
    this.#map.replaceChildren(maps(own, [1, down, across], `${this.#name}: where the pixel looks`));
    this.#words.replaceChildren(
      h('code', {}, this.#name),
      ` Where row ${row + 1}, column ${column + 1} looks: from ${low}\u202f% of its attention (black) to ${high}\u202f% (white). Click on the sample for another pixel.`,
    );
  }
}
