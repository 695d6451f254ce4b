/** The keyboard: one table of shortcuts, which drives both the keys and the list of them. */

/** @import { Actions, Host, Shortcut } from '../../types/page.js' */

import { openDialog } from './dialog.js';
import { h } from './dom.js';

/** @type {Record<string, string>} */
const SHOWN = { ' ': 'Space', arrowright: '\u2192', arrowleft: '\u2190', escape: 'Esc', '-': '\u2212' };
const TYPING = 'input:not([type="range"], [type="checkbox"]), select, textarea, [contenteditable]';

/** @param {Actions} actions @returns {Shortcut[]} those of the buttons that are always there */
const basic = ({ toggle, step, phase, reset, undo, evaluate }) => [
  { key: ' ', name: 'Play or pause', run: toggle },
  { key: 's', name: 'One step of both networks', run: () => step('both') },
  { key: 'g', name: 'One step of only the forger (generator)', run: () => step('generator') },
  { key: 'd', name: 'One step of only the detective (discriminator)', run: () => step('discriminator') },
  { key: 'shift+g', name: 'Train the forger until the detective guesses', run: () => phase('generator') },
  { key: 'shift+d', name: 'Train the detective until it sees through', run: () => phase('discriminator') },
  { key: 'm', name: 'Measure the samples', run: evaluate },
  { key: 'r', name: 'Reset', run: reset },
  { key: 'z', name: 'Undo: back to the run that the last reset, preset, setting or file ended', run: undo },
];

export class Keys {
  element;
  #host;
  /** @type {Shortcut[]} */
  #table;
  #active = true;
  /** Whether a pointer was the last to move the focus. */
  #pointed = false;

  /** @param {Host} host @param {Actions} actions @param {Shortcut[]} more */
  constructor(host, actions, more) {
    this.#host = host;
    this.#table = [...basic(actions), ...more, { key: '?', name: 'This list', run: () => this.#list() }];
    this.element = h(
      'button',
      {
        type: 'button',
        class: 'button quiet',
        title: 'All keys (key ?)',
        'aria-keyshortcuts': '?',
        on: { click: () => this.#list() },
      },
      'Keys',
    );
  }

  /** The pointer was pressed: what has the focus then has it by that. */
  point() {
    this.#pointed = true;
  }

  /** Keys act where the focus is; with the focus nowhere, on the first playground of the page. @param {KeyboardEvent} event */
  handle(event) {
    if (event.key === 'Tab') this.#pointed = false;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const path = event.composedPath();
    const element = path[0] instanceof Element ? path[0] : null;
    const nowhere = path[0] === document.body || path[0] === document.documentElement;
    const mine = path.includes(this.#host) || (nowhere && document.querySelector('gan-playground') === this.#host);
    if (!mine || element?.closest(TYPING) || this.#host.shadowRoot.querySelector('dialog[open]')) return;
    const key = `${event.shiftKey && /^[a-z]$/i.test(event.key) ? 'shift+' : ''}${event.key.toLowerCase()}`;
    const shortcut = this.#table.find((row) => row.key === key && (row.when?.() ?? true));
    if (!shortcut || (!this.#active && key !== '?') || this.#hasOwnUse(element, key)) return;
    event.preventDefault();
    // A clicked button would be pressed when the key comes up again.
    if (key === ' ' && element instanceof HTMLElement && element !== document.body) element.blur();
    shortcut.run();
  }

  /**
   * Space presses the button that the keyboard has come to, and arrows move a slider: that comes first. A button that was
   * clicked keeps the focus too, but nobody means it by Space any more, and Space means the training.
   * @param {Element | null} element
   * @param {string} key
   */
  #hasOwnUse(element, key) {
    if (key === ' ') return !this.#pointed && element?.closest('button, a, summary, input');
    return key.startsWith('arrow') && element?.closest('input');
  }

  #list() {
    const active = h('input', {
      type: 'checkbox',
      checked: this.#active,
      on: {
        change: () => {
          this.#active = active.checked;
        },
      },
    });
    openDialog(
      this.#host,
      'Keys',
      h(
        'dl',
        { class: 'keys' },
        ...this.#table.map(({ key, name }) => h('div', {}, h('dt', {}, ...kbd(key)), h('dd', {}, name))),
      ),
      h('label', { class: 'check' }, active, 'Use these keys'),
      h(
        'p',
        { class: 'detail' },
        'They act while the focus is within the playground or nowhere, and never while you type into a field.',
      ),
    );
  }
}

/** @param {string} key */
const kbd = (key) =>
  key.split(/\+(?=.)/).map((part) => h('kbd', {}, SHOWN[part] ?? `${part[0].toUpperCase()}${part.slice(1)}`));
