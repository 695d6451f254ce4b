/** What stands with the transport: speed, slow motion, stops, sharing, and the keys for all of it. */

import { h } from './dom.js';
import { Keys } from './keys.js';
import { Share } from './share.js';
import { SlowMotion } from './slow-motion.js';
import { Speed } from './speed.js';
import { Stops } from './stops.js';

export class Desk {
  static stylesheet = 'page/desk.css';
  element;
  keys;
  #parts;

  /** @param {object} context  as panels have it, see panels.js */
  constructor(context) {
    const [speed, slow, share, stops] = [Speed, SlowMotion, Share, Stops].map((Part) => new Part(context));
    this.#parts = [speed, slow, share, stops];
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
      h('span', { class: 'right' }, share.element, this.keys.element),
      stops.element,
    );
  }

  /** Calls a method of every part that has it; the methods are those of panels.js. */
  tell(method, ...values) {
    for (const part of this.#parts) part[method]?.(...values);
  }

  /** @param {Set<string>} controls */
  controls(controls) {
    for (const part of this.#parts) part.element.hidden = !controls.has(part.constructor.control);
    this.keys.element.hidden = !controls.has('transport');
    this.element.hidden = this.#parts.every(({ element }) => element.hidden);
    this.tell('shown', controls);
  }
}
