/**
 * Where the run begins, for presets that come with trained networks: from zero, or as a run of ours left them. Says what these
 * reached and what they weigh before they are fetched.
 */

/** @import { Actions } from '../../types/page.js' */
/** @import { Settings, Tables } from '../protocol.js' */

import { formatBytes, formatCount, h } from './dom.js';
import { reached } from './figures.js';

/** @type {[value: 'zero' | 'trained', name: string][]} */
const STARTS = [
  ['zero', 'From zero'],
  ['trained', 'Trained'],
];

export class StartChoice {
  #said = h('p', {});
  /** @type {HTMLButtonElement[]} */
  #buttons;
  element;

  /** @param {Actions['change']} change */
  constructor(change) {
    this.#buttons = STARTS.map(([start, name]) =>
      h('button', { type: 'button', class: 'button', on: { click: () => change({ start }) } }, name),
    );
    this.element = h(
      'div',
      { class: 'beginning', hidden: true },
      h('div', { class: 'starts segments', role: 'group', 'aria-label': 'Where the run begins' }, ...this.#buttons),
      this.#said,
    );
  }

  /** @param {Settings} settings @param {Tables} tables */
  settings({ preset, start }, tables) {
    const trained = tables.presets.find(({ key }) => key === preset)?.trained;
    this.element.hidden = !trained;
    if (!trained) return;
    STARTS.forEach(([value], at) => this.#buttons[at].setAttribute('aria-pressed', String(value === start)));
    const steps = formatCount(trained.steps);
    const words = reached(trained.figures).join(', ');
    this.#said.textContent =
      start === 'trained'
        ? `Our networks after ${steps} steps${words && `: ${words}`}. They go on learning here, from there.`
        : `Yours, from the first step. Ours after ${steps} steps are here too, ${formatBytes(trained.sizeBytes)}.`;
  }
}
