/**
 * What a click ends can be brought back: the run before the last reset, change of preset, setting that restarts, or loading.
 * One run at a time is kept, whatever its size: it was held a moment before by the run itself.
 */

/** @import { Context } from '../../types/page.js' */
/** @import { RawSettings, Settings, State } from '../protocol.js' */
/** @import { Kept } from './snapshots.js' */

import { formatCount, h, icon } from './dom.js';
import { travel } from './travel.js';

/** Where there is a run that can be kept. */
const RUNS = ['paused', 'playing', 'stepping', 'phase'];

const SAID_MS = 15_000; // that something is read which offers nothing

/**
 * A run that was left. `kept`: its state, once it is `taken`; null: `problem` says why there is none. `recall` puts back what the page knew of
 * it. `home`: what an exhibit among them leads back to.
 *
 * @typedef {{ kept: Kept | null, problem: string, recall: () => void, plays: boolean, speed: number | null, home: Home | null,
 *   taken: Promise<void> }} Left
 * @typedef {{ settings: Settings, plays: boolean, speed: number | null, left: Left | null }} Home
 *   the run before exhibits; left: null where it had learned nothing
 * @typedef {'reset' | 'load' | 'change'} Act
 */

export class Undo {
  /** @type {Home | null} */
  home = null;
  /** Something was said, and what an exhibit leads back to may be another run. */
  onTell = () => {};
  #context;
  #keeper;
  #page;
  /** Whether the visitor has the controls that end a run. */
  #isOffered = false;
  /** The run that can be brought back. @type {Left | null} */
  #left = null;
  /** The run that acts under way may end: what the first of them says, and how many they are. @type {{ said: string, left: Left, acts: number } | null} */
  #leaving = null;
  /** @type {Promise<void> | null} */
  #going = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {Context} context @param {import('./keeper.js').Keeper} keeper
   * @param {import('./ways-back.js').WaysBack} page  what it shows, and what it knows of the run
   */
  constructor(context, keeper, page) {
    this.#context = context;
    this.#keeper = keeper;
    this.#page = page;
  }

  /** Whether the run is to play. */
  get plays() {
    return this.#context.actions.run.wantsPlay;
  }

  /** The run that acts under way may end; its `kept` comes later. */
  get leaving() {
    return this.#leaving?.left ?? null;
  }

