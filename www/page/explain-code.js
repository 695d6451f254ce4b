/** The lines of the engine that do what is explained, as they stood in the sources when the page was built. */

import { button, h, uniqueId } from './dom.js';
import { siteUrl } from '../site.js';

/**
 * @typedef {{ side: 'D' | 'G', words: string[], line: number, lines: string[] }} Piece  words: what it is picked by; line: number of its first
 * @typedef {Record<string, Piece[]>} Sources  by file
 * @typedef {{ files: string[], words: string[], stage: number }} Wanted  files with the game's turns; words: keys of its loss and penalty; stage: from 0
 * @typedef {{ side: 'D' | 'G', step: string }} SlowStep
 */

const LOSSES = 'src/nn/losses.rs';
const PENALTIES = 'src/nn/penalties.rs';
const TURNS = { D: 'While D learns', G: 'While G learns' };

/** @type {Promise<Sources> | null} */
let coming = null;

/** The marked lines of all files; they come once, and again if that failed. @returns {Promise<Sources>} */
function sources() {
  coming ??= fetch(siteUrl('explain.json')).then((response) => {
    if (!response.ok) throw new Error(`status ${response.status}`);
    return response.json();
  });
  coming.catch(() => {
    coming = null;
  });
  return coming;
}

export class Excerpts {
  element = h('div', { class: 'excerpts' });
  /** @type {Wanted} */
  #wanted = { files: [], words: [], stage: 0 };
  #shown = '';
  /** @type {SlowStep | null} */
  #step = null;

  /** @param {string[]} files @param {string[]} words @param {number} stage */
  show(files, words, stage) {
    this.#wanted = { files, words, stage };
  }

  /** Draws what is wanted, if it is not there and has not failed. */
  async load() {
    const wanted = this.#wanted;
    const key = JSON.stringify(wanted);
    if (key === this.#shown || wanted.files.length === 0) return;
    this.#shown = key;
    try {
      const all = await sources();
      if (key !== this.#shown) return; // another one since
      const sides = /** @type {const} */ (['D', 'G']);
      this.element.replaceChildren(
        ...sides.flatMap((side) => {
          const figures = partsOf(all, wanted, side).map(([file, pieces]) => this.#figure(file, pieces, side));
          return figures.length ? [h('h4', {}, TURNS[side]), ...figures] : [];
        }),
      );
      this.light(this.#step);
    } catch (error) {
      if (key !== this.#shown) return;
      const why = error instanceof Error ? error.message : String(error);
      const again = button('Try again', () => {
        this.#shown = '';
        this.load();
      });
      this.element.replaceChildren(h('p', { role: 'alert' }, `The lines did not load (${why}).`), again);
    }
  }

  /** @param {string} file @param {Piece[]} pieces @param {'D' | 'G'} side */
  #figure(file, pieces, side) {
    const isOfLoss = file === LOSSES || file === PENALTIES;
    const lines = pieces.map(({ words, lines }) =>
      h('code', { class: 'piece', data: { side, steps: (isOfLoss ? ['loss'] : words).join(' ') } }, lines.join('\n')),
    );
    const caption = h('figcaption', { id: uniqueId('file') }, `${file}, line ${pieces[0].line}`);
    // Lines are left out between pieces.
    const code = lines.flatMap((line, at) =>
      at ? [h('span', { class: 'gap', 'aria-hidden': 'true' }, '\u22ee'), line] : [line],
    );
    return h('figure', {}, caption, h('pre', { tabIndex: 0, role: 'group', 'aria-labelledby': caption.id }, ...code));
  }

  /** The lines that slow motion is at. @param {SlowStep | null} step */
  light(step) {
    this.#step = step;
    const pieces = /** @type {Iterable<HTMLElement>} */ (this.element.querySelectorAll('.piece'));
    for (const piece of pieces) {
      const runs = step !== null && piece.dataset.side === step.side;
      const isIt = runs && (piece.dataset.steps ?? '').split(' ').includes(step.step);
      piece.classList.toggle('running', isIt);
      if (isIt) piece.setAttribute('aria-current', 'step');
      else piece.removeAttribute('aria-current');
    }
  }
}

/**
 * The pieces of one side, by file: the game's own, then those of its loss and penalty.
 * @param {Sources} all @param {Wanted} wanted @param {'D' | 'G'} side
 * @returns {[file: string, pieces: Piece[]][]}
 */
export function partsOf(all, { files, words, stage }, side) {
  const stageWords = (/** @type {Piece} */ piece) => piece.words.filter((word) => word.startsWith('stage'));
  /** @param {string} file @param {(piece: Piece) => boolean} isWanted @returns {[string, Piece[]]} */
  const some = (file, isWanted) => [file, (all[file] ?? []).filter((piece) => piece.side === side && isWanted(piece))];
  const own = files.map((file) =>
    some(file, (piece) => stageWords(piece).length === 0 || piece.words.includes(`stage${stage + 1}`)),
  );
  const picked = [LOSSES, PENALTIES].map((file) =>
    some(file, (piece) => piece.words.some((word) => words.includes(word))),
  );
  return [...own, ...picked].filter(([, pieces]) => pieces.length > 0);
}
