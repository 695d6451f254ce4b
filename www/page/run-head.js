/** Over the stage: what is trained, from where, how far it has come and what comes next. */

/** @import { Actions } from '../../types/page.js' */
/** @import { Settings, State, Tables } from '../protocol.js' */

import { h } from './dom.js';
import { Outlook } from './outlook.js';
import { StartChoice } from './start-choice.js';

export class RunHead {
  element;
  #name = h('h2', { class: 'run-name' });
  #outlook = new Outlook();
  #start;

  /** @param {Actions['change']} change @param {HTMLElement} share  the button */
  constructor(change, share) {
    this.#start = new StartChoice(change);
    this.element = h('div', { class: 'run' }, this.#name, this.#start.element, share, this.#outlook.element);
  }

  /** @param {Set<string>} controls */
  controls(controls) {
    this.#outlook.show(controls.has('samples'));
  }

  /** @param {number} end  step of the last frame of the recording that is shown; 0: none is */
  recorded(end) {
    this.#outlook.recorded(end);
  }

  /** @param {Settings} settings @param {Tables} tables */
  settings(settings, tables) {
    this.#name.textContent = tables.presets.find(({ key }) => key === settings.preset)?.name ?? '';
    this.#outlook.settings(settings, tables);
    this.#start.settings(settings, tables);
  }

  /** @param {State} state @param {number} step  of the run @param {number} [drawn]  and of its picture */
  run(state, step, drawn) {
    this.#outlook.run(state, step, drawn);
  }
}
