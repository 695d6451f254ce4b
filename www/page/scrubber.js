/**
 * The run so far as a strip below the stage: drag along it to look at what was kept, let go to go back there. A bar offers the
 * way forward again, so that nobody loses anything by trying.
 */

/** @import { Context } from '../../types/page.js' */
/** @import { Kept } from './snapshots.js' */

import { formatCount, formatFixed, formatPercent, h } from './dom.js';
import { Film, paint } from './film.js';

const EMPTY = 'States of the run line up here as it trains: drag along them to look back, let go to go back.';

export class Scrubber {
  #context;
  #keeper;
  #undo;
  #empty = h('p', { class: 'detail' }, EMPTY);
  #film;
  #canvas = h('canvas', {});
  #label = h('p', { class: 'recorded-label' });
  #looked = h('div', { class: 'recorded looked', 'aria-hidden': 'true' }, this.#canvas, this.#label);
  /** What is looked at; null: nobody drags. @type {Kept | null} */
  #chosen = null;

  /**
   * @param {Context} context @param {import('./keeper.js').Keeper} keeper @param {import('./undo.js').Undo} undo
   * @param {HTMLElement} element  where it stands
   */
  constructor(context, keeper, undo, element) {
    this.#context = context;
    this.#keeper = keeper;
    this.#undo = undo;
    this.#film = new Film(
      (at) => this.#look(at),
      () => this.#go(),
      'The run so far',
    );
    element.replaceChildren(this.#empty, this.#film.element);
    keeper.listeners.add(() => this.#show());
    this.#show();
  }

  /** Of the present run only: former ones are in the timeline. */
  #show() {
    if (this.#chosen) return; // it stays as it is in the hand
    const { kept } = this.#keeper;
    const { present, here } = kept;
    this.#empty.hidden = present.length > 1;
    const run = { all: present, here, runs: [present], isUndone: (/** @type {Kept} */ one) => kept.isUndone(one) };
    this.#film.show(run, () => 'This run');
    this.#film.element.hidden = present.length < 2;
    const at = here ? present.indexOf(here) : present.findLastIndex((one) => !kept.isUndone(one));
    this.#film.choose(Math.max(0, at), `Step ${formatCount(present[at]?.step ?? 0)}`);
  }

  /** @param {number} at */
  #look(at) {
    const kept = this.#keeper.kept.present[at];
    if (!kept) return;
    this.#chosen = kept;
    paint(this.#canvas, kept.picture);
    const words = `Step ${formatCount(kept.step)}${figure(kept)}`;
    this.#label.textContent = words;
    this.#film.choose(at, words);
    const frame = this.#context.stage.frame('samples');
    if (this.#looked.parentElement !== frame) frame.append(this.#looked);
  }

  async #go() {
    const kept = this.#chosen;
    if (!kept) return;
    const { host, travelling } = this.#context;
    try {
      // Where it stands already it stays; and it does not leave a run on its way.
      if (kept.step !== host.status.step && !travelling) await this.#undo.goToKept(kept);
    } catch {
      // The bar says it.
    } finally {
      this.#looked.remove();
      this.#chosen = null;
      this.#show();
    }
  }

  destroy() {
    this.#looked.remove();
  }
}

/** The figure by which samples are compared first, where it was measured. @param {Kept} kept */
function figure({ quality }) {
  if (quality?.form === 'image' && quality.nfd !== null) return `, nFD ${formatFixed(quality.nfd, 2)}`;
  if (quality?.form === 'point' && quality.modes !== null)
    return `, ${quality.modes} of ${quality.modeCount} modes, ${formatPercent(quality.highQuality)} near one`;
  return '';
}
