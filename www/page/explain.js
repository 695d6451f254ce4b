/** Explain: what is played, what each side minimises with the numbers of the last step, the lines that do it, and what to watch. */

/** @import { Context, MetricsOf } from '../../types/page.js' */
/** @import { Info, Quality, Settings, State, Tables } from '../protocol.js' */
/** @import { ExplainDoor } from './doors.js' */

import { h } from './dom.js';
import { Excerpts } from './explain-code.js';
import { gameOf, penaltyOf, sidesOf, stageOf } from './explain-numbers.js';
import { Minimised } from './explain-side.js';
import { LOSSES } from './explain-losses.js';
import { figureOf, isFlat, kindOf, watchNow } from './explain-watch.js';
import { landmarksOf } from './link.js';
import { Recent } from './recent.js';
import { scaleOf } from './scale.js';

const EVERY_MS = 500; // a number that changes more often cannot be read
const FEWEST = 20; // before that many steps they say nothing
const WINDOW = 50; // steps that D's outputs are averaged over, for what to watch

export class Explain {
  element;
  #host;
  #door;
  #what = h('div', { class: 'what' });
  #formulas = h('div', { class: 'formulas' }, h('p', { class: 'detail' }, 'Formulas come with the first step.'));
  #excerpts = new Excerpts();
  #watch = h('p', { class: 'watch-now' });
  /** @type {Minimised[]} */
  #sides = [];
  /** @type {Tables | null} */
  #tables = null;
  /** @type {Info | null} */
  #info = null;
  #settings = /** @type {Settings} */ ({});
  #stage = 0;
  #step = 0;
  /** What the engine reports of the last step, by its key. @type {import('./explain-numbers.js').Values | null} */
  #values = null;
  #recent = new Recent();
  /** Figures of the last evaluations. @type {{ step: number, figure: number }[]} */
  #figures = [];
  /** @type {[covered: number, count: number] | null} */
  #modes = null;
  #visible = false;
  #shownAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | null} */
  #timer = null;
  #leave = new AbortController();

  /** @param {Context} context @param {ExplainDoor} door */
  constructor({ host }, door) {
    this.#host = host;
    this.#door = door;
    this.element = h(
      'section',
      { class: 'panel explain', 'aria-label': 'Explain' },
      this.#what,
      h('h3', {}, 'What each side minimises'),
      this.#formulas,
      h('h3', {}, 'The lines that do it'),
      this.#excerpts.element,
      h('h3', {}, 'What to watch now'),
      this.#watch,
    );
    const { signal } = this.#leave;
    host.shadowRoot.addEventListener(
      'slow-step',
      (event) => this.#excerpts.light(/** @type {CustomEvent} */ (event).detail),
      { signal },
    );
  }

  /** @param {boolean} visible */
  shown(visible) {
    this.#visible = visible;
    if (visible) this.#update();
  }

  /** @param {Tables} tables */
  tables(tables) {
    this.#tables = tables;
  }

  /** @param {Info} info @param {Settings} settings */
  ready(info, settings) {
    this.#info = info;
    this.#settings = settings;
    this.#stage = info.stage;
    this.#recent.metrics = info.metrics;
    const measured = this.#door.measured;
    if (measured) this.metrics(measured);
    this.#build();
  }

  /** @param {Settings} settings */
  settings(settings) {
    this.#settings = settings;
    this.#build();
  }

  /** @param {MetricsOf} metrics */
  metrics({ step, stage, rows, width }) {
    this.#step = step;
    if (rows.length) {
      const last = rows.subarray(rows.length - width);
      const names = this.#info?.metrics ?? [];
      this.#values = Object.fromEntries(names.map((name, at) => [name, last[1 + at]]));
      this.#recent.push(rows, width);
    }
    if (stage !== this.#stage) {
      this.#stage = stage;
      this.#build();
    }
    this.#soon();
  }

  /** @param {State} _state @param {number} step */
  state(_state, step) {
    this.#step = step;
    this.#soon();
  }

  /** @param {Quality} result */
  evaluation(result) {
    this.#figures.push({ step: result.step, figure: figureOf(result) });
    const covered = result.form === 'point' ? result.modes : null;
    this.#modes =
      result.form === 'point' && covered !== null && result.modeCount ? [Math.round(covered), result.modeCount] : null;
    this.#soon();
  }

