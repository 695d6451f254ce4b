/** A batch and a step at a glance: how D's logits spread, and how long each layer's last gradient was. */

import { formatCount, formatShort, h, pencil } from './dom.js';
import { range } from './draw.js';

const BINS = 24;
const HEIGHT = 170; // pixels of the canvas
const BOTTOM = 24; // of these for the numbers below
const FEWEST_DECADES = 4; // of the gradients' scale
/** @param {number} value */
export const small = (value) =>
  value > 0 && value < 0.001 ? value.toExponential(1).replace('-', '\u2212') : formatShort(value);

/** How the logits of one batch spread: originals as filled bars, forgeries as an outline over them. */
export class Logits {
  element;
  #host;
  #canvas = h('canvas', { class: 'logits', height: HEIGHT, role: 'img', 'aria-label': 'Nothing measured yet' });
  #values = [h('span', { class: 'value' }), h('span', { class: 'value' })];
  /** @type {Float32Array[] | null} */
  #shown = null;

  /** @param {HTMLElement} host  whose style defines the colours */
  constructor(host) {
    this.#host = host;
    /** @param {string} kind @param {string} name @param {Node} value */
    const key = (kind, name, value) =>
      h('span', { class: `key ${kind}` }, h('span', { class: 'swatch' }), `${name} `, value);
    this.element = h(
      'div',
      {},
      h('h3', {}, 'Logits of one batch'),
      h(
        'p',
        { class: 'detail' },
        'What the discriminator puts out before it is made into a verdict: the higher, the more real. The numbers are means.',
      ),
      h(
        'div',
        { class: 'legend' },
        key('filled', 'Originals, filled', this.#values[0]),
        key('outlined', 'Forgeries, outlined', this.#values[1]),
      ),
      this.#canvas,
    );
  }

  /** @param {Float32Array} real @param {Float32Array} samples */
  show(real, samples) {
    this.#shown = [real, samples].map((values) => values.filter((value) => Number.isFinite(value)));
    this.paint();
  }

  clear() {
    this.#shown = null;
    this.#canvas.width += 0; // which wipes it
    for (const value of this.#values) value.textContent = '';
  }

  paint() {
    if (!this.#shown || this.#shown.some(({ length }) => length === 0)) return;
    const [low, high] = range(this.#shown.flatMap((values) => [...values]));
    const span = high - low || 1;
    const counts = this.#shown.map((values) => {
      /** @type {number[]} */
      const bins = new Array(BINS).fill(0);
      for (const value of values) bins[Math.min(BINS - 1, Math.floor(((value - low) / span) * BINS))] += 1;
      return bins;
    });
    const most = Math.max(...counts.flat());
    const style = getComputedStyle(this.#host);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const context = pencil(this.#canvas);
    const width = Math.max(200, this.#canvas.clientWidth);
    this.#canvas.width = width * devicePixelRatio;
    this.#canvas.height = HEIGHT * devicePixelRatio;
    context.scale(devicePixelRatio, devicePixelRatio);
    const [step, floor] = [width / BINS, HEIGHT - BOTTOM];
    const top = (/** @type {number} */ count) => floor - (count / most) * (floor - 4);
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
    context.lineTo(width, floor);
    context.stroke();
    context.fillStyle = colour('--muted');
    context.font = '13px system-ui, sans-serif';
    /** @param {number} value @param {CanvasTextAlign} align */
    const write = (value, align) => {
      context.textAlign = align;
      context.fillText(formatShort(value), ((value - low) / span) * width, HEIGHT - 6);
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

/** The lengths as bars on a logarithmic scale. */
export class Gradients {
  element;
  #scale = h('caption', {}, 'Not measured yet');
  #body = h('tbody');

  constructor() {
    this.element = h(
      'div',
      {},
      h('h3', {}, 'Gradients, layer by layer'),
      h(
        'p',
        { class: 'detail' },
        'How long each layer\u2019s last gradient was, weights and bias together. Tiny ones in all layers of the forger: nothing left to learn from.',
      ),
      h('table', { class: 'gradients' }, this.#scale, this.#body),
    );
  }

  /** @param {[string, number][]} layers  each with its length */
  show(layers) {
    const decades = layers
      .map(([, norm]) => norm)
      .filter((norm) => norm > 0 && Number.isFinite(norm))
      .map(Math.log10);
    if (decades.length === 0) return;
    const high = Math.ceil(Math.max(...decades));
    const low = Math.min(Math.floor(Math.min(...decades)), high - FEWEST_DECADES);
    this.#scale.textContent = `Bars from ${small(10 ** low)} to ${small(10 ** high)}, ten times as much at each line`;
    this.#body.replaceChildren(
      ...layers.map(([name, norm]) => {
        const bar = h('div', { class: `norm ${name.split('.')[0]}`, 'aria-hidden': 'true' });
        bar.style.setProperty('--level', String(Math.max(0, (Math.log10(norm) - low) / (high - low)) || 0));
        bar.style.setProperty('--decades', String(high - low));
        return h(
          'tr',
          {},
          h('th', { scope: 'row' }, h('code', {}, name)),
          h('td', { class: 'scale' }, bar),
          h('td', { class: 'number' }, small(norm)),
        );
      }),
    );
  }

  clear() {
    this.#scale.textContent = 'Not measured yet';
    this.#body.replaceChildren();
  }
}
