/** The curves over all steps: losses, the discriminator's output, and its gradient where that is looked at. */

import { Chart, loadUPlot } from './chart.js';
import { Curves } from './curves.js';
import { formatFixed, formatPercent, formatShort, h } from './dom.js';
import { History } from './history.js';

/** @type {import('./chart.js').Range} */
const around = (_, min, max) => (min === null ? [0, 2] : [Math.min(0, min), Math.max((max ?? 0) * 1.05, 0.1)]);
const BLUE = { color: '--blue', dash: /** @type {number[]} */ ([]) };
const ORANGE = { color: '--orange', dash: [7, 4] };

/**
 * @typedef {import('../protocol.js').Info} Info
 * @typedef {Omit<import('./chart.js').Spec, 'columns'> & { keys: string[] }} Keyed  keys: of the metrics that it shows
 */

/** Beside what steps record: how much higher originals are rated than forgeries. */
const DIFFERENCE = 'difference';

/** @type {Keyed} */
const LOSSES = {
  title: 'Losses',
  detail: 'Each network lowers its own; neither is meant to reach zero.',
  keys: ['d_loss', 'g_loss'],
  series: [
    { name: 'Discriminator', role: 'D', ...BLUE },
    { name: 'Generator', role: 'G', ...ORANGE },
  ],
  range: around,
  format: (value) => formatFixed(value, 2),
};
const OUTPUTS = ['d_real', 'd_fake'];
const SIDES = [
  { name: 'Originals', role: 'D(x)', ...BLUE },
  { name: 'Forgeries', role: 'D(G(z))', ...ORANGE },
];
/**
 * The second chart, by what the discriminator's output means.
 * @type {Record<import('./scale.js').Scale, Keyed>}
 */
const VERDICTS = {
  probability: {
    title: 'The verdict over time',
    detail: 'Mean output of the discriminator. Where the curves meet at one half, it is guessing.',
    keys: OUTPUTS,
    series: SIDES,
    range: () => [0, 1],
    format: formatPercent,
    line: 0.5,
  },
  target: {
    title: 'The verdict over time',
    detail: 'Mean output of the discriminator, which learns to say 1 to originals and 0 to forgeries.',
    keys: OUTPUTS,
    series: SIDES,
    range: (_, min, max) => [Math.min(0, min ?? 0), Math.max(1, max ?? 1)],
    format: (value) => formatFixed(value, 2),
    line: 0.5,
  },
  score: {
    title: 'The critic\u2019s estimate',
    detail:
      'How much higher it scores originals than forgeries: its estimate of how far apart they are. The scores themselves have no zero.',
    keys: [...OUTPUTS, DIFFERENCE],
    series: [...SIDES, { name: 'Difference', role: 'D(x) \u2212 D(G(z))', color: '--ink', dash: [] }],
    range: around,
    format: formatShort,
  },
};
/** Shown where a penalty looks at the gradient. @type {Keyed} */
const GRADIENT = {
  title: 'The discriminator\u2019s gradient',
  detail: 'Its length where the penalty looks at it. A gradient penalty holds it to 1, R1 and R2 to 0.',
  keys: ['gradient_norm'],
  series: [{ name: 'Length', role: 'mean', ...BLUE }],
  range: around,
  format: (value) => formatFixed(value, 2),
};

/** What only some games record. @param {string} key @param {string} name @returns {Keyed} */
const further = (key, name) => ({
  title: name,
  detail: 'Part of the generator\u2019s loss, beside being believed; mean of the batch.',
  keys: [key],
  series: [{ name, role: '', ...ORANGE }],
  range: around,
  format: formatShort,
});

const LEAST_MS = 200; // between two drawings

/** @extends {Curves<Chart>} */
export class Charts extends Curves {
  element = h('div', { class: 'charts' });
  #visible = false;
  #waiting = false;
  #drawnAt = -Infinity;
  #styled = false; // the colours are there
  #due = false; // the first step has been learned, or the run rests: what draws may come
  #fail;
  /** Of the columns of the history. @type {string[]} */
  #keys = [];

  /** @param {HTMLElement} host  whose style defines the colours @param {(problem: Error) => void} fail  there can be no curves */
  constructor(host, fail) {
    super(host);
    this.#fail = fail;
    const metrics = [...LOSSES.keys, ...OUTPUTS];
    this.show({ metrics, metricNames: metrics }, 'probability', false);
  }

  /**
   * What steps record has a line: in the charts that all games have, or in one of its own.
   * @param {Pick<Info, 'metrics' | 'metricNames'>} info
   * @param {import('./scale.js').Scale} scale
   * @param {boolean} penalty  whether the gradient's length is measured, where steps record it
   */
  show({ metrics, metricNames }, scale, penalty) {
    this.stop();
    const keys = [...metrics, DIFFERENCE];
    if (keys.join() !== this.#keys.join()) this.history = new History(keys.length);
    this.#keys = keys;
    const common = [LOSSES, VERDICTS[scale], GRADIENT];
    const own = metrics.flatMap((key, at) =>
      common.some((spec) => spec.keys.includes(key)) ? [] : [further(key, metricNames[at])],
    );
    const specs = [
      ...common.filter((spec) => spec !== GRADIENT || (penalty && metrics.includes(spec.keys[0]))),
      ...own,
    ];
    this.charts = specs.map(
      ({ keys: shown, ...spec }) => new Chart({ ...spec, columns: shown.map((key) => 1 + keys.indexOf(key)) }),
    );
    this.element.replaceChildren(...this.charts.map((chart) => chart.element));
    if (this.#styled && this.#due) this.paint();
  }

  /** The colours are there, or have changed. */
  start() {
    this.#styled = true;
    this.#begin();
  }

  /** Nothing that a first visit waits for is on its way any more. */
  due() {
    if (this.#due) return;
    this.#due = true;
    this.#begin();
  }

  #begin() {
    if (!this.#styled || !this.#due) return;
    this.paint();
    loadUPlot().catch(this.#fail);
  }

  paint() {
    this.draw();
    super.paint();
  }

  /** @param {Float64Array} rows  the step, then the engine's metrics, one after another @param {number} width */
  push(rows, width) {
    const [real, fake] = OUTPUTS.map((key) => this.#keys.indexOf(key));
    for (let at = 0; at < rows.length; at += width) {
      const values = rows.subarray(at + 1, at + width);
      this.history.push(rows[at], [...values, values[real] - values[fake]]);
    }
    if (rows.length > 0) this.due();
    this.update();
  }

  /** Out of sight nothing is drawn. @param {boolean} visible */
  shown(visible) {
    if (visible === this.#visible) return;
    this.#visible = visible;
    this.update();
  }

  /** Soon, and never more often than the eye follows: what the page measures may come faster than curves can be drawn. */
  update() {
    if (!this.#visible || document.hidden || this.#waiting) return;
    this.#waiting = true;
    const wait = Math.max(0, this.#drawnAt + LEAST_MS - performance.now());
    setTimeout(
      () =>
        requestAnimationFrame(() => {
          this.#waiting = false;
          this.#drawnAt = performance.now();
          this.draw();
        }),
      wait,
    );
  }
}
