/** How the discriminator's logits spread over one batch: originals as filled bars, forgeries as an outline over them. */

import { formatCount, formatShort, h } from './dom.js';
import { range } from './draw.js';

const BINS = 24;
const [WIDTH, HEIGHT] = [560, 180]; // pixels of the canvas, in its own measure
const BOTTOM = 24; // of these for the numbers below

export class Logits {
  element;
  #host;
  #canvas = h('canvas', { class: 'logits', width: WIDTH, height: HEIGHT, role: 'img', 'aria-label': 'Nothing measured yet' });
  #values = [h('span', { class: 'value' }), h('span', { class: 'value' })];
  #shown = null;

  /** @param {HTMLElement} host  whose style defines the colours */
  constructor(host) {
    this.#host = host;
    const key = (kind, name, value) => h('span', { class: `key ${kind}` }, h('span', { class: 'swatch' }), `${name} `, value);
    this.element = h('div', {},
      h('h3', {}, 'Logits of one batch'),
      h('p', { class: 'detail' }, 'What the discriminator puts out before it is made a verdict: above 0 it leans to real. Means:'),
      h('div', { class: 'legend' }, key('filled', 'Originals, filled', this.#values[0]), key('outlined', 'Forgeries, outlined', this.#values[1])),
      this.#canvas);
  }

  /** @param {Float32Array} real @param {Float32Array} samples */
  show(real, samples) {
    this.#shown = [real, samples].map((values) => values.filter(Number.isFinite));
    this.paint();
  }

  clear() {
    this.#shown = null;
    this.#canvas.getContext('2d').clearRect(0, 0, WIDTH, HEIGHT);
    for (const value of this.#values) value.textContent = '';
  }

  paint() {
    if (!this.#shown || this.#shown.some(({ length }) => length === 0)) return;
    const [low, high] = range(this.#shown.flatMap((values) => [...values]));
    const span = high - low || 1;
    const counts = this.#shown.map((values) => {
      const bins = new Array(BINS).fill(0);
      for (const value of values) bins[Math.min(BINS - 1, Math.floor((value - low) / span * BINS))] += 1;
      return bins;
    });
    const most = Math.max(...counts.flat());
    const style = getComputedStyle(this.#host);
    const colour = (name) => style.getPropertyValue(name).trim();
    const context = this.#canvas.getContext('2d');
    const [step, floor] = [WIDTH / BINS, HEIGHT - BOTTOM];
    const top = (count) => floor - count / most * (floor - 4);
    context.clearRect(0, 0, WIDTH, HEIGHT);
    context.fillStyle = colour('--blue');
    counts[0].forEach((count, bin) => context.fillRect(bin * step + 1, top(count), step - 2, floor - top(count)));
    context.strokeStyle = colour('--orange');
    context.lineWidth = 3;
    context.beginPath();
    context.moveTo(0, floor);
    counts[1].forEach((count, bin) => {
      context.lineTo(bin * step, top(count));
      context.lineTo((bin + 1) * step, top(count));
    });
    context.lineTo(WIDTH, floor);
    context.stroke();
    context.fillStyle = colour('--muted');
    context.font = '16px system-ui, sans-serif';
    const write = (value, align) => {
      context.textAlign = align;
      context.fillText(formatShort(value), (value - low) / span * WIDTH, HEIGHT - 6);
    };
    write(low, 'left');
    write(high, 'right');
    if (low < -span / 8 && high > span / 8) write(0, 'center');
    const words = this.#shown.map((values, at) => {
      const [from, to] = range(values);
      this.#values[at].textContent = formatShort(values.reduce((sum, value) => sum + value, 0) / values.length);
      return `${formatCount(values.length)} from ${formatShort(from)} to ${formatShort(to)}, mean ${this.#values[at].textContent}`;
    });
    this.#canvas.setAttribute('aria-label', `Logits. Originals: ${words[0]}. Forgeries: ${words[1]}.`);
  }
}
