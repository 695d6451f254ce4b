/** What the runners of a race have measured: one plot at a time, a line for each. */

import { Chart } from './chart.js';
import { formatShort, h, uniqueId } from './dom.js';

/** By letter, which is on the line as well; blue and orange are the two networks'. @type {Record<string, { color: string, dash: number[] }>} */
const LINES = {
  A: { color: '--runner-a', dash: [] },
  B: { color: '--runner-b', dash: [8, 4] },
  C: { color: '--runner-c', dash: [2, 3] },
  D: { color: '--runner-d', dash: [10, 3, 2, 3] },
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
/** What runs are compared by, by the form of the data; of a game its first measure. @type {Record<import('./race-pairs.js').DataForm | 'game', string>} */
const QUALITY_NAMES = {
  image: 'nFD, the distance to real digits',
  plane: 'Modes covered',
  line: 'Modes covered',
  game: 'Quality: the first measure',
};
/** Only where a penalty looks at it. */
const LEFT_OUT = ['gradient_norm'];
/** @type {import('./chart.js').Range} */
const decades = (_, min, max) => [Math.max(min ?? 1, 1e-3) / 1.5, Math.max(max ?? 1, 1e-3) * 1.5];
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
  #metric = h('select', { id: uniqueId('metric'), on: { change: () => this.#choose() } });
  /** The visitor has chosen what is looked at. */
  #isChosen = false;
  /** @type {keyof typeof QUALITY_NAMES} */
  #form = 'image';
  /** @type {Chart | null} */
  #chart = null;
  /** @type {import('./runner.js').Runner[]} */
  #runners = [];

  /** @param {HTMLElement} host  whose style defines the colours */
  constructor(host) {
    this.#host = host;
    this.offer({ metrics: [], metricNames: [] }, 'image');
    this.element = h(
      'div',
      { class: 'race-curves', hidden: true },
      h('div', { class: 'field' }, h('label', { htmlFor: this.#metric.id }, 'Curves'), this.#metric),
      this.#plot,
    );
  }

  #choose() {
    this.#isChosen = true;
    this.build();
  }

  /**
   * What runs of this kind record; first what they are compared by, which losses of different games cannot be.
   * @param {Pick<import('../protocol.js').Info, 'metrics' | 'metricNames'>} info @param {keyof typeof QUALITY_NAMES} form
   */
  offer({ metrics, metricNames }, form) {
    this.#form = form;
    const more = metrics.filter((key) => !(key in NAMES) && !LEFT_OUT.includes(key));
    this.keys = [...Object.keys(NAMES), ...more];
    const name = (/** @type {string} */ key) => NAMES[key] ?? metricNames[metrics.indexOf(key)];
    const chosen = this.#metric.value;
    this.#metric.replaceChildren(
      h('option', { value: QUALITY }, QUALITY_NAMES[form]),
      ...this.keys.map((value) => h('option', { value }, name(value))),
    );
    if (this.#isChosen && (chosen === QUALITY || this.keys.includes(chosen))) this.#metric.value = chosen;
  }

  /** For these runners, and what is chosen. */
  build(runners = this.#runners) {
    this.#runners = runners;
    const title = this.#metric.selectedOptions[0].text;
    const isQuality = this.#metric.value === QUALITY;
    const isDistance = isQuality && this.#form === 'image';
    this.stop();
    this.#chart = new Chart({
      title,
      detail: `A line for each runner, with its letter on it.${isDistance ? ' Lower is better.' : ''}${isQuality ? ' It is measured now and then while they race.' : ''}`,
      columns: runners.map((_, i) => i + 1),
      series: runners.map(({ letter, text }) => ({ name: letter, role: text, mark: letter, ...LINES[letter] })),
      range: isDistance ? decades : around,
      log: isDistance,
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
