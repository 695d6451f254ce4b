/** One run of a race: a worker of its own, a small picture, and how it stands. */

/** @import { EventOf, Quality, Settings, Told } from '../protocol.js' */

import { EngineClient } from './client.js';
import { facts, formatCount, formatFixed, h } from './dom.js';
import { History } from './history.js';
import { headline } from './quality.js';

/**
 * Somebody waits for something.
 * @template T
 * @typedef {{ promise: Promise<T>, resolve(value: T): void, reject(reason: Error): void }} Waiting
 */

export class Runner {
  element;
  /** In force, as soon as the engine has answered. @type {Settings | null} */
  settings = null;
  step = 0;
  /** Of the metrics that are looked at, in the order of `keys`. */
  history;
  /** Why it cannot go on; null: it can. @type {string | null} */
  problem = null;
  /** What the engine says of the settings. */
  advice = '';
  #client = new EngineClient((event) =>
    /** @type {((event: Told) => void) | undefined} */ (this.#handlers[event.type])?.(event),
  );
  #started = false;
  #keys;
  /** Columns of these in a row of metrics. @type {number[]} */
  #columns = [];
  /** By step. @type {Map<number, number[]>} */
  #rows = new Map();
  /** Its promise resolves once the run is back, and rejects if it stays away. @type {Waiting<void> | null} */
  #lost = null;
  /** @type {Waiting<Quality> | null} */
  #evaluation = null;
  /** @type {Quality | null} */
  #quality = null;
  /** What it is called. */
  text = '';
  #title = h('h3');
  #picture = h('div', { class: 'frame' });
  #facts = h('dl', { class: 'facts' });
  #problem = h('p', { class: 'runner-problem', hidden: true });

  /**
   * @param {string} letter @param {import('./race-pairs.js').Variant} variant  what is different
   * @param {Record<string, string>} raw  its settings @param {string[]} keys  of metrics, D's and G's loss first
   * @param {Node[]} buttons
   */
  constructor(letter, variant, raw, keys, buttons) {
    this.#keys = keys;
    this.history = new History(keys.length);
    this.letter = letter;
    this.variant = variant;
    this.raw = raw;
    this.element = h(
      'article',
      { class: 'runner', data: { runner: letter } },
      this.#title,
      this.#picture,
      this.#facts,
      this.#problem,
      h('div', { class: 'row' }, ...buttons),
    );
    this.show();
  }

  /** @param {string} text  by what it differs from the others */
  entitle(text) {
    this.text = text;
    this.element.setAttribute('aria-label', `Runner ${this.letter}: ${text}`);
    this.#title.replaceChildren(h('span', { class: 'letter' }, this.letter), ` ${text}`);
  }

  /** Builds its session, if there is none. */
  async start() {
    if (this.#started) return;
    this.#say(null);
    this.#client.start();
    await this.#client.request({
      type: 'init',
      raw: this.raw,
      play: false,
      framesPerSecond: 30,
      evaluates: false,
      alone: false,
    });
    this.#started = true;
  }

  /** Trains until `target` steps are done. A lost device is waited for. @param {number} target */
  async advance(target) {
    while (this.step < target) {
      if (this.problem) throw new Error(this.problem);
      try {
        const { step } = await this.#client.request({ type: 'step', n: target - this.step, only: 'both', quiet: true });
        this.step = step;
      } catch (error) {
        if (!this.#lost) throw error;
        await this.#lost.promise;
      }
    }
  }

  /** Takes the measured rows of these steps over into the history. @param {number} from @param {number} to */
  collect(from, to) {
    for (let step = from + 1; step <= to; step += 1)
      this.history.push(step, this.#rows.get(step) ?? new Array(this.#keys.length).fill(NaN));
    this.#rows.clear();
    this.show();
  }

  /** @returns {Promise<Quality>} */
  async evaluate() {
    this.#evaluation = waiting();
    const { promise } = this.#evaluation;
    await this.#client.request({ type: 'evaluate', quiet: true });
    const result = await promise;
    this.#quality = result;
    this.show();
    return result;
  }

  async reset() {
    if (this.#started) await this.#client.request({ type: 'reset', quiet: true });
    this.step = 0;
    this.history.clear();
    this.#rows.clear();
    this.#quality = null;
    this.#say(null);
    this.show();
  }

  /** The whole state, as a safetensors file. @returns {Promise<Uint8Array<ArrayBuffer>>} */
  async save() {
    return (await this.#client.request({ type: 'save', quiet: true })).bytes;
  }

  stop() {
    this.#started = false;
    this.#client.stop('The runner left the race.');
  }

  /** @type {{ [T in Told['type']]?: (event: EventOf<T>) => void }} */
  #handlers = {
    tables: ({ settings, messages }) => {
      this.settings = settings;
      this.advice = messages.join(' ');
      if (this.advice) this.#say(this.advice, false);
    },
    ready: ({ info }) => {
      // NaN of what such a run does not record.
      this.#columns = this.#keys.map((key) => 1 + info.metrics.indexOf(key) || NaN);
      this.#picture.style.aspectRatio = info.data.form === 'image' ? info.page.join(' / ') : '1';
      this.#attach();
    },
    metrics: ({ rows, width }) => {
      for (let at = 0; at < rows.length; at += width)
        this.#rows.set(
          rows[at],
          this.#columns.map((column) => rows[at + column]),
        );
    },
    evaluation: ({ result, problem }) => {
      if (problem) this.#evaluation?.reject(new Error(problem));
      else if (result) this.#evaluation?.resolve(result);
    },
    alarm: ({ message }) => this.#say(message),
    lost: () => {
      this.#lost = waiting();
      this.#lost.promise.catch(() => {});
    },
    restored: ({ step }) => {
      this.step = step;
      this.#lost?.resolve();
      this.#lost = null;
    },
    error: ({ message, fatal }) => {
      if (fatal) this.#started = false;
      this.#lost?.reject(new Error(message));
      this.#lost = null;
      this.#evaluation?.reject(new Error(message));
      this.#say(message);
    },
  };

  /** Each session draws into a canvas of its own; the one before stays in sight until then. */
  async #attach() {
    const canvas = h('canvas', { role: 'img' });
    const samples = canvas.transferControlToOffscreen();
    await this.#client.request({ type: 'attach', samples, real: null, quiet: true }, [samples]).catch(() => {});
    this.#picture.replaceChildren(canvas);
    this.show();
  }

  /** @param {string | null} text @param {boolean} [stops]  it cannot go on with that */
  #say(text, stops = true) {
    this.problem = stops ? text : null;
    this.#problem.hidden = !text;
    this.#problem.textContent = text ?? '';
  }

  show() {
    const { data } = this.history;

    const last = (/** @type {number} */ column) => formatFixed(data[column].at(-1) ?? NaN, 3);
    facts(this.#facts, [
      ['Step', formatCount(this.step)],
      ['D\u2019s loss', last(1)],
      ['G\u2019s loss', last(2)],
      ...(this.#quality ? [headline(this.#quality)] : []),
    ]);
    this.#picture.firstElementChild?.setAttribute(
      'aria-label',
      `Forgeries of runner ${this.letter} at step ${formatCount(this.step)}`,
    );
  }
}

/** @template T @returns {Waiting<T>} */
function waiting() {
  /** @type {Partial<Waiting<T>>} */
  const one = {};
  one.promise = new Promise((resolve, reject) => Object.assign(one, { resolve, reject }));
  return /** @type {Waiting<T>} */ (one);
}
