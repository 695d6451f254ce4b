/** The way to the race from beside the stage. */

/** @import { Context, Shortcut } from '../../types/page.js' */

import { h } from './dom.js';

export class RaceButton {
  static control = 'transport';
  element;
  /** @type {Shortcut[]} */
  shortcuts = [];

  /** @param {Pick<Context, 'open'>} context */
  constructor({ open }) {
    this.element = h(
      'button',
      {
        type: 'button',
        class: 'button quiet',
        title: 'Train two variants side by side',
        on: { click: () => open('race') },
      },
      'Race',
    );
  }

  /** @param {Set<string>} controls */
  shown(controls) {
    this.element.hidden ||= !controls.has('race');
  }
}
