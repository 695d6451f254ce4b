/** Play, pause, step, and who learns; what is needed less often has its place in a menu: reset, save, load. */

/** @import { Actions } from '../../types/page.js' */
/** @import { Only, State } from '../protocol.js' */

import { guard, h, icon, setDisabled } from './dom.js';
import { Phases } from './phases.js';

/** Who learns: how it is said on the button, and what that means. @type {[only: Only, name: string, title: string][]} */
const LEARNERS = [
  ['both', 'Both learn', 'Play and Step train both networks in turn'],
  [
    'generator',
    'Only G',
    'Phase one: play trains the generator alone, until the discriminator can only guess. Step trains it for one step (key G)',
  ],
  [
    'discriminator',
    'Only D',
    'Phase two: play trains the discriminator alone, until it sees through the forgeries. Step trains it for one step (key D)',
  ],
];
const RUNNING = ['playing', 'stepping', 'phase'];

export class Transport {
  element;
  /** Reset, save and load: for a menu. */
  files;
  phases = new Phases();
  #actions;
  #play;
  #step;
  #learners;
  #save;
  #load;
  /** @type {Only} */
  #only = 'both';
  /** @type {State} */
  #state = 'loading';
  #wantsPlay = false;
  #isPair = true;

  /** @param {Actions} actions @param {(file: Blob) => void} open  a saved run */
  constructor(actions, open) {
    this.#actions = actions;
    this.#play = h('button', {
      type: 'button',
      class: 'button primary',
      'aria-keyshortcuts': 'Space',
      on: { click: () => this.toggle() },
    });
    this.#step = h(
      'button',
      {
        type: 'button',
        class: 'button',
        title: 'Train for one step (key S: both networks)',
        'aria-keyshortcuts': 'S',
        on: { click: () => actions.step(this.#only) },
      },
      icon('step'),
      'Step',
    );
    this.#learners = LEARNERS.map(([only, name, title]) =>
      h(
        'button',
        {
          type: 'button',
          class: `button learner ${only}`,
          title,
          'aria-pressed': String(only === 'both'),
          on: { click: () => this.#choose(only) },
        },
        name,
      ),
    );
    this.element = guard(
      h(
        'div',
        { class: 'transport', role: 'group', 'aria-label': 'Training' },
        this.#play,
        this.#step,
        h('div', { class: 'segments', role: 'group', 'aria-label': 'Who learns' }, ...this.#learners),
      ),
    );
    [this.#save, this.#load, this.files] = filing(actions, open);
    this.update('loading', false);
  }

  /** Plays as the chosen way of learning has it, or pauses. */
  toggle() {
    if (this.#runs || this.#only === 'both') this.#actions.toggle();
    else this.#begin();
  }

  /** A run goes over to the way that is chosen; at rest it waits for play. @param {Only} only */
  #choose(only) {
    if (only === this.#only) return;
    this.#only = only;
    LEARNERS.forEach(([each], at) => this.#learners[at].setAttribute('aria-pressed', String(each === only)));
    this.phases.clear();
    if (this.#runs) this.#begin();
  }

  #begin() {
    if (this.#only === 'both') this.#actions.play();
    else if (this.#isPair) this.#actions.phase(this.#only);
    else this.#actions.steps(this.#only);
  }

  get #runs() {
    const waits = this.#state === 'loading' || this.#state === 'lost';
    return RUNNING.includes(this.#state) || (this.#wantsPlay && waits);
  }

  /** @param {import('../protocol.js').Info} info */
  info({ isPair }) {
    this.#isPair = isPair; // other games have no phase that ends by itself
  }

  /** @param {State} state @param {boolean} wantsPlay  play was pressed while loading */
  update(state, wantsPlay) {
    [this.#state, this.#wantsPlay] = [state, wantsPlay];
    const running = this.#runs;
    const label = running ? 'Pause' : 'Play';
    if (this.#play.textContent !== label) {
      this.#play.replaceChildren(icon(running ? 'pause' : 'play'), label);
      this.#play.title = `${label} (space bar)`;
    }
    if (['playing', 'stepping', 'loading'].includes(state)) this.phases.clear();
    const rest = ['paused', 'playing', 'stepping', 'phase'].includes(state);
    for (const button of [this.#step, ...this.#learners, this.#save, this.#load]) setDisabled(button, !rest);
    setDisabled(this.#play, state === 'failed');
  }
}

/**
 * Reset, save and load.
 * @param {Actions} actions
 * @param {(file: Blob) => void} open
 * @returns {[save: HTMLButtonElement, load: HTMLButtonElement, all: HTMLElement]}
 */
function filing(actions, open) {
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
  /** @param {Parameters<typeof icon>[0]} sign @param {string} name @param {string} title @param {() => void} click */
  const item = (sign, name, title, click) =>
    h('button', { type: 'button', class: 'button quiet', title, on: { click } }, icon(sign), name);
  const reset = item('reset', 'Reset', 'Start again from the same seed (key R)', actions.reset);
  reset.setAttribute('aria-keyshortcuts', 'R');
  const save = item('save', 'Save', 'Save both networks to a file', actions.save);
  const load = item('load', 'Load', 'Load networks from a saved file', () => file.click());
  return [save, load, guard(h('div', { class: 'files' }, reset, save, load, file))];
}
