/** How good the samples are, measured now and then: each measure in plain words, with what it means and how it went. */

/** @import { Quality as Result } from '../protocol.js' */

import { Chart } from './chart.js';
import { Curves } from './curves.js';
import { formatCount, formatFixed, formatPercent, formatShort, h, isKnown } from './dom.js';
import { History } from './history.js';

/** @typedef {number | null | undefined} Known */

/** @param {Known} value */
const two = (value) => formatFixed(value, 2);
/** @param {Known} value */
const whole = (value) => (isKnown(value) && value % 1 ? formatFixed(value, 1) : formatCount(value));
/** Of the curve's axis. */
/** @param {number} most @returns {import('./chart.js').Range} */
const upTo = (most) => (_, min, max) => [0, Math.max(most, (max ?? 0) * 1.08)];
/** @type {import('./chart.js').Range} */
const decades = (_, min, max) => [Math.min(min ?? 1, 1) / 1.5, Math.max(max ?? 1, 1) * 1.5];
const RATIO = { format: two, range: upTo(1.2), line: 1 };
/** @type {{ format: typeof formatPercent, range: import('./chart.js').Range }} */
const SHARE = { format: formatPercent, range: () => [0, 1] };
/** Below this recall the variety is worth a word: a run that goes on for a million images comes above it. */
const FEW_KINDS = 0.5;
const NO_JUDGE = '. What a judge would say is left out: its file did not come.';
/** What is smaller is nothing. */
const LEAST = 1e-3;
const LENGTH = { format: formatShort, range: upTo(0.1) };

/**
 * By form, the one by which samples are compared first: key in the result, name, explanation, and how it is written and
 * drawn. `real`: key of what originals have; `of`: key and word of what it is counted among.
 *
 * @typedef {{ key: string, name: string, help: string, format: (value: Known) => string, range: import('./chart.js').Range,
 *   line?: number, log?: boolean, real?: string, of?: [key: string, word: string] }} Spec
 * @type {Record<Exclude<Result['form'], 'game'>, Spec[]>}
 */
const MEASURES = {
  image: [
    {
      key: 'nfd',
      name: 'Distance to real digits (nFD)',
      format: two,
      log: true,
      range: decades,
      line: 1,
      help: 'How far the forgeries as a whole lie from real digits, as the judge sees them. Lower is better: 0 is no distance; 1 is as far off as real digits with one class missing.',
    },
    {
      key: 'frechet',
      name: 'Fr\u00e9chet distance',
      format: formatShort,
      log: true,
      range: decades,
      help: 'The same without the yardstick: between the judge\u2019s features of forgeries and of real digits. Its size says nothing by itself.',
    },
    {
      key: 'classifierScore',
      name: 'Classifier score',
      format: two,
      range: () => [1, 10],
      help: 'High when the judge is sure of each digit and all ten occur; 10 is the most there is.',
    },
    { key: 'precision', name: 'Precision', ...SHARE, help: 'The share of forgeries that lie where real digits lie.' },
    {
      key: 'recall',
      name: 'Recall',
      ...SHARE,
      help: 'The share of real digits that lie where forgeries lie: low when some kinds are never drawn.',
    },
    {
      key: 'density',
      name: 'Density',
      ...RATIO,
      help: 'How crowded with real digits the places are where forgeries lie; about 1 for real digits.',
    },
    { key: 'coverage', name: 'Coverage', ...SHARE, help: 'The share of real digits with a forgery close by.' },
    {
      key: 'conditionalAccuracy',
      name: 'Right class',
      ...SHARE,
      help: 'How often the judge reads the class that was ordered.',
    },
    {
      key: 'entropy',
      name: 'Evenness of classes',
      ...RATIO,
      help: 'How evenly the forgeries fall on the ten digits (entropy): 1 is all equally often, 0 is one digit only.',
    },
    {
      key: 'diversity',
      real: 'realDiversity',
      name: 'Variety',
      ...LENGTH,
      help: 'How far apart two forgeries are on average, pixel by pixel. All alike would be 0.',
    },
    {
      key: 'withinClassDiversity',
      name: 'Variety within a class',
      ...LENGTH,
      help: 'The same for two forgeries of one class: low when there is one drawing of each digit.',
    },
    {
      key: 'nearestMedian',
      real: 'nearestReal',
      name: 'Nearest training image',
      ...LENGTH,
      help: 'How far a forgery is from the training image most like it. Much nearer than real digits are means: learned by heart.',
    },
    {
      key: 'birthdayPairs',
      of: ['birthdaySamples', 'pairs among'],
      name: 'Near doubles',
      format: whole,
      range: upTo(4),
      help: 'Forgeries that are almost the same. Many of them among few samples mean little variety.',
    },
    {
      key: 'checkerboard',
      name: 'Checkerboard',
      ...RATIO,
      format: (value) => (isKnown(value) && value < LEAST ? two(value) : formatShort(value)), // coarse pixels have none
      help: 'How much of the fine detail repeats every second pixel, against real digits: 1 is as much as theirs.',
    },
  ],
  point: [
    {
      key: 'modes',
      of: ['modeCount', 'of'],
      name: 'Parts found',
      format: whole,
      range: upTo(1),
      help: 'How many parts of the world the forgeries reach, with more than a stray one.',
    },
    {
      key: 'highQuality',
      name: 'Good forgeries',
      ...SHARE,
      help: 'The share of forgeries that lie where the world is dense.',
    },
    {
      key: 'divergence',
      name: 'Imbalance',
      format: two,
      range: upTo(0.5),
      help: 'How unevenly the good ones fall on the parts; 0 is evenly (Kullback-Leibler divergence).',
    },
    {
      key: 'meanRadius',
      name: 'From the middle',
      ...LENGTH,
      help: 'How far the mean of the forgeries is from the middle of the plane.',
    },
  ],
};

