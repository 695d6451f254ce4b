/** Play, pause, step, phases, reset, save and load. */

/** @import { Actions } from '../../types/page.js' */
/** @import { Only } from '../protocol.js' */

import { guard, h, icon, setDisabled } from './dom.js';
import { Phases } from './phases.js';

export class Transport {
  element;
  phases;
  #play;
  #stepping;
  #save;
  #load;

  /** @param {Actions} actions @param {(file: Blob) => void} open  a saved run */
  constructor(actions, open) {
    const file = h('input', {
      type: 'file',
      class: 'visually-hidden',
      accept: '.safetensors',
      tabIndex: -1,
      'aria-hidden': 'true',
      on: {
        change: () => {
          if (file.files?.[0]) open(file.files[0]);
          file.value = ''; // the same file may be chosen again
        },
      },
    });
    this.#play = h('button', {
      type: 'button',
      class: 'button primary',
      'aria-keyshortcuts': 'Space',
      on: { click: actions.toggle },
    });
    /** @param {string} label @param {Only} only @param {string} title */
    const step = (label, only, title) =>
      h(
        'button',
        {
          type: 'button',
          class: 'button',
          title,
          'aria-keyshortcuts': only[0] === 'b' ? 'S' : only[0].toUpperCase(),
          on: { click: () => actions.step(only) },
        },
        ...(only === 'both' ? [icon('step')] : []),
        label,
      );
    this.#stepping = [
      step('Step', 'both', 'Train both networks for one step (key S)'),
      step('Only forger', 'generator', 'Train the generator for one step; the discriminator stays as it is (key G)'),
      step(
        'Only detective',
        'discriminator',
        'Train the discriminator for one step; the generator stays as it is (key D)',
      ),
    ];
    const reset = h(
      'button',
      {
        type: 'button',
        class: 'button reset',
        title: 'Start again from the same seed (key R)',
        'aria-keyshortcuts': 'R',
        on: { click: actions.reset },
      },
      icon('reset'),
      'Reset',
    );
    this.phases = new Phases(actions.phase);
    this.#save = h(
      'button',
      { type: 'button', class: 'button quiet', title: 'Save both networks to a file', on: { click: actions.save } },
      icon('save'),
      'Save',
    );
    this.#load = h(
      'button',
      {
        type: 'button',
        class: 'button quiet',
        title: 'Load networks from a saved file',
        on: { click: () => file.click() },
      },
      icon('load'),
      'Load',
    );
    this.element = guard(
      h(
        'div',
        { class: 'transport', role: 'group', 'aria-label': 'Training' },
        this.#play,
        ...this.#stepping,
        reset,
        h('span', { class: 'files' }, this.#save, this.#load),
        file,
        this.phases.element,
      ),
    );
    this.update('loading', false);
  }

  /** @param {import('../protocol.js').Info} info */
  info({ isPair }) {
    this.phases.element.hidden = !isPair;
  }

  /** @param {import('../protocol.js').State} state @param {boolean} wantsPlay  play was pressed while loading */
  update(state, wantsPlay) {
    const running =
      ['playing', 'stepping', 'phase'].includes(state) || (wantsPlay && (state === 'loading' || state === 'lost'));
    const label = running ? 'Pause' : 'Play';
    if (this.#play.textContent !== label) {
      this.#play.replaceChildren(icon(running ? 'pause' : 'play'), label);
      this.#play.title = `${label} (space bar)`;
    }
    if (['playing', 'stepping', 'loading'].includes(state)) this.phases.clear();
    const rest = ['paused', 'playing', 'stepping', 'phase'].includes(state);
    for (const button of [...this.#stepping, ...this.phases.buttons, this.#save, this.#load])
      setDisabled(button, !rest);
    setDisabled(this.#play, state === 'failed');
  }
}