  /** @param {number} step */
  truncate(step) {
    this.#figures = this.#figures.filter((figure) => figure.step <= step);
    this.#recent.truncate(step);
    this.#values = null;
    this.#soon();
  }

  break() {
    this.#recent.clear();
  }

  clear() {
    this.#recent.clear();
    this.#figures = [];
    this.#modes = null;
    this.#values = null;
    this.#step = 0;
    this.#soon();
  }

  destroy() {
    this.#leave.abort();
    clearTimeout(this.#timer ?? undefined);
  }

  // What stays while a run goes on ------------------------------------------------------------------

  #build() {
    const [info, tables] = [this.#info, this.#tables];
    const game = info && gameOf(info);
    if (!info || !tables || !game) return;
    const algorithm = tables.algorithms.find(({ key }) => key === info.algorithm);
    const preset = tables.presets.find(({ key }) => key === this.#settings.preset);
    if (!algorithm) return;
    this.#what.replaceChildren(
      h('h2', {}, algorithm.name),
      h('p', {}, `${algorithm.summary} ${game.who}`),
      preset?.note ? h('p', {}, preset.note) : '',
      h(
        'p',
        { class: 'detail' },
        'Paper: ',
        h('a', { href: game.link, target: '_blank', rel: 'noreferrer' }, `${algorithm.paper}, ${algorithm.year}`),
      ),
    );
    const sides = sidesOf(info, this.#settings, this.#stage);
    const run = { info, tables, settings: this.#settings, game };
    const told = /** @type {Set<string>} */ (new Set());
    this.#sides = sides.map((side) => new Minimised(side, run, told));
    const penalty = penaltyOf(info, this.#settings);
    const isContest = sides.some(({ verdict }) => verdict !== null);
    const isLast = !game.stages?.[this.#stage];
    const says = [isContest && !game.tells && LOSSES[info.loss]?.says, penalty?.says, isLast && game.note].filter(
      Boolean,
    );
    this.#formulas.replaceChildren(
      ...this.#sides.map(({ element }) => element),
      ...says.map((text) => h('p', { class: 'detail' }, String(text))),
    );
    const picked = [info.loss, ...(penalty ? [String(this.#settings.penalty)] : [])];
    const { code } = stageOf(game, info, this.#stage);
    this.#excerpts.show(code, isContest && !game.tells ? picked : [], this.#stage);
    if (this.#visible) this.#update();
  }

  // What changes with the steps --------------------------------------------------------------------

  #soon() {
    if (!this.#visible || this.#timer !== null) return;
    const wait = Math.max(0, this.#shownAt + EVERY_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#visible) this.#update();
    }, wait);
  }

  #update() {
    if (!this.#info) return;
    this.#shownAt = performance.now();
    for (const side of this.#sides) side.update(this.#values, this.#step);
    this.#excerpts.load();
    const words = watchNow(this.#facts(this.#info));
    if (this.#watch.textContent !== words) this.#watch.textContent = words;
  }

  /** @param {Info} info @returns {import('./explain-watch.js').Facts} */
  #facts(info) {
    const tables = this.#tables;
    const isKnown = this.#recent.length >= FEWEST;
    const landmarks = tables ? landmarksOf(this.#settings, tables) : [];
    const preset = tables?.presets.find(({ key }) => key === this.#settings.preset);
    return {
      kind: kindOf(info),
      step: this.#step,
      trainedSteps: this.#settings.start === 'trained' ? (preset?.trained?.steps ?? null) : null,
      now: landmarks.findLast(({ step }) => step <= this.#step)?.now ?? null,
      next: landmarks.find(({ step }) => step > this.#step)?.next ?? null,
      alarm: this.#host.status.findings.find(({ severity }) => severity === 'alarm') ?? null,
      real: isKnown ? this.#recent.mean('d_real', WINDOW) : NaN,
      fake: isKnown ? this.#recent.mean('d_fake', WINDOW) : NaN,
      isProbability: scaleOf(info) === 'probability',
      isFlat: isFlat(this.#figures.map(({ figure }) => figure)),
      modes: this.#modes,
      watch: tables?.algorithms.find(({ key }) => key === info.algorithm)?.watch ?? '',
    };
  }
}
