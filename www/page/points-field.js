/** Where a world drawn by hand is dense: a canvas to click on, and the same points as text, for the keyboard and for links. */

import { button, h, pencil, uniqueId } from './dom.js';

const SIDE = 240; // pixels of the canvas, in its own measure
const EXTENT = 3; // the plane is shown from -3 to 3, as in the pictures
const NEAR = 0.15; // a click so near to a point takes it away
const MOST = 500;

export class PointsField {
  element;
  text = h('input', { type: 'text', spellcheck: false, autocomplete: 'off', placeholder: '1,1 -1,0.5' });
  #canvas = h('canvas', { class: 'points-canvas', width: SIDE, height: SIDE, role: 'img' });

  /** @param {import('../../types/engine.js').SettingRow} setting @param {(points: string) => void} train */
  constructor({ key, name, help }, train) {
    this.text.id = uniqueId(key);
    this.text.name = key;
    this.text.addEventListener('input', () => this.#draw());
    this.#canvas.addEventListener('click', (event) => this.#click(event));
    this.element = h(
      'div',
      { class: 'field points-field' },
      h('label', { htmlFor: this.text.id }, name),
      this.#canvas,
      this.text,
      h('p', { class: 'help' }, `${help} Click to put a point, and on a point to take it away.`),
      h(
        'div',
        { class: 'row' },
        button('Train on these points', () => train(this.text.value)),
        button('Clear', () => this.show('')),
      ),
    );
    this.#draw();
  }

  /** @param {string} text */
  show(text) {
    this.text.value = text;
    this.#draw();
  }

  get #points() {
    return this.text.value
      .trim()
      .split(/\s+/)
      .map((pair) => pair.split(',').map(Number))
      .filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  }

  /** @param {MouseEvent} event */
  #click({ offsetX, offsetY }) {
    const { clientWidth, clientHeight } = this.#canvas;
    const x = ((offsetX / clientWidth) * 2 - 1) * EXTENT;
    const y = (1 - (offsetY / clientHeight) * 2) * EXTENT;
    const points = this.#points;
    const others = points.filter(([a, b]) => Math.hypot(a - x, b - y) > NEAR);
    if (others.length === points.length && points.length < MOST)
      others.push([x, y].map((value) => Number(value.toFixed(2))));
    this.show(others.map((point) => point.join()).join(' '));
  }

  #draw() {
    const context = pencil(this.#canvas);
    context.fillStyle = '#000';
    context.fillRect(0, 0, SIDE, SIDE);
    context.fillStyle = '#fff';
    const pixel = (/** @type {number} */ value) => ((value / EXTENT + 1) / 2) * SIDE;
    for (const [x, y] of this.#points) {
      context.beginPath();
      context.arc(pixel(x), SIDE - pixel(y), 3, 0, 7);
      context.fill();
    }
    this.#canvas.setAttribute('aria-label', `${this.#points.length} points drawn by hand`);
  }
}
