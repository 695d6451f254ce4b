/** A list laid over a picture: each of its tiles can be chosen, and shows what the discriminator says of it when that is wanted. */

import { h, uniqueId } from './dom.js';

/** @type {Partial<Record<string, (columns: number) => number>>} */
const MOVES = {
  ArrowLeft: () => -1,
  ArrowRight: () => 1,
  ArrowUp: (columns) => -columns,
  ArrowDown: (columns) => columns,
};

export class Tiles {
  element;
  #name;
  #choose;
  #value = h('p', { class: 'tile-value', hidden: true, 'aria-hidden': 'true' }); // the tile's own name says the same
  #list;
  /** @type {HTMLElement[]} */
  #tiles = [];
  #columns = 1;
  #active = 0;

  /** @param {string} group  what they are together @param {string} name  and one of them @param {(tile: number) => void} choose */
  constructor(group, name, choose) {
    this.#name = name;
    this.#choose = choose;
    this.#list = h('div', {
      class: 'tiles-list',
      role: 'listbox',
      tabIndex: 0,
      'aria-label': `${group}: choose one to see it from inside`,
      on: {
        click: ({ target }) => this.pick(this.#tiles.findIndex((tile) => tile === target)),
        keydown: (event) => this.#key(event),
        focus: () => this.#tell(this.#tiles[this.#active]),
        blur: () => this.#tell(null),
        pointerover: ({ target }) => this.#tell(target),
        pointerleave: () => this.#tell(null),
      },
    });
    this.element = h('div', { class: 'tiles' }, this.#list, this.#value);
  }

  /** A picture of so many columns and rows; none of points. @param {number} columns @param {number} rows */
  set(columns, rows) {
    this.#columns = columns;
    this.#list.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
    this.#tiles = Array.from({ length: columns * rows }, (_, tile) =>
      h('div', {
        class: 'tile',
        role: 'option',
        id: uniqueId('tile'),
        'aria-selected': 'false',
        'aria-label': this.title(tile),
      }),
    );
    this.#list.replaceChildren(...this.#tiles);
    this.#activate(0);
  }

  /** @param {number} tile */
  title(tile) {
    return `${this.#name} ${tile + 1}`;
  }

  /** @param {number} tile */
  focus(tile) {
    this.#activate(tile);
    this.#list.focus();
  }

  /** @param {number | null} tile */
  mark(tile) {
    this.#tiles.forEach((each, at) => each.setAttribute('aria-selected', String(at === tile)));
  }

  /** @param {{ level: number, text: string }[] | null} verdicts  for each tile, level from 0 to 1; null for none */
  show(verdicts) {
    this.element.classList.toggle('judged', Boolean(verdicts));
    this.#tiles.forEach((each, tile) => {
      const { level = 0, text } = verdicts?.[tile] ?? {};
      each.style.setProperty('--level', String(level));
      each.setAttribute('aria-label', text ? `${this.title(tile)}: ${text}` : this.title(tile));
    });
    if (!this.#value.hidden) this.#tell(this.#list.querySelector('.tile:hover') ?? this.#tiles[this.#active]);
  }

  /** @param {number} tile */
  #activate(tile) {
    this.#tiles[this.#active]?.classList.remove('active');
    this.#active = tile;
    this.#tiles[tile]?.classList.add('active');
    this.#list.setAttribute('aria-activedescendant', this.#tiles[tile]?.id ?? '');
  }

  /** @param {number} tile */
  pick(tile) {
    if (!this.#tiles[tile]) return;
    this.#activate(tile);
    this.#choose(tile);
  }

  /** @param {EventTarget | null} target  a tile, or anything else */
  #tell(target) {
    const tile = this.#tiles.find((each) => each === target);
    this.#value.hidden = !tile;
    if (tile) this.#value.textContent = tile.getAttribute('aria-label');
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const to = this.#active + (MOVES[event.key]?.(this.#columns) ?? NaN);
    if (event.key === 'Enter' || event.key === ' ') this.pick(this.#active);
    else if (!this.#tiles[to]) return;
    else this.#activate(to);
    event.preventDefault();
    this.#tell(this.#tiles[this.#active]);
  }
}
