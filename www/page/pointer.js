/** A place in pictures of one size that two sliders choose: a click on any of them moves both, and a frame marks it in each. */

/** @typedef {import('../../types/engine.js').Probe} Probe */

import { h } from './dom.js';

export class Pointer {
  /** The pictures, each with its mark. @type {HTMLElement[]} */
  frames;
  /** Row and column. @type {HTMLInputElement[]} */
  #inputs;

  /** @param {Probe} probe @param {HTMLElement[]} fields  of its sliders @param {HTMLCanvasElement[]} pictures */
  constructor({ sliders, pointed }, fields, pictures) {
    this.#inputs = pointed.map((key) => {
      const field = fields[sliders.findIndex((slider) => slider.key === key)];
      return /** @type {HTMLInputElement} */ (field.querySelector('input'));
    });
    const click = (/** @type {MouseEvent} */ event) => this.#click(event);
    this.frames = pictures.map((picture) =>
      h('div', { class: 'pointed', on: { click } }, picture, h('span', { class: 'place' })),
    );
    this.mark();
  }

  /** Places along the sides, down and across. */
  get #places() {
    return this.#inputs.map((input) => Number(input.max) + 1);
  }

  /** Puts the frame around the place. */
  mark() {
    const [rows, columns] = this.#places;
    const [row, column] = this.#inputs.map((input) => input.valueAsNumber);
    for (const { lastElementChild } of this.frames) {
      Object.assign(/** @type {HTMLElement} */ (lastElementChild).style, {
        left: `${(100 * column) / columns}%`,
        top: `${(100 * row) / rows}%`,
        width: `${100 / columns}%`,
        height: `${100 / rows}%`,
      });
    }
  }

  /** @param {MouseEvent} event */
  #click({ clientX, clientY, currentTarget }) {
    const box = /** @type {HTMLElement} */ (currentTarget).getBoundingClientRect();
    const shares = [(clientY - box.top) / box.height, (clientX - box.left) / box.width];
    const places = this.#places.map((count, axis) => Math.floor(shares[axis] * count));
    this.#inputs.forEach((input, axis) => {
      input.value = String(places[axis]); // held within the slider's range by the browser
      input.dispatchEvent(new Event('input'));
    });
  }
}
