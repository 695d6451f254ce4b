/** What one side minimises: the formula, what its symbols stand for, and below it the same with the numbers of the last step. */

/** @import { Info, Settings, Tables } from '../protocol.js' */
/** @import { Game } from './explain-games.js' */
/** @import { Formula } from './formula.js' */
/** @import { Side, Values } from './explain-numbers.js' */

import { formatCount, formatShort, h, uniqueId } from './dom.js';
import { LOSSES, SYMBOLS } from './explain-losses.js';
import { comesTo, numbersOf } from './explain-numbers.js';
import { drawn, markup, namesOf, sideOf, worth } from './formula.js';
import { scaleOf } from './scale.js';

const NAMES = { D: ['D', 'the discriminator'], G: ['G', 'the generator'] };

export class Minimised {
  element;
  #side;
  #run;
  #live = h('div', { class: 'live', 'aria-live': 'off' });

  /**
   * @param {Side} side
   * @param {{ info: Info, tables: Tables, settings: Settings, game: Game }} run
   * @param {Set<string>} told  symbols of which it has been said what they stand for
   */
  constructor(side, run, told) {
    this.#side = side;
    this.#run = run;
    const [letter, name] = NAMES[side.side];
    const title = h('h4', { id: uniqueId('side') });
    const who = side.side === 'D' && scaleOf(run.info) === 'score' ? 'the critic' : name;
    const names = side.learner
      ? [side.learner]
      : [h('span', { class: side.side === 'D' ? 'of-d' : 'of-g' }, letter), `, ${who}`];
    title.append(...names, ', minimises');
    this.element = h(
      'div',
      { class: 'side', data: { side: side.side } },
      title,
      scrolling('formula', math(markup(side.symbols)), `What ${letter} minimises`),
      this.#legend(told),
      this.#live,
    );
    this.update(null, 0);
  }

  /** What the symbols of the formula stand for, that are not told yet. @param {Set<string>} told */
  #legend(told) {
    const { info, game, tables, settings } = this.#run;
    /** @type {Record<string, string>} */
    const critic = scaleOf(info) === 'score' ? { D: 'the critic: its score for an example' } : {};
    const known = { ...SYMBOLS, ...critic, ...game.symbols };
    const all = namesOf(this.#side.symbols).flatMap((name) => [name.split('_')[0], ...indices(name), name]);
    const names = [...new Set(all)].filter((name) => !told.has(name));
    for (const name of names) told.add(name);
    /** @type {[Element, string][]} */
    const rows = names.filter((name) => known[name] !== undefined).map((name) => [math(symbol(name)), known[name]]);
    for (const name of names.filter((name) => name.startsWith('lambda_'))) {
      const key = name.replace('lambda_', '') + '_weight';
      const setting = tables.settings.find((row) => row.key === key);
      const weight = `${setting?.name ?? key}: ${formatShort(Number(settings[key]))}`;
      rows.push([math(markup({ kind: 'name', name })), weight]);
    }
    return h(
      'dl',
      { class: 'legend-of' },
      ...rows.map(([of, text]) => h('div', {}, h('dt', {}, of), h('dd', {}, text))),
    );
  }

  /** @param {Values | null} values  null: none yet @param {number} step */
  update(values, step) {
    const { loss, verdict, total, isAbout, side } = this.#side;
    if (!values) {
      this.#live.replaceChildren(h('p', { class: 'detail' }, 'Numbers come with the first step.'));
      return;
    }
    const { info, settings } = this.#run;
    const reported = values[loss];
    const numbers = numbersOf(values, settings, info.loss);
    /** @type {(Node | string)[]} */
    const lines = [];
    if (verdict && Number.isFinite(reported)) {
      const { value, isExact } = comesTo(verdict, reported, numbers);
      if (Number.isFinite(value)) lines.push(...this.#line(verdict, value, isExact ? '=' : '\u2248', numbers));
      lines.push(said('Reported', reported, `, the mean over the batch of step ${formatCount(step)}.`));
      if (Number.isFinite(value) && !isExact) lines.push(h('p', { class: 'detail' }, why(side, info.loss)));
    } else if (Number.isFinite(reported)) {
      lines.push(said('Reported', reported, `, its adversarial loss in step ${formatCount(step)}.`));
    }
    if (total?.kind === 'name') {
      lines.push(said('Reported', worth(total, numbers), `, the mean over the batch of step ${formatCount(step)}.`));
    } else if (total) {
      const { value } = comesTo(total, NaN, numbers);
      if (lines.length) lines.push(h('p', { class: 'detail' }, 'With all terms, as they are reported:'));
      lines.push(...this.#line(total, value, isAbout ? '\u2248' : '=', numbers, 'all-terms'));
    }
    if (lines.length === 0) lines.push(h('p', { class: 'detail' }, `${side} did not learn in this step.`));
    this.#live.replaceChildren(...lines);
  }

  /**
   * A formula with numbers in it, and what it comes to where all of them are known.
   * @param {Formula} formula @param {number} value @param {string} sign @param {(name: string) => number | undefined} numbers
   * @param {string} [kind]
   */
  #line(formula, value, sign, numbers, kind = 'by-means') {
    const shown = (/** @type {string} */ name) => {
      const number = numbers(name);
      return number === undefined ? undefined : formatShort(number);
    };
    const filled = markup(formula, shown);
    const ends = Number.isFinite(value)
      ? [
          { tag: 'mo', children: [sign] },
          { tag: 'mn', class: 'comes-to', children: [formatShort(value)] },
        ]
      : [];
    return [scrolling(kind, math({ tag: 'mrow', children: [filled, ...ends] }), 'With the numbers of the last step')];
  }
}

/** What stands below a letter: `ij` are two. @param {string} name */
const indices = (name) => (name.startsWith('lambda_') ? [] : [...(name.split('_')[1] ?? '')]);

const TURN = 'D\u2019s word for forgeries is that of D\u2019s own turn, a moment before.';

/** Why the formula of means and the mean of the formula differ. @param {'D' | 'G'} side @param {string} loss */
function why(side, loss) {
  if (side === 'G' && LOSSES[loss]?.isLinear) return TURN;
  const means = LOSSES[loss]?.isScore
    ? 'Of the scores only the mean of their sigmoid is reported, so that they are about right.'
    : 'The formula has the batch\u2019s means in it, and the engine takes the mean last.';
  return side === 'G' ? `${means} ${TURN}` : means;
}

/** @param {string} name @param {number} value @param {string} more */
const said = (name, value, more) =>
  h('p', { class: 'reported' }, `${name}: `, h('span', { class: 'value' }, formatShort(value)), more);

/** @param {string} name @returns {import('./formula.js').Markup} */
function symbol(name) {
  if (['norm', 'l1', 'l2', 'grad', 'E', 'both'].includes(name)) {
    const inner = { kind: /** @type {const} */ ('name'), name: name === 'grad' ? 'D' : '\u00b7' };
    return markup({ kind: 'call', name, of: [inner] });
  }
  return { ...markup({ kind: 'name', name }), class: sideOf(name) };
}

/** @param {import('./formula.js').Markup} inner */
const math = (inner) => drawn({ tag: 'math', children: [inner] });

/** A part that moves sideways by itself, by keyboard too. @param {string} kind @param {Element} inner @param {string} label */
const scrolling = (kind, inner, label) =>
  h('div', { class: `scrolling ${kind}`, role: 'group', tabIndex: 0, 'aria-label': label }, inner);
