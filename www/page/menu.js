/** A button that opens a panel of what is needed less often; Escape and a click elsewhere close it. */

import { elementOf, h } from './dom.js';

const [GAP, EDGE] = [6, 8]; // pixels from the button, and from the edge of the window

export class Menu {
  element;
  #button;
  #panel;

  /** @param {string} name @param {string} title @param {...HTMLElement} parts */
  constructor(name, title, ...parts) {
    this.#panel = h('div', { class: 'menu', role: 'group', 'aria-label': title, popover: 'auto' }, ...parts);
    this.#button = h('button', { type: 'button', class: 'button', title, 'aria-expanded': 'false' }, name);
    this.#button.popoverTargetElement = this.#panel;
    this.#panel.addEventListener('toggle', (event) => {
      const isOpen = /** @type {ToggleEvent} */ (event).newState === 'open';
      this.#button.setAttribute('aria-expanded', String(isOpen));
      if (isOpen) this.#place();
    });
    // What is pressed in it once is done with it; what is set there may be followed by more.
    this.#panel.addEventListener('click', (event) => {
      if (elementOf(event)?.closest('.button:not(.chip)')) this.#panel.hidePopover();
    });
    this.element = h('div', { class: 'more' }, this.#button, this.#panel);
  }

  /** Below or above the button, where there is more room, and within the window. */
  #place() {
    const at = this.#button.getBoundingClientRect();
    const { offsetWidth: width, style } = this.#panel;
    const [above, below] = [at.top, innerHeight - at.bottom];
    style.left = `${Math.max(EDGE, Math.min(at.right - width, innerWidth - width - EDGE))}px`;
    style.maxHeight = `${Math.max(above, below) - GAP - EDGE}px`;
    style.top = below >= above ? `${at.bottom + GAP}px` : 'auto';
    style.bottom = below >= above ? 'auto' : `${innerHeight - at.top + GAP}px`;
  }
}
