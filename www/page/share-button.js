/** The button and the key of the dialog "Share", whose code comes when it is first opened. */

/** @import { Context, Shortcut } from '../../types/page.js' */

import { CONTROLS } from '../protocol.js';
import { h } from './dom.js';
import { opened } from './later.js';

export class ShareButton {
  static control = 'share';
  element;
  /** @type {Shortcut[]} */
  shortcuts;
  #context;
  #shown = new Set(CONTROLS);
  #opening = false;

  /** @param {Pick<Context, 'host' | 'notices'>} context */
  constructor(context) {
    this.#context = context;
    this.element = h(
      'button',
      {
        type: 'button',
        class: 'button quiet share',
        title: 'A link to this run, or the playground for your page (key L)',
        'aria-keyshortcuts': 'L',
        on: { click: () => this.#open() },
      },
      'Share',
    );
    this.shortcuts = [{ key: 'l', name: 'Share: a link, or markup to embed it', run: () => this.#open() }];
  }

  /** @param {Set<string>} shown  the parts that are shown now */
  shown(shown) {
    this.#shown = shown;
  }

  async #open() {
    if (this.#opening) return;
    this.#opening = true;
    const { host, notices } = this.#context;
    const code = await opened(
      notices,
      'Share',
      () => import('./share.js'),
      () => this.#open(),
    );
    this.#opening = false;
    if (code && host.isConnected) code.share(host, this.#shown);
  }
}
