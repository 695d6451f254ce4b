/** What one can see of a run besides what is there: logits, gradients, verdicts on tiles, one sample through all layers. */

/** @import { Context } from '../../types/page.js' */
/** @import { Info, LookInside, Settings, State } from '../protocol.js' */

import { Averages } from './averages.js';
import { formatCount, formatShort, h } from './dom.js';
import { range } from './draw.js';
import { GradientCurves } from './gradient-curves.js';
import { norms } from './gradient-history.js';
import { Gradients, Logits } from './overview.js';
import { rated, scaleOf } from './scale.js';
import { Seen } from './seen.js';
import { Specimen } from './specimen.js';
import { Tiles } from './tiles.js';

const EVERY_MS = 1_000;
const SHARE = 10; // between two looks goes by so many times what one takes
const AWAKE = new Set(['paused', 'playing', 'stepping', 'phase']);

/** @typedef {LookInside['kind']} Kind */

export class Inside {
  element;
  #request;
  #tiles;
  #logits;
  #gradients = new Gradients();
  #door;
  #curves;
  #specimen;
  #averages;
  #toggle;
  #state = h('p', { class: 'detail' }, 'Not looked at yet');
  /** Parts of it that are in sight. */
  /** @type {Set<Element>} */
  #inSight = new Set();
  #observer;
  /** @type {{ kind: 'samples' | 'real', tile: number } | null} */
  #chosen = null;
  #judged = false;
  /** @type {import('./scale.js').Scale} */
  #scale = 'probability';
  #awake = false;
  #busy = false;
  #stale = true;
  #session = 0;
  /** @type {[number, number]} */
  #page = [1, 1];
  #notBefore = 0;
  /** @type {ReturnType<typeof setTimeout> | number} */
  #timer = 0;