/** What a result has, in the order of the panel: games bring measures of their own. @param {Result} result @returns {Spec[]} */
const specsOf = (result) =>
  result.form === 'game'
    ? result.measures.map(({ isShare, ...measure }) => ({ ...measure, ...(isShare ? SHARE : LENGTH) }))
    : MEASURES[result.form];

/** A measured number by its key. @param {Result} result @param {string} [key] */
const valueOf = (result, key) =>
  /** @type {Record<string, number | null | undefined>} */ (/** @type {unknown} */ (result))[key ?? ''];

/** The value in words: "0.48", "7 of 8", "0.31 (real: 0.35)". @param {Spec} spec @param {Result} result */
function inWords({ key, real, of, format }, result) {
  const value = valueOf(result, key);
  if (!isKnown(value)) return null;
  if (of) return `${format(value)} ${of[1]} ${formatCount(valueOf(result, of[0]))}`;
  const ofReal = valueOf(result, real);
  return `${format(value)}${isKnown(ofReal) ? ` (real: ${format(ofReal)})` : ''}`;
}

/** The one number by which samples are compared, and when it was measured. @param {Result} result @returns {[string, string]} */
export function headline(result) {
  const [first] = specsOf(result);
  return [
    `${first.key === 'nfd' ? 'nFD' : first.name} at step ${formatCount(result.step)}`,
    inWords(first, result) ?? two(NaN),
  ];
}

/** The same as a number; null: not measured. @param {Result} result */
export const headlineValue = (result) => valueOf(result, specsOf(result)[0].key) ?? null;

/** One measure: its value; unfolded, what it means and how it went. */
class Measure {
  element;
  #spec;
  #host;
  #chart;
  #value = h('span', { class: 'value' });

