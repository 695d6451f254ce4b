/** One kept state, looked at: its picture, what was measured there, and what can be done with it. */

/** @import { SettingRow } from '../../types/engine.js' */

import { button, download, facts, formatCount, formatFixed, h, setDisabled } from './dom.js';
import { paint } from './film.js';
import { Knob } from './knob.js';
import { headline } from './quality.js';

/** @typedef {import('./snapshots.js').Kept} Kept */

export class SnapshotCard {
  element;
  #canvas = h('canvas', { role: 'img' });
  #facts = h('dl', { class: 'facts' });
  #knob = new Knob('Setting to change', true);
  /** Not while the run is on its way to another state. */
  #buttons;
  /** @type {Kept | null} */
  #kept = null;

  /** @param {Record<'back' | 'remove' | 'branch', () => void>} actions  with the state that is shown */
  constructor({ back, remove, branch }) {
    this.#buttons = {
      back: button('Go back to here', back),
      remove: button('Remove', remove),
      branch: button('Branch from here', branch),
    };
    const save = button('Save as a file', () => this.#save());
    this.element = h(
      'div',
      { class: 'snapshot' },
      h('figure', {}, h('div', { class: 'frame' }, this.#canvas)),
      h(
        'div',
        {},
        this.#facts,
        h('div', { class: 'row' }, this.#buttons.back, save, this.#buttons.remove),
        h(
          'div',
          { class: 'branch' },
          h('h3', {}, 'Go on from here with one thing changed'),
          this.#knob.element,
          this.#buttons.branch,
        ),
      ),
    );
  }

  /** @param {SettingRow[]} settings  that a branch may change */
  offer(settings) {
    this.#knob.offer(settings);
  }

  /** The one thing that a branch changes; null if nothing is changed yet. */
  get change() {
    return this.#knob.change;
  }

  /** @param {Kept} kept @param {string} run  of which run it is, in words */
  show(kept, run) {
    this.#kept = kept;
    const { step, stage, losses, quality, settings, picture } = kept;
    paint(this.#canvas, picture);
    this.#canvas.setAttribute('aria-label', `Forgeries at step ${formatCount(step)}, of the same grid as above`);
    facts(this.#facts, [
      ['Step', formatCount(step)],
      ...(stage ? [/** @type {[string, string]} */ (['Stage', stage])] : []),
      ['Run', run],
      ['D\u2019s loss', formatFixed(losses.d_loss ?? NaN, 3)],
      ['G\u2019s loss', formatFixed(losses.g_loss ?? NaN, 3)],
      ...(quality ? [headline(quality)] : []),
    ]);
    this.#knob.from(settings);
  }

  /** @param {boolean} busy */
  disable(busy) {
    for (const one of Object.values(this.#buttons)) setDisabled(one, busy);
  }

  #save() {
    if (!this.#kept) return;
    const { bytes, step, settings } = this.#kept;
    download(bytes, `ganvas-${settings.preset}-step-${step}.safetensors`);
  }
}
