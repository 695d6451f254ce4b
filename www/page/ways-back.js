/**
 * What leads back to a run that a click has ended, and the states of it that are kept while it trains. The code comes once
 * the first step is learned, so that a first visit does not wait for it; what it needs to know by then is told again.
 */

/** @import { Context } from '../../types/page.js' */
/** @import { RawSettings, Settings, Tables } from '../protocol.js' */

import { h } from './dom.js';

/** What is told again, in this order: the last of each; `begin` is the first `settings`. */
const REMEMBERED = ['controls', 'shown', 'tables', 'begin', 'ready', 'settings', 'evaluation', 'state', 'metrics'];

const AGAIN_MS = 10_000; // between two attempts that nobody has asked for

/** @typedef {{ keeper: import('./keeper.js').Keeper, undo: import('./undo.js').Undo, exhibit: import('./exhibit.js').Exhibit,
 *   scrubber: import('./scrubber.js').Scrubber }} Parts */

export class WaysBack {
  bar = h('div', { class: 'undo', role: 'status', hidden: true });
  strip = h('section', { class: 'scrubber', 'aria-label': 'The run so far' });
  banner = h('section', { class: 'exhibiting', 'aria-label': 'Exhibit', hidden: true });
  /** Takes down what the page knows of the run; a call of what it returns puts that back. */
  remember;
  #context;
  /** @type {Map<string, unknown[]>} */
  #last = new Map();
  /** @type {Parts | null} */
  #parts = null;
  /** @type {Promise<Parts> | null} */
  #coming = null;
  #tryAt = 0;
  /** How often the visitor has asked for other settings. */
  asks = 0;

  /** @param {Context} context @param {() => () => void} remember */
  constructor(context, remember) {
    this.#context = context;
    this.remember = remember;
    context.waysBack = this;
    context.keepRun = async () => {
      try {
        const { keeper } = this.#parts ?? (await this.come());
        return await keeper.keepRun();
      } catch ({ message }) {
        return { kept: null, problem: `what keeps it did not load (${message})` };
      }
    };
  }

  /** @param {string} method  of those in panels.js, or `controls` @param {unknown[]} values */
  tell(method, ...values) {
    this.#last.set(method, values);
    if (method === 'controls') this.#place(.../** @type {[Set<string>]} */ (values));
    if (method === 'settings' && !this.#last.has('begin')) this.tell('begin', ...values);
    for (const part of Object.values(this.#parts ?? {})) call(part, method, values);
    if (this.#isDue && performance.now() >= this.#tryAt) this.come().catch(() => {}); // it is tried again later
  }

  /** The strip takes its room before its code is there. @param {Set<string>} controls */
  #place(controls) {
    this.strip.hidden = !controls.has('timeline') || !controls.has('samples');
  }

  /** A step is learned, or there is an exhibit to be told of. */
  get #isDue() {
    const { step } = this.#context.host.status;
    const [settings] = /** @type {[Settings?]} */ (this.#last.get('settings') ?? []);
    return !this.#coming && (step > 0 || this.#isExhibit(settings?.preset));
  }

  /** @param {unknown} preset */
  #isExhibit(preset) {
    const [tables] = /** @type {[Tables?]} */ (this.#last.get('tables') ?? []);
    return Boolean(tables?.presets.find(({ key }) => key === preset)?.provokes);
  }

  /** @returns {Promise<Parts>} @throws {Error} why the code did not load; the next call tries again */
  come() {
    this.#coming ??= this.#begin();
    this.#coming.catch(() => {
      this.#coming = null;
      this.#tryAt = performance.now() + AGAIN_MS;
    });
    return this.#coming;
  }

  async #begin() {
    const { Keeper, Undo, Exhibit, Scrubber } = await import('./ways-back-parts.js');
    const keeper = new Keeper(this.#context);
    const undo = new Undo(this.#context, keeper, this);
    const parts = {
      keeper,
      undo,
      exhibit: new Exhibit(this.#context, undo, this.banner),
      scrubber: new Scrubber(this.#context, keeper, undo, this.strip),
    };
    for (const method of REMEMBERED) {
      const values = this.#last.get(method);
      // Of a run that has learned nothing there is nothing to keep.
      if (!values || (method === 'metrics' && this.#context.host.status.step === 0)) continue;
      for (const part of Object.values(parts)) call(part, method, values);
    }
    this.#parts = parts;
    return parts;
  }

  /**
   * Does what may end the run, so that it can be undone.
   * @template T
   * @param {import('./undo.js').Act} kind @param {() => Promise<T>} act
   * @param {RawSettings} [values]  of a change
   */
  leave(kind, act, values) {
    return this.#parts ? this.#parts.undo.leave(kind, act, values) : act();
  }

  /** The visitor asks for other settings. @param {RawSettings} values @param {() => Promise<unknown>} change */
  async ask(values, change) {
    if (this.#context.travelling) return change();
    const asked = (this.asks += 1);
    if (!this.#parts && this.#isExhibit(values.preset)) await this.come().catch(() => {});
    if (asked < this.asks) return; // something newer was asked for meanwhile
    await (this.#parts ? this.#parts.exhibit.ask(values, change) : change());
  }

  /** Brings back the run that was left last. */
  async undo() {
    if (!this.#parts) throw new Error('There is nothing to undo.');
    await this.#parts.undo.undo();
  }
}

/** @param {object} part @param {string} method @param {unknown[]} values */
function call(part, method, values) {
  /** @type {Record<string, ((...values: unknown[]) => void) | undefined>} */ (part)[method]?.(...values);
}
