/** A plane through the latent space to drag over, with pictures of the places that it crosses. */

import { formatFixed, h } from './dom.js';

export const REACH = 3; // the plane is seen from -3 to 3 in both directions
export const MAP = 7; // pictures of it, in each direction

/** Where arrow keys lead, down the page. @type {Partial<Record<string, [number, number]>>} */
export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** @param {number} value */
const clamp = (value) => Math.min(REACH, Math.max(-REACH, value));

export class LatentPad {
  element;
  map = h('canvas', { 'aria-hidden': 'true' });
  /** Where the point is. @type {[number, number]} */
  at = [0, 0];
  #marker = h('span', { class: 'marker' });
  #moved;

  /** @param {() => void} moved */
  constructor(moved) {
    this.#moved = moved;
    this.element = h(
      'div',
      {
        class: 'pad',
        tabIndex: 0,
        role: 'slider',
        'aria-label': 'Place in the plane',
        'aria-roledescription': 'plane',
        'aria-valuemin': -REACH,
        'aria-valuemax': REACH,
        title: 'Drag, or use the arrow keys',
        on: {
          pointerdown: (event) => this.#press(event),
          pointermove: (event) => this.element.hasPointerCapture(event.pointerId) && this.#drag(event),
          keydown: (event) => this.#key(event),
        },
      },
      this.map,
      this.#marker,
    );
    this.move(0, 0);
  }

  /** @param {number} x @param {number} y */
  move(x, y) {
    this.at = [clamp(x), clamp(y)];
    const [a, b] = this.at;
    this.#marker.style.left = `${(a / REACH + 1) * 50}%`;
    this.#marker.style.top = `${(1 - b / REACH) * 50}%`;
    this.element.setAttribute('aria-valuenow', a.toFixed(1));
    this.element.setAttribute(
      'aria-valuetext',
      `${formatFixed(a, 1)} along the first direction, ${formatFixed(b, 1)} along the second`,
    );
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.element.focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    this.#drag(event);
  }

  /** @param {PointerEvent} event */
  #drag({ clientX, clientY }) {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    this.move((((clientX - left) / width) * 2 - 1) * REACH, (1 - ((clientY - top) / height) * 2) * REACH);
    this.#moved();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const way = ARROWS[event.key];
    if (!way && event.key !== 'Home') return;
    event.preventDefault();
    const by = event.shiftKey ? 0.5 : 0.1;
    if (way) this.move(this.at[0] + way[0] * by, this.at[1] - way[1] * by);
    else this.move(0, 0);
    this.#moved();
  }
}
