/** Buttons over the tiles of a picture: each can be chosen, and shows what the discriminator says of it when that is wanted. */

import { h } from './dom.js';

const MOVES = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: (columns) => -columns, ArrowDown: (columns) => columns };

export class Tiles {
  element;
  #name;
  #choose;
  #value = h('p', { class: 'tile-value', hidden: true });
  #grid;
  #tiles = [];
  #columns = 1;

  /** @param {string} group  what they are together @param {string} name  and one of them @param {(tile: number) => void} choose */
  constructor(group, name, choose) {
    this.#name = name;
    this.#choose = choose;
    const tell = ({ target }) => this.#tell(target);
    this.#grid = h('div', {
      class: 'tiles-grid',
      on: { keydown: (event) => this.#key(event), focusin: tell, pointerover: tell, focusout: () => this.#tell(null), pointerleave: () => this.#tell(null) },
    });
    this.element = h('div', { class: 'tiles', role: 'group', 'aria-label': `${group}, one by one` }, this.#grid, this.#value);
  }

  /** A picture of so many columns and rows; none of points. */
  set(columns, rows) {
    this.#columns = columns;
    this.#grid.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
    this.#tiles = Array.from({ length: columns * rows }, (_, tile) => h('button', {
      type: 'button', class: 'tile', tabIndex: tile === 0 ? 0 : -1, 'aria-label': this.title(tile), on: { click: () => this.#choose(tile) },
    }));
    this.#grid.replaceChildren(...this.#tiles);
  }

  title(tile) {
    return `${this.#name} ${tile + 1}`;
  }

  focus(tile) {
    this.#tiles.forEach((button, at) => { button.tabIndex = at === tile ? 0 : -1; });
    this.#tiles[tile]?.focus();
  }

  mark(tile) {
    this.#tiles.forEach((button, at) => button.classList.toggle('chosen', at === tile));
  }

  /** @param {{ level: number, text: string }[] | null} verdicts  for each tile, level from 0 to 1; null for none */
  show(verdicts) {
    this.element.classList.toggle('judged', Boolean(verdicts));
    this.#tiles.forEach((button, tile) => {
      const { level = 0, text } = verdicts?.[tile] ?? {};
      button.style.setProperty('--level', String(level));
      button.setAttribute('aria-label', text ? `${this.title(tile)}: ${text}` : this.title(tile));
    });
    this.#tell(this.#grid.querySelector(':focus-visible') ?? this.#grid.querySelector('.tile:hover'));
  }

  #tell(target) {
    const button = target?.classList.contains('tile') ? target : null;
    this.#value.hidden = !button;
    if (button) this.#value.textContent = button.getAttribute('aria-label');
  }

  #key(event) {
    const tile = this.#tiles.indexOf(event.target);
    const to = tile + (MOVES[event.key]?.(this.#columns) ?? NaN);
    if (!this.#tiles[to]) return;
    event.preventDefault();
    this.focus(to);
  }
}