  /**
   * Does something that may end the run, which is kept first: the command for that goes out before the one of the act.
   * @template T
   * @param {Act} kind @param {() => Promise<T>} act @param {RawSettings} [values]  of a change
   */
  async leave(kind, act, values = {}) {
    if (!this.#leaving) {
      const said = this.#canKeep && this.#said(kind, values);
      if (!said) return act();
      this.#leaving = { said, left: this.#keep(), acts: 0 };
    }
    const leaving = this.#leaving;
    leaving.acts += 1;
    try {
      const result = await act();
      if (kind === 'load') this.#offer(); // anything else is loaded first
      return result;
    } finally {
      leaving.acts -= 1;
      if (leaving.acts === 0 && this.#leaving === leaving) this.#leaving = null; // it goes on
    }
  }

  /** @param {Set<string>} controls */
  controls(controls) {
    this.#isOffered = controls.has('transport');
  }

  /** @param {State} state */
  state(state) {
    if (state === 'loading') this.#offer();
  }

  /** Brings back the run that was left last; the present one can be brought back then. */
  async undo() {
    if (!this.#left) throw new Error('There is nothing to undo.');
    await this.goTo(this.#left, 'Redo');
  }

  /** @param {Left} left @param {string} label  of the way back */
  async goTo(left, label) {
    await (this.#going ??= this.#go(left, label).finally(() => (this.#going = null)));
  }

  /** Goes back to a kept state of the present run, and rests there. @param {Kept} kept */
  async goToKept(kept) {
    const { home } = this;
    const { speed } = this.#context.host;
    const left = { kept, problem: '', recall() {}, plays: false, speed, home, taken: Promise.resolve() };
    await this.goTo(left, 'Undo');
  }

  /** @param {Left} left @param {string} label */
  async #go(left, label) {
    const { kept } = left;
    if (!kept) throw new Error(left.problem);
    const at = `step ${formatCount(kept.step)}`;
    const other = this.#canKeep ? this.#keep() : null;
    this.#say(`Going back to ${at} \u2026`);
    const { host } = this.#context;
    try {
      await travel(this.#context, kept);
    } catch (error) {
      this.#left = left;
      await other?.taken;
      if (other?.kept)
        await travel(this.#context, other.kept).then(
          () => this.#stand(other),
          () => {}, // what is said of the first is enough
        );
      this.#say(`Step ${formatCount(kept.step)} could not be brought back: ${error.message}`, 'Try again');
      throw error;
    }
    this.#stand(left);
    this.home = left.home;
    this.#left = other?.kept ? other : null;
    this.#say(`The run is back at ${at}.`, this.#left && label);
    await host.setSpeed(left.speed);
    if (left.plays) await host.play();
  }

  /** The run has been brought there. @param {Left} left */
  #stand({ kept, recall }) {
    if (kept) this.#keeper.enter(kept);
    recall();
  }

  /** A run that has learned something, and is not on its way to a kept state. */
  get #canKeep() {
    const { host, travelling } = this.#context;
    const { state, step } = host.status;
    return !travelling && step > 0 && RUNS.includes(state);
  }

  /** @returns {Left} whose `kept` comes with the reply */
  #keep() {
    const { host } = this.#context;
    const { plays, home } = this;
    const taken = Promise.resolve();
    /** @type {Left} */
    const left = { kept: null, problem: '', recall() {}, plays, speed: host.speed, home, taken };
    left.taken = this.#keeper.take(false).then(
      (kept) => {
        Object.assign(left, { kept, recall: this.#page.remember() });
      },
      ({ message }) => {
        left.problem = message;
      },
    );
    return left;
  }

  /** The run that was kept has ended. */
  async #offer() {
    if (!this.#leaving) return;
    const { said, left } = this.#leaving;
    this.#leaving = null;
    await left.taken;
    this.#left = left.kept && left;
    if (left.kept) this.#say(said, 'Undo');
    else this.#say(`${said} This cannot be undone: ${left.problem}`);
  }

  /** @param {string} text @param {string | null} [label]  of the button that brings back */
  #say(text, label) {
    const { bar } = this.#page;
    const remove = () => {
      bar.hidden = true;
    };
    const back = () => this.undo().catch(() => {}); // it says so itself
    bar.replaceChildren(
      h('p', {}, text),
      ...(label ? [h('button', { type: 'button', class: 'button', on: { click: back } }, label)] : []),
      h(
        'button',
        { type: 'button', class: 'button quiet square', 'aria-label': 'Dismiss this message', on: { click: remove } },
        icon('close'),
      ),
    );
    bar.hidden = !this.#isOffered;
    clearTimeout(this.#timer);
    if (!label) this.#timer = setTimeout(remove, SAID_MS); // an offer stays
    this.#context.actions.tellUndoable(label ? text : null);
    this.onTell();
  }

  /** What the act does, in words; null where it does not end the run. @param {Act} kind @param {RawSettings} values */
  #said(kind, values) {
    const { settings, tables, status } = this.#context.host;
    const at = `step ${formatCount(status.step)}`;
    if (kind === 'reset') return `Reset at ${at}.`;
    if (kind === 'load') return `A saved run took the place of the one at ${at}.`;
    const changed =
      tables?.settings.filter(
        ({ key, live }) => !live && key in values && String(values[key]) !== String(settings[key]),
      ) ?? [];
    if (changed.length === 0) return null;
    const preset = tables?.presets.find(({ key }) => key === settings.preset);
    if (changed.some(({ key }) => key === 'preset')) return `${preset?.name} left at ${at}.`;
    const [{ name }] = changed;
    return `${name}${changed.length > 1 ? ' and other settings' : ''} changed at ${at}, so a new run began.`;
  }
}
