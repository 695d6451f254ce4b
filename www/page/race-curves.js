/** What the runners of a race have measured: one plot at a time, a line for each. */

import { Chart } from './chart.js';
import { formatShort, h, uniqueId } from './dom.js';

/** By letter; the letter is on the line as well. @type {Record<string, { color: string, dash: number[] }>} */
const LINES = {
  A: { color: '--blue', dash: [] },
  B: { color: '--orange', dash: [8, 4] },
  C: { color: '--ink', dash: [2, 3] },
  D: { color: '--muted', dash: [10, 3, 2, 3] },
};
export const LETTERS = Object.keys(LINES);
const QUALITY = 'quality';
/** In this order; games record more, under names of their own. @type {Record<string, string>} */
const NAMES = {
  d_loss: 'Loss of D',
  g_loss: 'Loss of G',
  d_real: 'D(x), on originals',
  d_fake: 'D(G(z)), on forgeries',
};
const QUALITY_NAME = 'Quality: nFD of digits, parts found of points, else the first measure';
/** Only where a penalty looks at it. */
const LEFT_OUT = ['gradient_norm'];
/** @type {import('./chart.js').Range} */
const around = (_, min, max) => (min === null ? [0, 2] : [Math.min(0, min), Math.max((max ?? 0) * 1.05, 0.1)]);

export class RaceCurves {
  element;
  /** At the same steps for all. @type {{ step: number, values: Map<string, number | null> }[]} */
  measured = [];
  /** Of the metrics that can be looked at, in the order of the runners' histories. */
  keys = Object.keys(NAMES);
  #host;
  #plot = h('div');
  #metric = h('select', { id: uniqueId('metric'), on: { change: () => this.build() } });
  /** @type {Chart | null} */
  #chart = null;
  /** @type {import('./runner.js').Runner[]} */
  #runners = [];

  /** @param {HTMLElement} host  whose style defines the colours */
  constructor(host) {
    this.#host = host;
    this.offer({ metrics: [], metricNames: [] });
    this.element = h(
      'div',
      { class: 'race-curves', hidden: true },
      h('div', { class: 'field' }, h('label', { htmlFor: this.#metric.id }, 'Curves'), this.#metric),
      this.#plot,
    );
  }

  /** What runs of this kind record. @param {Pick<import('../protocol.js').Info, 'metrics' | 'metricNames'>} info */
  offer({ metrics, metricNames }) {
    const more = metrics.filter((key) => !(key in NAMES) && !LEFT_OUT.includes(key));
    this.keys = [...Object.keys(NAMES), ...more];
    const name = (/** @type {string} */ key) => NAMES[key] ?? metricNames[metrics.indexOf(key)];
    const chosen = this.#metric.value;
    this.#metric.replaceChildren(
      ...this.keys.map((value) => h('option', { value }, name(value))),
      h('option', { value: QUALITY }, QUALITY_NAME),
    );
    if (chosen === QUALITY || this.keys.includes(chosen)) this.#metric.value = chosen;
  }

  /** For these runners, and what is chosen. */
  build(runners = this.#runners) {
    this.#runners = runners;
    const title = this.#metric.selectedOptions[0].text;
    this.stop();
    this.#chart = new Chart({
      title,
      detail: 'A line for each runner, with its letter on it.',
      columns: runners.map((_, i) => i + 1),
      series: runners.map(({ letter, text }) => ({ name: letter, role: text, mark: letter, ...LINES[letter] })),
      range: around,
      format: formatShort,
    });
    this.#plot.replaceChildren(this.#chart.element);
    this.update();
    this.paint();
  }

  paint() {
    this.#chart?.paint(this.#host);
  }

  update() {
    const column = 1 + this.keys.indexOf(this.#metric.value);
    const { measured } = this;
    this.#chart?.update(
      column === 0
        ? [
            measured.map(({ step }) => step),
            ...this.#runners.map(({ letter }) => measured.map(({ values }) => values.get(letter) ?? null)),
          ]
        : [this.#runners[0]?.history.data[0] ?? [], ...this.#runners.map(({ history }) => history.data[column])],
    );
  }

  stop() {
    this.#chart?.stop();
  }
}
