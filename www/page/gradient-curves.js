/** How the lengths of the layers' gradients went: a chart for each network, a line for each of its layers. */

import { Chart } from './chart.js';
import { Curves } from './curves.js';
import { h } from './dom.js';
import { History } from './history.js';
import { small } from './overview.js';

/** @type {[network: string, name: string, color: string][]} */
const NETWORKS = [
  ['generator', 'forger', '--orange'],
  ['discriminator', 'detective', '--blue'],
];
/** Lines of one colour are told apart by their number, their shade and these. */
/** @type {number[][]} */
const DASHES = [[], [7, 4], [2, 3]];
const MOST_SHADE = 75; // percent, of the last layer
/** @type {import('./chart.js').Range} */
const decades = (_, min, max) => [10 ** Math.floor(Math.log10(min || 0.1)), 10 ** Math.ceil(Math.log10(max || 1))];

/** @extends {Curves<Chart>} */
export class GradientCurves extends Curves {
  element = h('div', { class: 'gradient-curves' });
  /** @type {string[]} */
  #layers = [];
  #visible = false;

  /** @param {number} step @param {[string, number][]} norms  of each layer's last gradient; all 0 before the first step */
  push(step, norms) {
    if (step <= (this.history.data[0].at(-1) ?? -1) || norms.every(([, norm]) => norm === 0)) return;
    const layers = norms.map(([layer]) => layer);
    if (layers.join() !== this.#layers.join()) this.#build(layers);
    this.history.push(
      step,
      norms.map(([, norm]) => norm),
    );
    this.update();
  }

  /** @param {string[]} layers */
  #build(layers) {
    this.stop();
    this.#layers = layers;
    this.history = new History(layers.length);
    this.charts = NETWORKS.map(([network, name, color]) => {
      const own = layers.filter((layer) => layer.startsWith(network));
      return new Chart({
        title: `Gradients of the ${name} over time`,
        detail: 'Their lengths, layer by layer from the first to the last. Each line up is ten times as much.',
        columns: own.map((layer) => layers.indexOf(layer) + 1),
        series: own.map((layer, i) => ({
          name: String(i + 1),
          mark: String(i + 1),
          role: layer.slice(network.length + 1),
          color,
          shade: Math.round((MOST_SHADE * i) / own.length),
          dash: DASHES[i % DASHES.length],
        })),
        log: true,
        range: decades,
        format: small,
      });
    });
    this.element.replaceChildren(...this.charts.map(({ element }) => element));
    this.paint();
  }

  update() {
    if (this.#visible) super.update();
  }

  paint() {
    if (this.#visible) super.paint();
  }

  /** Out of sight nothing is drawn. @param {boolean} visible */
  shown(visible) {
    if (visible === this.#visible) return;
    this.#visible = visible;
    this.update();
    if (visible) this.paint();
    else this.stop();
  }

  clear() {
    this.stop();
    this.#layers = this.charts = [];
    this.history.clear();
    this.element.replaceChildren();
  }
}
