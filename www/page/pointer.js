/** A place in a picture that two sliders choose: a click on any of the pictures beside each other moves both, and a frame marks it. */

/** @typedef {import('../../types/engine.js').Probe} Probe */

import { h } from './dom.js';

const GAP = 2; // pixels between pictures, as the engine draws them

export class Pointer {
  element;
  #columns;
  #result;
  /** Row and column. @type {HTMLInputElement[]} */
  #inputs;
  #marks;

  /** @param {Probe} probe @param {HTMLElement[]} fields  of its sliders @param {HTMLCanvasElement} result */
  constructor({ sliders, pointed, columns }, fields, result) {
    this.#columns = columns;
    this.#result = result;
    this.#inputs = pointed.map((key) => {
      const field = fields[sliders.findIndex((slider) => slider.key === key)];
      return /** @type {HTMLInputElement} */ (field.querySelector('input'));
    });
    this.#marks = Array.from({ length: columns }, () => h('span', { class: 'place' }));
    this.element = h('div', { class: 'pointed', on: { click: (event) => this.#click(event) } }, result, ...this.#marks);
  }

  /** Sides of a picture and from one to the next, as shares of the whole, and places along a side. */
  get #sides() {
    const pitch = (this.#result.width + GAP) / this.#columns;
    const [rows, columns] = this.#inputs.map((input) => Number(input.max) + 1);
    return { pitch: pitch / this.#result.width, width: (pitch - GAP) / this.#result.width, rows, columns };
  }

  /** Puts a frame around the place. */
  mark() {
    const { pitch, width, rows, columns } = this.#sides;
    const [row, column] = this.#inputs.map((input) => input.valueAsNumber);
    this.#marks.forEach((mark, at) =>
      Object.assign(mark.style, {
        left: `${100 * (at * pitch + (column / columns) * width)}%`,
        top: `${(100 * row) / rows}%`,
        width: `${(100 * width) / columns}%`,
        height: `${100 / rows}%`,
      }),
    );
  }

  /** @param {MouseEvent} event */
  #click({ clientX, clientY }) {
    const box = this.#result.getBoundingClientRect();
    const { pitch, width, rows, columns } = this.#sides;
    const across = ((clientX - box.left) / box.width) % pitch;
    const place = [Math.floor(((clientY - box.top) / box.height) * rows), Math.floor((across / width) * columns)];
    this.#inputs.forEach((input, axis) => {
      input.value = String(place[axis]); // held within the slider's range by the browser
      input.dispatchEvent(new Event('input'));
    });
  }
}
