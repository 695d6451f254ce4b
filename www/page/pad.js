/** A small picture to draw on, pixel by pixel, with pointer or keys. What drawing does, a pad of its own says. */

import { h } from './dom.js';

/** Ways that the arrow keys lead, right and down. @type {Partial<Record<string, [number, number]>>} */
export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @abstract */
export class Pad {
  element;
  side;
  context;
  #cursor = h('span', { class: 'cursor', hidden: true });
  /** @type {[number, number]} */
  #at;
  #changed;

  /** @param {string} name  of what is drawn @param {number} side  of the square, in pixels @param {() => void} changed */
  constructor(name, side, changed) {
    this.side = side;
    this.#changed = changed;
    this.#at = [side / 2, side / 2];
    const canvas = h('canvas', { width: side, height: side });
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
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
  }

  /** Draws one dot. @param {number[]} _at */
  dot(_at) {}

  /** Shows what is drawn. */
  paint() {}

  done() {
    this.paint();
    this.#changed();
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
      this.dot(from.map((value, axis) => value + ((to[axis] - value) * step) / steps));
    this.#at = to;
    this.done();
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  #place({ clientX, clientY }) {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    return [((clientX - left) / width) * this.side, ((clientY - top) / height) * this.side];
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const way = ARROWS[event.key];
    if (!way && event.key !== ' ') return;
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
    const within = (/** @type {number} */ value) => Math.min(this.side - 0.5, Math.max(0.5, value));
    if (way) this.#at = [within(this.#at[0] + way[0]), within(this.#at[1] + way[1])];
    else this.#draw(this.#at);
    this.#cursor.hidden = false;
    this.#cursor.style.left = `${(this.#at[0] / this.side) * 100}%`;
    this.#cursor.style.top = `${(this.#at[1] / this.side) * 100}%`;
  }

  /** @param {number[]} at */
  #draw(at) {
    this.dot(at);
    this.done();
  }
}

/** Tools of which one is chosen at a time. @param {string} legend @param {HTMLElement[]} choices */
export const toolbox = (legend, choices) => h('fieldset', { class: 'pens' }, h('legend', {}, legend), ...choices);

/**
 * One of them.
 * @param {string} group  the same for all among which it is chosen
 * @param {string} name
 * @param {boolean} checked
 * @param {() => void} change
 * @param {{ title?: string, colour?: [number, number, number] }} [more]
 */
export function tool(group, name, checked, change, { title, colour } = {}) {
  const radio = h('input', { type: 'radio', name: group, checked, on: { change } });
  const swatch = h('span', { class: 'swatch', hidden: !colour });
  if (colour) swatch.style.background = `rgb(${colour})`;
  return h('label', { title }, radio, swatch, ` ${name}`);
}
