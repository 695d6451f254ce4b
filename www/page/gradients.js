/** The length of each layer's last gradient, as bars on a logarithmic scale. */

import { formatShort, h } from './dom.js';

const FEWEST_DECADES = 4;
const small = (value) => (value > 0 && value < 0.001 ? value.toExponential(1).replace('-', '\u2212') : formatShort(value));

export class Gradients {
  element;
  #scale = h('caption', {}, 'Not measured yet');
  #body = h('tbody');

  constructor() {
    this.element = h('div', {},
      h('h3', {}, 'Gradients, layer by layer'),
      h('p', { class: 'detail' }, 'How long each layer\u2019s last gradient was, weights and bias together. Tiny ones in all layers of the forger: nothing left to learn from.'),
      h('table', { class: 'gradients' }, this.#scale, this.#body));
  }

  /** @param {import('./seen.js').Part[]} parts  the square of each parameter's */
  show(parts) {
    const squares = {};
    for (const { name, values } of parts) {
      const layer = name.replace(/\.\w+$/, '');
      squares[layer] = (squares[layer] ?? 0) + values[0];
    }
    const [layers, norms] = [Object.keys(squares), Object.values(squares).map(Math.sqrt)];
    const decades = norms.filter((norm) => norm > 0 && Number.isFinite(norm)).map(Math.log10);
    if (decades.length === 0) return;
    const high = Math.ceil(Math.max(...decades));
    const low = Math.min(Math.floor(Math.min(...decades)), high - FEWEST_DECADES);
    this.#scale.textContent = `Bars from ${small(10 ** low)} to ${small(10 ** high)}, ten times as much at each line`;
    this.#body.replaceChildren(...layers.map((name, at) => {
      const bar = h('div', { class: `norm ${name.split('.')[0]}`, 'aria-hidden': 'true' });
      bar.style.setProperty('--level', String(Math.max(0, (Math.log10(norms[at]) - low) / (high - low)) || 0));
      bar.style.setProperty('--decades', String(high - low));
      return h('tr', {}, h('th', { scope: 'row' }, h('code', {}, name)), h('td', { class: 'scale' }, bar), h('td', { class: 'number' }, small(norms[at])));
    }));
  }

  clear() {
    this.#scale.textContent = 'Not measured yet';
    this.#body.replaceChildren();
  }
}