  /**
   * @param {Spec} spec
   * @param {number[]} columns  of the history, with what originals have if that is known
   * @param {string} x  what it is drawn over
   * @param {HTMLElement} host
   */
  constructor(spec, columns, x, host) {
    this.#spec = spec;
    this.#host = host;
    const { name, help, ...drawing } = spec;
    this.#chart = new Chart({
      axisFormat: spec.format === two ? formatShort : spec.format,
      ...drawing,
      title: name,
      detail: `${help}${spec.line ? ' The dotted line is at 1.' : ''}`,
      columns,
      x,
      height: 150,
      series: [
        { name: 'Forgeries', role: '', color: '--orange', dash: [] },
        { name: 'Originals', role: '', color: '--blue', dash: [7, 4] },
      ].slice(0, columns.length),
    });
    this.element = h(
      'details',
      { class: 'measure', on: { toggle: () => this.paint() } },
      h('summary', {}, h('span', {}, h('span', {}, name), this.#value)),
      this.#chart.element,
    );
  }

  /** @param {Result | null} result  null: nothing is measured yet */
  show(result) {
    const words = result && inWords(this.#spec, result);
    this.element.hidden = !words;
    this.#value.textContent = words ?? '';
  }

  /** @param {import('./chart.js').Data} data @param {number[][]} [gaps] */
  update(data, gaps) {
    this.#chart.update(data, gaps);
  }

  /** Draws the curve, in the colours of this moment, where it can be seen. */
  paint() {
    if (this.element.open) this.#chart.paint(this.#host);
    else this.stop();
  }

  stop() {
    this.#chart.stop();
  }
}

/** @extends {Curves<Measure>} */
export class Quality extends Curves {
  element;
  #columns = h('div', { class: 'columns' });
  #shares = h('div', { class: 'shares', role: 'list', 'aria-label': 'Classes of the forgeries' });
  #state = h('p', { class: 'detail', role: 'status' });
  #kinds = h('p', { class: 'kinds', hidden: true });
  /** What the measures are the same by. */
  #same = '';
  /** Of the history: examples seen, then the values of all measures and of originals. @type {string[]} */
  #keys = [];

  /** @param {HTMLElement} host  whose style defines the colours @param {() => void} measure */
  constructor(host, measure) {
    super(host);
    this.element = h(
      'section',
      { class: 'panel quality', 'aria-label': 'How good is it?' },
      h('h2', {}, 'How good is it?'),
      h(
        'div',
        { class: 'row' },
        h('button', { type: 'button', class: 'button', on: { click: measure } }, 'Measure now'),
        this.#state,
      ),
      this.#kinds,
      this.#columns,
    );
    this.clear();
  }

  /** @param {number | undefined} share @param {string | undefined} problem */
  progress(share, problem) {
    this.#state.textContent = problem ?? `Measuring: ${formatPercent(share)}`;
  }

  /** @param {Result} result */
  show(result) {
    const { form, step, samples, durationMs } = result;
    const specs = specsOf(result);
    const same = specs.map(({ key }) => key).join();
    if (same !== this.#same) this.#build(specs, form);
    this.#same = same;
    this.#state.textContent = `${formatCount(samples)} ${form === 'game' ? 'examples' : 'samples'} at step ${formatCount(step)}${isKnown(durationMs) ? `, measured in ${formatShort(durationMs / 1000)} s` : ''}${result.form === 'game' && result.lacksJudge ? NO_JUDGE : ''}`;
    this.#columns.hidden = false;
    this.#showShares(result.form === 'image' ? result.classShares : []);
    this.#showKinds(result.form === 'image' ? result.recall : null);
    this.history.push(
      step,
      this.#keys.map((key) => valueOf(result, key) ?? NaN),
    );
    for (const measure of this.charts) measure.show(result);
    this.update();
  }

  /** What is unfolded stays so as long as the measures are the same. @param {Spec[]} specs @param {Result['form']} form */
  #build(specs, form) {
    this.stop();
    this.#keys = ['images', ...specs.flatMap(({ key, real }) => (real ? [key, real] : [key]))];
    this.history = new History(this.#keys.length);
    this.charts = specs.map((spec) => {
      const columns = (spec.real ? [spec.key, spec.real] : [spec.key]).map((key) => this.#keys.indexOf(key));
      return new Measure(spec, columns, form === 'point' ? 'real points seen' : 'real images seen', this.host);
    });
    const [first, ...others] = this.charts.map(({ element }) => element);
    first.open = true;
    this.#columns.replaceChildren(
      h('div', {}, first, this.#shares),
      h('div', {}, h('p', { class: 'detail' }, 'Click a metric for its meaning and history.'), ...others),
    );
  }

  /** Digits that one can read are not yet many kinds of digits. @param {Known} recall */
  #showKinds(recall) {
    this.#kinds.hidden = !isKnown(recall) || recall >= FEW_KINDS;
    this.#kinds.textContent = `Recall is ${formatPercent(recall)}: early samples are few kinds of each digit, even where all can be read.`;
  }

  /** @param {number[]} shares */
  #showShares(shares) {
    this.#shares.hidden = shares.length === 0;
    if (this.#shares.hidden) return;
    // A scale that stays: three times an even share fills the bar, so that bars can be compared over time.
    const most = 3 / shares.length;
    this.#shares.replaceChildren(
      h('h3', {}, `Which digits it draws (even: ${formatPercent(1 / shares.length)} each)`),
      ...shares.map((share, digit) => {
        const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
        bar.style.setProperty('--level', String(Math.min(1, share / most)));
        return h(
          'div',
          { role: 'listitem' },
          h('span', {}, String(digit)),
          bar,
          h('span', { class: 'value' }, formatPercent(share)),
        );
      }),
    );
  }

  /** Over the examples seen, in place of the steps. */
  get data() {
    return this.history.data.slice(1);
  }

  /** @param {History} history @param {Result | null} [last]  what was measured last in it; null: nothing was */
  recall(history, last = null) {
    this.clear();
    if (!last) return;
    this.show(last);
    super.recall(history);
  }

  clear() {
    super.clear();
    this.#columns.hidden = this.#kinds.hidden = true;
    this.#state.textContent = 'Not measured yet: it is measured now and then while training goes on.';
  }
}
