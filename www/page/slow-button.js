/** The button and the keys of slow motion, whose code comes when it is first opened. */

/** @import { Context, Shortcut } from '../../types/page.js' */
/** @import { Info, Settings, State } from '../protocol.js' */

import { h } from './dom.js';
import { opened } from './later.js';

const RESTS = ['paused', 'playing', 'stepping', 'phase'];

export class SlowButton {
  static control = 'transport';
  element;
  /** @type {Shortcut[]} */
  shortcuts;
  #context;
  /** @type {import('./slow-motion.js').SlowMotion | null} */
  #walk = null;
  /** @type {[Info, Settings] | null} */
  #run = null;
  #gone = false;
  #shown = true;

  /** @param {Pick<Context, 'host' | 'request' | 'notices'>} context */
  constructor(context) {
    this.#context = context;
    this.element = h(
      'button',
      {
        type: 'button',
        class: 'button',
        'aria-keyshortcuts': 'W',
        title: 'Walk through the parts of one step (key W)',
        on: { click: () => this.#toggle() },
      },
      'Slow motion',
    );
    const when = () => this.#walk?.isOpen ?? false;
    this.shortcuts = [
      { key: 'w', name: 'Slow motion: walk through one step, or leave it', run: () => this.#toggle() },
      { key: 'arrowright', name: 'Next part of the step', run: () => this.#walk?.go(1), when },
      { key: 'arrowleft', name: 'Previous part of the step', run: () => this.#walk?.go(-1), when },
      { key: 'p', name: 'Slow motion: let it go on by itself, or halt it', run: () => this.#walk?.playOrHalt(), when },
      { key: 'escape', name: 'Leave slow motion', run: () => this.#walk?.leave(), when },
    ];
  }

  async #toggle() {
    if (!this.#run) return;
    const [{ isPair, algorithmName }] = this.#run;
    if (!isPair) {
      const why = `Slow motion walks through one step of a generator and a discriminator that play alone, and ${algorithmName} is another game.`;
      this.#context.notices.show('note', why, { topic: 'slow motion', passing: true });
      return;
    }
    if (this.#walk) return this.#walk.toggle();
    if (this.element.getAttribute('aria-disabled') === 'true') return;
    const load = () => import('./slow-motion.js');
    const code = await opened(this.#context.notices, 'Slow motion', load, () => this.#toggle());
    if (!code || this.#walk || this.#gone) return;
    this.#walk = new code.SlowMotion(this.#context, this.element);
    this.#walk.ready(...this.#run);
    this.#walk.toggle();
  }

  /** @param {Info} info @param {Settings} settings */
  ready(info, settings) {
    this.#run = [info, settings];
    this.#walk?.ready(info, settings);
    this.#show();
  }

  /** @param {Set<string>} controls */
  shown(controls) {
    this.#shown = controls.has(SlowButton.control);
    this.#show();
  }

  /** Its parts are those of a pair's step. */
  #show() {
    this.element.hidden = !this.#shown || this.#run?.[0].isPair === false;
  }

  /** @param {Settings} settings */
  settings(settings) {
    if (this.#run) this.#run[1] = settings;
    this.#walk?.settings(settings);
  }

  /** @param {State} state @param {number} step */
  state(state, step) {
    this.element.setAttribute('aria-disabled', String(!RESTS.includes(state)));
    this.#walk?.state(state, step);
  }

  destroy() {
    this.#gone = true;
    this.#walk?.leave();
  }
}
