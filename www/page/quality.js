/** How good the samples are, measured now and then: in plain words, each with what it means. */

import { Chart, loadUPlot } from './chart.js';
import { formatCount, formatFixed, formatPercent, formatShort, h } from './dom.js';

const BLUE = { color: '--blue', dash: [] };
const whole = (value) => (value % 1 ? '' : formatCount(value));

/** The curve of each form: [images seen, value]. */
const CURVES = {
  image: { title: 'Distance to real digits', detail: 'nFD; lower is better. The dotted line: one class missing.', columns: [1], x: 'real images seen', height: 150, log: true, range: (_, min, max) => [Math.min(min ?? 1, 1) / 1.5, Math.max(max ?? 1, 1) * 1.5], format: formatShort, line: 1, series: [{ name: 'nFD', role: '', ...BLUE }] },
  point: { title: 'Parts that are found', detail: 'Higher is better.', columns: [1], x: 'real points seen', height: 150, range: (_, min, max) => [0, Math.max(max ?? 0, 1) * 1.08], format: whole, series: [{ name: 'Modes', role: '', ...BLUE }] },
};

const two = (value) => formatFixed(value, 2);
/** Name, value, explanation. */
const FACTS = {
  image: [
    ['Distance to real digits (nFD)', ({ nfd }) => two(nfd), 'How far the forgeries as a whole lie from real digits, as the judge sees them. 0 is no distance; 1 is as far off as real digits with one class missing.'],
    ['Fr\u00e9chet distance', ({ frechet }) => formatShort(frechet), 'The same without the yardstick: between the judge\u2019s features of forgeries and of real digits. Its size says nothing by itself.'],
    ['Classifier score', ({ classifierScore }) => two(classifierScore), 'High when the judge is sure of each digit and all ten occur; 10 is the most there is.'],
    ['Precision', ({ precision }) => formatPercent(precision), 'The share of forgeries that lie where real digits lie.'],
    ['Recall', ({ recall }) => formatPercent(recall), 'The share of real digits that lie where forgeries lie: low when some kinds are never drawn.'],
    ['Density', ({ density }) => two(density), 'How crowded with real digits the places are where forgeries lie; about 1 for real digits.'],
    ['Coverage', ({ coverage }) => formatPercent(coverage), 'The share of real digits with a forgery close by.'],
    ['Right class', ({ conditionalAccuracy }) => formatPercent(conditionalAccuracy), 'How often the judge reads the class that was ordered.'],
    ['Variety', ({ diversity, realDiversity }) => against(diversity, realDiversity), 'How far apart two forgeries are on average, pixel by pixel. All alike would be 0.'],
    ['Variety within a class', ({ withinClassDiversity }) => formatShort(withinClassDiversity), 'The same for two forgeries of one class: low when there is one drawing of each digit.'],
    ['Nearest training image', ({ nearestMedian, nearestReal }) => against(nearestMedian, nearestReal), 'How far a forgery is from the training image most like it. Much nearer than real digits are means: learned by heart.'],
    ['Near doubles', ({ birthdayPairs, birthdaySamples }) => count(birthdayPairs, birthdaySamples, 'pairs among'), 'Forgeries that are almost the same. Many of them among few samples mean little variety.'],
    ['Checkerboard', ({ checkerboard }) => formatShort(checkerboard), 'How much of the fine detail repeats every second pixel, against real digits: 1 is as much as theirs.'],
  ],
  point: [
    ['Parts found', ({ modes, modeCount }) => count(modes, modeCount, 'of'), 'How many parts of the world the forgeries reach, with more than a stray one.'],
    ['Good forgeries', ({ highQuality }) => formatPercent(highQuality), 'The share of forgeries that lie where the world is dense.'],
    ['Imbalance', ({ divergence }) => two(divergence), 'How unevenly the good ones fall on the parts; 0 is evenly (Kullback-Leibler divergence).'],
    ['From the middle', ({ meanRadius }) => formatShort(meanRadius), 'How far the mean of the forgeries is from the middle of the plane.'],
  ],
};

const count = (part, all, word) => (known(part) && known(all) ? `${formatCount(part)} ${word} ${formatCount(all)}` : null);
const against = (value, real) => (known(value) ? `${formatShort(value)}${known(real) ? ` (real: ${formatShort(real)})` : ''}` : null);
const known = (value) => Number.isFinite(value);