  /** @param {Context} context @param {import('./doors.js').InsideDoor} door */
  constructor({ host, request, actions, stage }, door) {
    this.#request = request;
    this.#door = door;
    this.#logits = new Logits(host);
    this.#curves = new GradientCurves(host, door.gradients);
    /** @param {Kind} kind @param {string} group @param {string} name */
    const tiles = (kind, group, name) => new Tiles(group, name, (tile) => this.#choose(kind, tile));
    this.#tiles = { samples: tiles('samples', 'Forgeries', 'Forgery'), real: tiles('real', 'Originals', 'Original') };
    for (const [kind, { element }] of this.#both) stage.frame(kind).append(element);
    this.#specimen = new Specimen(() => {
      if (this.#chosen) this.#tiles[this.#chosen.kind].focus(this.#chosen.tile);
    });
    this.#averages = new Averages(() => this.#look(true), actions.change);
    this.#toggle = h(
      'button',
      { type: 'button', class: 'button', 'aria-pressed': 'false', on: { click: () => this.#judge() } },
      'Verdicts on the pictures',
    );
    this.element = h(
      'section',
      { class: 'panel inside', 'aria-label': 'Inside' },
      h('h2', {}, 'Inside'),
      h('div', { class: 'row' }, this.#toggle, this.#state),
      h('div', { class: 'columns' }, this.#logits.element, this.#gradients.element, this.#curves.element),
      this.#specimen.element,
      this.#averages.element,
    );
    this.#observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.#inSight[isIntersecting ? 'add' : 'delete'](target);
      this.#look();
    });
    for (const element of [this.element, this.#tiles.samples.element, this.#tiles.real.element])
      this.#observer.observe(element);
  }

  /** @param {Info} info @param {Settings} settings */
  ready({ data, page }, settings) {
    this.#session += 1;
    this.#page = page;
    this.#scale = scaleOf(settings);
    const isImage = data.form === 'image';
    for (const tiles of Object.values(this.#tiles)) {
      tiles.set(page[0], isImage ? page[1] : 0);
      tiles.element.hidden = !isImage;
    }
    for (const element of [this.#specimen.element, this.#averages.element, this.#toggle]) element.hidden = !isImage;
    this.#forget();
  }

  get #both() {
    return /** @type {[Kind, Tiles][]} */ (Object.entries(this.#tiles));
  }

  /** @param {Settings} settings */
  settings(settings) {
    this.#averages.settings(settings);
  }

  /** @param {boolean} visible */
  shown(visible) {
    this.#curves.shown(visible);
    for (const { element } of Object.values(this.#tiles)) element.classList.toggle('off', !visible);
    const picked = visible && this.#door.take();
    if (picked) this.#tiles[picked.kind].pick(picked.tile);
  }

  metrics() {
    this.#look(true);
  }

  /** @param {State} state */
  state(state) {
    this.#awake = AWAKE.has(state);
    this.#look();
  }

  pulse() {
    this.#curves.update();
  }

  truncate() {
    this.#curves.update();
    this.#look(true);
  }

  clear() {
    this.#curves.update();
    this.#forget();
  }

  /** What was seen of the session before. */
  #forget() {
    this.#chosen = null;
    this.#specimen.clear();
    this.#logits.clear();
    this.#gradients.clear();
    for (const tiles of Object.values(this.#tiles)) {
      tiles.mark(null);
      tiles.show(null);
    }
    this.#state.textContent = 'Not looked at yet';
    this.#look(true);
  }

  paint() {
    this.#logits.paint();
    this.#curves.paint();
  }

  destroy() {
    this.#curves.stop();
    this.#observer.disconnect();
    for (const [, { element }] of this.#both) element.remove();
    clearTimeout(this.#timer);
    this.#awake = false;
  }

  #judge() {
    this.#judged = !this.#judged;
    this.#toggle.setAttribute('aria-pressed', String(this.#judged));
    if (!this.#judged) for (const tiles of Object.values(this.#tiles)) tiles.show(null);
    this.#look(true);
  }

  /** @param {Kind} kind @param {number} tile */
  async #choose(kind, tile) {
    this.#chosen = { kind, tile };
    for (const [other, tiles] of Object.entries(this.#tiles)) tiles.mark(other === kind ? tile : null);
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    try {
      await this.#fetch({ overview: false, averages: false });
    } catch {
      return; // told by an event
    }
    this.#specimen.element.scrollIntoView({ block: 'nearest', behavior: calm ? 'auto' : 'smooth' });
    this.#specimen.element.focus({ preventScroll: true });
  }

  /**
   * Asks for what is wished and for the sample that is chosen, and shows it unless it is no longer wanted.
   * @param {Pick<LookInside, 'overview' | 'averages'> & { tile?: null }} wish
   */
  async #fetch(wish) {
    const [chosen, session] = [this.#chosen, this.#session];
    const seen = new Seen(await this.#request({ type: 'inside', tile: null, kind: 'samples', ...chosen, ...wish }));
    if (session !== this.#session) return;
    if (wish.overview) this.#show(seen);
    if (seen.all('raw').length) this.#averages.show(seen, this.#page);
    if (!chosen || chosen !== this.#chosen || !seen.values('logit').length) return;
    this.#specimen.show(
      seen,
      this.#tiles[chosen.kind].title(chosen.tile),
      rated(this.#output(seen.values('logit')[0]), this.#scale),
    );
  }

  /** A logit as the page speaks of it. @param {number} logit */
  #output(logit) {
    return this.#scale === 'probability' ? 1 / (1 + Math.exp(-logit)) : logit;
  }

  /** Looks inside if anybody sees it, something has changed, and the last look was long enough ago. */
  #look(changed = false) {
    this.#stale ||= changed;
    const seen = this.#inSight.has(this.element) || (this.#judged && this.#inSight.size > 0);
    if (!this.#stale || !this.#awake || this.#busy || !seen || document.hidden) return;
    clearTimeout(this.#timer);
    const wait = this.#notBefore - performance.now();
    if (wait > 0) this.#timer = setTimeout(() => this.#look(), wait);
    else this.#ask();
  }

  async #ask() {
    const started = performance.now();
    this.#busy = true;
    this.#stale = false;
    /** @type {{ overview: boolean, averages: boolean, tile: null }} */
    const nothing = { overview: false, averages: false, tile: null };
    try {
      // One after another, so that training goes on between them.
      await this.#fetch({ ...nothing, overview: true });
      if (this.#inSight.has(this.element)) {
        if (this.#chosen) await this.#fetch({ overview: false, averages: false });
        if (this.#averages.wanted) await this.#fetch({ ...nothing, averages: true });
      }
    } catch {
      // Told by an event, if it matters.
    }
    this.#busy = false;
    const now = performance.now();
    this.#notBefore = now + Math.max(EVERY_MS, SHARE * (now - started));
    this.#look();
  }

  /** @param {Seen} seen */
  #show(seen) {
    const { step } = seen;
    const [samples, real] = seen.all('logits').map(({ values }) => values);
    this.#state.textContent = `At step ${formatCount(step)}`;
    this.#logits.show(real, samples);
    const layers = norms(seen.all('gradient_square'));
    this.#gradients.show(layers);
    this.#door.gradients.push(step, layers);
    this.#curves.update();
    if (!this.#judged) return;
    // Scores have no scale of their own: the bars span what these two pictures have.
    const [low, high] = this.#scale === 'score' ? range([...samples, ...real]) : [0, 1];
    for (const [kind, tiles] of this.#both) {
      const logits = kind === 'samples' ? samples : real;
      tiles.show(
        Array.from(logits, (logit) => {
          const output = this.#output(logit);
          const level = Math.min(1, Math.max(0, (output - low) / (high - low || 1)));
          return {
            level,
            text: `${rated(output, this.#scale)}, logit ${formatShort(logit)}, at step ${formatCount(step)}`,
          };
        }),
      );
    }
  }
}
