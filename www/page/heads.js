/** A head over each column of forgeries where columns are classes: a click orders that class, and it is drawn at once. */

import { formatCount, h, icon, setDisabled } from './dom.js';

const GAP = 2; // pixels between images, as the engine draws them
const [COLUMNS, ROWS] = [6, 4];
const SEEDS = 2 ** 32;

export class Heads {
  element = h('div', { class: 'heads', role: 'group', 'aria-label': 'Order a digit', hidden: true });
  #frame;
  #request;
  /** @type {HTMLButtonElement[]} */
  #buttons = [];
  #title = h('p', { class: 'order-title', role: 'status' });
  #canvas = h('canvas', { role: 'img' });
  #order;
  #ready = false;
  /** The class that is ordered; null: none is. @type {number | null} */
  #label = null;

  /**
   * @param {HTMLElement} frame  of the forgeries: what was ordered is laid over them
   * @param {import('../protocol.js').Request} request
   */
  constructor(frame, request) {
    this.#request = request;
    this.#order = h(
      'section',
      {
        class: 'order',
        'aria-label': 'Your order',
        on: {
          keydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
          click: (/** @type {Event} */ event) => event.stopPropagation(), // the picture below means a tile by it
        },
      },
      h(
        'div',
        { class: 'order-bar' },
        this.#title,
        h('button', { type: 'button', class: 'button', on: { click: () => this.#draw() } }, 'Draw again'),
        h(
          'button',
          {
            type: 'button',
            class: 'button square',
            'aria-label': 'Close the order',
            on: { click: () => this.close() },
          },
          icon('close'),
        ),
      ),
      this.#canvas,
    );
    this.#frame = frame;
  }

  /** @param {number} count  of columns with a head; 0: none @param {boolean} ready  whether a digit can be ordered by now */
  show(count, ready) {
    this.element.hidden = count === 0;
    if (count !== this.#buttons.length) this.#build(count);
    this.#ready = ready;
    for (const button of this.#buttons) setDisabled(button, !ready);
  }

  /** @param {number} count */
  #build(count) {
    this.close();
    this.#buttons = Array.from({ length: count }, (_, label) =>
      h(
        'button',
        {
          type: 'button',
          class: 'head',
          'aria-pressed': 'false',
          'aria-label': `Order a ${label}: draw fresh ones`,
          title: `Order a ${label}`,
          on: { click: () => this.#choose(label) },
        },
        String(label),
      ),
    );
    const names = this.#buttons.map((_, label) => h('span', {}, String(label)));
    this.element.style.setProperty('--columns', String(count));
    this.element.replaceChildren(
      h('div', { class: 'head-buttons' }, ...this.#buttons),
      h('div', { class: 'head-names', 'aria-hidden': 'true' }, ...names),
    );
  }

  close() {
    const label = this.#label;
    if (label === null) return;
    this.#mark(null);
    this.#order.remove();
    this.#buttons[label]?.focus();
  }

  /** @param {number} label */
  #choose(label) {
    if (!this.#ready) return;
    if (label === this.#label) return this.close();
    this.#mark(label);
    this.#draw();
  }

  /** @param {number | null} label */
  #mark(label) {
    this.#label = label;
    this.#buttons.forEach((button, at) => button.setAttribute('aria-pressed', String(at === label)));
  }

  async #draw() {
    const label = this.#label;
    const seed = Math.floor(Math.random() * SEEDS);
    try {
      const picture = await this.#request({ type: 'samples', n: COLUMNS * ROWS, seed, label });
      if (label !== this.#label) return; // another one was ordered meanwhile
      this.#show(picture);
    } catch {
      this.close(); // told by an event
    }
  }

  /** @param {{ width: number, height: number, data: Uint8ClampedArray, step: number }} picture  of as many columns as there are heads */
  #show({ width, height, data, step }) {
    const columns = this.#buttons.length;
    const side = (width + GAP) / columns;
    const all = new OffscreenCanvas(width, height);
    all.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
    [this.#canvas.width, this.#canvas.height] = [COLUMNS * side - GAP, ROWS * side - GAP];
    const context = this.#canvas.getContext('2d');
    for (let at = 0; at < COLUMNS * ROWS; at += 1) {
      const from = [(at % columns) * side, Math.floor(at / columns) * side];
      const to = [(at % COLUMNS) * side, Math.floor(at / COLUMNS) * side];
      context?.drawImage(all, from[0], from[1], side - GAP, side - GAP, to[0], to[1], side - GAP, side - GAP);
    }
    const words = `Fresh ${this.#label}s at step ${formatCount(step)}`;
    this.#title.textContent = words;
    this.#canvas.setAttribute(
      'aria-label',
      `${COLUMNS * ROWS} forgeries. ${words}, from noise that was never used before`,
    );
    if (!this.#order.isConnected) this.#frame.append(this.#order);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.close();
  }
}
