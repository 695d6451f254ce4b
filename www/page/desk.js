/** All controls beside the inspector, in one row: training, speed, slow motion, what can go wrong, and a menu of the rest. */

/** @import { Context, Hears, Tell } from '../../types/page.js' */

import { h } from './dom.js';
import { Keys } from './keys.js';
import { Menu } from './menu.js';
import { ModelButton } from './model-button.js';
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
  element;
  keys;
  /** @type {Part[]} */
  #parts;

  #transport;
  #menu;
  #wrong;
  share;
  stopLine;

  /** @param {Context} context @param {import('./transport.js').Transport} transport */
  constructor(context, transport) {
    const [speed, slow, race, model, share, stops] = [
      new Speed(context),
      new SlowButton(context),
      new RaceButton(context),
      new ModelButton(context),
      new ShareButton(context),
      new Stops(context),
    ];
    this.#transport = transport;
    this.#parts = [speed, slow, race, model, share, stops];
    this.share = share.element;
    this.stopLine = stops.line;
    this.keys = new Keys(
      context.host,
      { ...context.actions, toggle: () => transport.toggle() },
      [slow, speed, stops, share].flatMap(({ shortcuts }) => shortcuts),
    );
    this.#wrong = h(
      'button',
      {
        type: 'button',
        class: 'button',
        title: 'Runs that fail on purpose, what the doctor says of them, and their cures',
        on: { click: () => context.open('doctor') },
      },
      'What can go wrong',
    );
    this.#menu = new Menu(
      'More',
      'More controls',
      h('div', { class: 'files' }, transport.files, model.element, race.element, this.keys.element),
      stops.element,
    );
    this.element = h(
      'div',
      { class: 'desk' },
      transport.element,
      speed.element,
      slow.element,
      this.#wrong,
      this.#menu.element,
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
    const trains = controls.has('transport');
    this.#transport.element.hidden = this.#transport.files.hidden = this.keys.element.hidden = !trains;
    this.#wrong.hidden = !controls.has('doctor');
    this.#menu.element.hidden = !trains && !controls.has('stops');
    this.element.hidden = ['transport', 'stops', 'doctor'].every((control) => !controls.has(control));
    for (const part of this.#parts) part.shown?.(controls);
  }
}
