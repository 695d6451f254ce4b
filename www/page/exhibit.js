/**
 * Presets that show what can go wrong: the stage says that one is on, and what to look for. A visitor's choice of one starts
 * by itself at a pace at which it can be watched, and there is a way back to the run before, as it was.
 */

/** @import { Context } from '../../types/page.js' */
/** @import { RawSettings, Settings, Tables } from '../protocol.js' */

import { button, h } from './dom.js';

/** @typedef {Tables['presets'][number]} Row */

export class Exhibit {
  /** Whether the page shows the samples, over which it stands. */
  #isOffered = false;
  #banner;
  #context;
  #undo;
  /** @type {Row[]} */
  #presets = [];
  /** Of the preset that is on. @type {Row | undefined} */
  #now;

  /** @param {Context} context @param {import('./undo.js').Undo} undo @param {HTMLElement} banner */
  constructor(context, undo, banner) {
    this.#context = context;
    this.#undo = undo;
    this.#banner = banner;
    undo.onTell = () => this.settings(context.host.settings); // what it leads back to may have changed
  }

  /** @param {Set<string>} controls */
  controls(controls) {
    this.#isOffered = controls.has('samples');
    this.settings(this.#context.host.settings);
  }

  /** @param {Tables} tables */
  tables({ presets }) {
    this.#presets = presets;
  }

  /** The page begins with an exhibit: at its pace, unless a speed is asked for. @param {Settings} settings */
  begin({ preset }) {
    const pace = this.#row(preset)?.pace;
    const { host } = this.#context;
    if (pace && host.speed === null) host.setSpeed(pace).catch(() => {}); // a dead engine has been told of
  }

  /** @param {Settings} settings */
  settings({ preset }) {
    const [before, now] = [this.#now, this.#row(preset)];
    this.#now = now;
    this.#banner.hidden = !now?.provokes || !this.#isOffered;
    if (now?.provokes) this.#tell(now);
    else if (before?.provokes) this.#leave(before);
  }

  /** @param {Row} exhibit */
  #tell({ name, note, lookFor }) {
    this.#banner.replaceChildren(
      h('p', {}, h('strong', {}, `Exhibit: ${name}. `), note),
      h('p', {}, h('strong', {}, 'Look for: '), lookFor),
      ...(this.#undo.home ? [button('Back to my run', () => this.#back().catch(() => {}))] : []),
    );
  }

  /** Its speed goes with it; one that the visitor has chosen there stays. @param {Row} exhibit */
  #leave({ pace }) {
    const { home } = this.#undo;
    const { host } = this.#context;
    this.#undo.home = null;
    if (home && host.speed === (pace ?? null)) host.setSpeed(home.speed).catch(() => {});
  }

  /**
   * The visitor asks for other settings. What is sent goes out before this returns.
   * @param {RawSettings} values @param {() => Promise<unknown>} change
   */
  async ask(values, change) {
    const { host } = this.#context;
    const to = this.#row(values.preset);
    if (!to?.provokes || to.key === host.settings.preset) return change();
    const { settings, speed } = host;
    const { plays, home } = this.#undo;
    const changing = change();
    this.#undo.home = home ?? { settings, speed, plays, left: this.#undo.leaving };
    host.setSpeed(to.pace ?? null).catch(() => {});
    host.play().catch(() => {}); // told by a notice
    await changing;
  }

  async #back() {
    const { home } = this.#undo;
    if (!home) return;
    const { settings, plays, speed, left } = home;
    if (left?.kept) return this.#undo.goTo(left, 'Undo');
    const { host } = this.#context;
    if (!plays) host.pause().catch(() => {});
    const changing = host.set(settings); // which had learned nothing, or could not be kept
    host.setSpeed(speed).catch(() => {});
    if (plays) host.play().catch(() => {});
    await changing;
  }

  /** @param {unknown} preset */
  #row(preset) {
    return this.#presets.find(({ key }) => key === preset);
  }
}
