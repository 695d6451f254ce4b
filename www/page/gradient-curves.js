/** How the lengths of the layers' gradients went: a chart for each network, a line for each of its layers. */

import { Chart } from './chart.js';
import { Curves } from './curves.js';
import { h } from './dom.js';
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
  #past;
  /** That the charts are of. @type {string[]} */
  #layers = [];
  #visible = false;

  /** @param {HTMLElement} host  whose style defines the colours @param {import('./gradient-history.js').GradientHistory} past */
  constructor(host, past) {
    super(host);
    this.#past = past;
  }

  #build() {
    this.stop();
    this.#layers = this.#past.layers;
    this.history = this.#past.history;
    const layers = this.#layers;
    const networks = layers.length > 0 ? NETWORKS : [];
    this.charts = networks.map(([network, name, color]) => {
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

  /** The past has changed. */
  update() {
    if (this.#layers !== this.#past.layers) this.#build();
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
}