/** The one number by which samples are compared, and when it was measured. @returns {[string, string]} */
export const headline = ({ form, step, nfd, modes, modeCount }) => [
  `${form === 'image' ? 'nFD' : 'Parts found'} at step ${formatCount(step)}`, form === 'image' ? two(nfd) : count(modes, modeCount, 'of') ?? two(NaN),
];

export class Quality {
  element;
  #facts = h('dl', { class: 'facts measured' });
  #shares = h('div', { class: 'shares', role: 'list', 'aria-label': 'Classes of the forgeries' });
  #state = h('p', { class: 'detail', role: 'status' });
  #host;
  #form = null;
  /** @type {{ step: number, images: number, value: number }[]} */
  #points = [];
  #chart = null;
  #plot = h('div');

  /** @param {HTMLElement} host  whose style defines the colours @param {() => void} measure */
  constructor(host, measure) {
    this.#host = host;
    this.element = h('section', { class: 'panel quality', 'aria-label': 'How good is it?' },
      h('h2', {}, 'How good is it?'),
      h('div', { class: 'row' }, h('button', { type: 'button', class: 'button', on: { click: measure } }, 'Measure now'), this.#state),
      h('div', { class: 'columns' }, h('div', {}, this.#plot, this.#shares), this.#facts));
    this.clear();
  }

  progress(share, problem) {
    this.#state.textContent = problem ?? `Measuring: ${formatPercent(share)}`;
  }

  /** @param {import('../protocol.js').ImageQuality | import('../protocol.js').PointQuality} result */
  show(result) {
    const { form, step, images, samples, durationMs } = result;
    this.#state.textContent = `${formatCount(samples)} samples at step ${formatCount(step)}${known(durationMs) ? `, measured in ${formatShort(durationMs / 1000)} s` : ''}`;
    const facts = FACTS[form].map(([name, value, help]) => [name, value(result), help]).filter(([, value]) => value !== null && value !== formatFixed(NaN, 0));
    // What is unfolded stays so.
    const open = new Set([...this.#facts.querySelectorAll('details[open]')].map(({ dataset }) => dataset.name));
    this.#facts.replaceChildren(...facts.map(([name, value, help]) => h('div', {},
      h('dt', {}, h('details', { data: { name }, open: open.has(name), title: help }, h('summary', {}, name), h('p', { class: 'help' }, help))),
      h('dd', {}, value))));
    this.#showShares(result.classShares, result.entropy);
    const value = form === 'image' ? result.nfd : result.modes;
    if (!known(value)) return;
    this.#points.push({ step, images, value });
    this.#draw(form);
  }

  #showShares(shares, entropy) {
    this.#shares.hidden = !shares?.length;
    if (this.#shares.hidden) return;
    const most = Math.max(...shares, 0.01);
    this.#shares.replaceChildren(h('h3', {}, 'Which digits it draws'), ...shares.map((share, digit) => {
      const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
      bar.style.setProperty('--level', String(share / most));
      return h('div', { role: 'listitem' }, h('span', {}, String(digit)), bar, h('span', { class: 'value' }, formatPercent(share)));
    }), known(entropy) ? h('p', { class: 'detail' }, `Evenness (entropy): ${two(entropy)}`) : '');
  }

  async #draw(form) {
    if (form !== this.#form) {
      this.#form = form;
      this.#chart = new Chart(CURVES[form]);
      this.#plot.replaceChildren(this.#chart.element);
      await this.paint();
    }
    this.#chart?.update(this.#data);
  }

  get #data() {
    return [this.#points.map(({ images }) => images), this.#points.map(({ value }) => value)];
  }

  /** Draws the curve, in the colours of this moment. */
  async paint() {
    if (!this.#chart) return;
    try {
      const uPlot = await loadUPlot();
      const colors = getComputedStyle(this.#host);
      this.#chart?.draw(uPlot, (name) => colors.getPropertyValue(name).trim());
      this.#chart?.update(this.#data);
    } catch {
      // The other charts say it.
    }
  }

  /** The run went back to an earlier step. */
  truncate(step) {
    this.#points = this.#points.filter((point) => point.step <= step);
    this.#chart?.update(this.#data);
  }

  stop() {
    this.#chart?.stop();
  }

  clear() {
    this.#chart?.stop();
    this.#chart = this.#form = null;
    this.#points = [];
    this.#plot.replaceChildren();
    this.#facts.replaceChildren();
    this.#shares.hidden = true;
    this.#state.textContent = 'Not measured yet: it is measured now and then while training goes on.';
  }
}
