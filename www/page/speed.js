/** How fast it trains: a slider from one step a second, so that each can be seen, to as fast as it goes. */

/** @import { Host, Shortcut } from '../../types/page.js' */

import { h, uniqueId } from './dom.js';
import { SPEEDS, speedText } from './pacing.js';

export class Speed {
  static control = 'transport';
  element;
  /** @type {Shortcut[]} */
  shortcuts;
  #input;
  #text = h('output');
  #set;

  /** @param {{ host: Host }} context */
  constructor({ host }) {
    this.#set = (/** @type {number | null} */ speed) => host.setSpeed(speed).catch(() => {}); // a dead engine has been told of
    const id = uniqueId('speed');
    this.#input = h('input', {
      type: 'range',
      id,
      min: 0,
      max: SPEEDS.length,
      step: 1,
      on: { input: () => this.#set(SPEEDS[Number(this.#input.value)] ?? null) },
    });
    this.element = h('div', { class: 'speed' }, h('label', { htmlFor: id }, 'Speed'), this.#input, this.#text);
    this.shortcuts = [
      { key: '-', name: 'Slower', run: () => this.#move(-1) },
      { key: '+', name: 'Faster', run: () => this.#move(1) },
    ];
    this.speed(null);
  }

  /** @param {number} by */
  #move(by) {
    const notch = Number(this.#input.value) + by;
    if (notch >= 0 && notch <= SPEEDS.length) this.#set(SPEEDS[notch] ?? null);
  }

  /** @param {number | null} speed  in force */
  speed(speed) {
    const notch = speed === null ? SPEEDS.length : SPEEDS.findIndex((each) => each >= speed);
    this.#input.value = String(notch < 0 ? SPEEDS.length - 1 : notch);
    this.#text.textContent = speedText(speed);
    this.#input.setAttribute('aria-valuetext', speedText(speed));
  }
}
