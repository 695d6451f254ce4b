/** What stands with the transport: speed, slow motion, stops, sharing, and the keys for all of it. */

/** @import { Context, Hears, Tell } from '../../types/page.js' */

import { h } from './dom.js';
import { Keys } from './keys.js';
import { RaceButton } from './race-button.js';
import { ShareButton } from './share-button.js';
import { SlowButton } from './slow-button.js';
import { Speed } from './speed.js';
import { Stops } from './stops.js';

/** @typedef {Hears & { element: HTMLElement, shown?(controls: Set<string>): void }} Part */

/**
 * Calls a method, if it is there.
 * @template {keyof Hears} K
 * @param {Hears} part
 * @param {K} method
 * @param {Parameters<NonNullable<Hears[K]>>} values
 */
export function tell(part, method, values) {
  /** @type {((...values: unknown[]) => void) | undefined} */ (part[method])?.call(part, ...values);
}

export class Desk {
  static stylesheet = 'page/desk.css';
  element;
  keys;
  /** @type {Part[]} */
  #parts;

  /** @param {Context} context */
  constructor(context) {
    const [speed, slow, race, share, stops] = [
      new Speed(context),
      new SlowButton(context),
      new RaceButton(context),
      new ShareButton(context),
      new Stops(context),
    ];

    this.#parts = [speed, slow, race, share, stops];
    this.keys = new Keys(
      context.host,
      context.actions,
      [slow, speed, stops, share].flatMap(({ shortcuts }) => shortcuts),
    );
    this.element = h(
      'div',
      { class: 'desk' },
      speed.element,
      slow.element,
      h('span', { class: 'right' }, race.element, share.element, this.keys.element),
      stops.element,
    );
  }

  /** Calls a method of every part that has it; the methods are those of panels.js. @type {Tell} */
  tell = (method, ...values) => {
    for (const part of this.#parts) tell(part, method, values);
  };

  /** @param {Set<string>} controls */
  controls(controls) {
    for (const part of this.#parts)
      part.element.hidden = !controls.has(/** @type {typeof Speed} */ (part.constructor).control);
    this.keys.element.hidden = !controls.has('transport');
    this.element.hidden = this.#parts.every(({ element }) => element.hidden);
    for (const part of this.#parts) part.shown?.(controls);
  }
}
