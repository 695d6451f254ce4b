/**
 * What happens where nobody looks: in a hidden tab, and in a second tab of the page.
 *
 * A hidden tab goes on training unless told otherwise: a run takes minutes, and whoever reads something else meanwhile
 * waits for it. It draws next to nothing there. Two tabs that train share the processor, so each says so.
 */

/** @import { Context } from '../../types/page.js' */
/** @import { State } from '../protocol.js' */

import { formatCount, h, uniqueId } from './dom.js';

/** What a hidden tab may do; the first is the default. @type {Record<string, string>} */
export const BACKGROUNDS = { train: 'Go on training, without drawing', pause: 'Wait until I am back' };
const AWAY_MS = 10_000; // who was away for less needs no report
const RUNNING = ['playing', 'stepping', 'phase'];
/** This document: what its own playgrounds say of each other is no news. */
const TAB = Math.random();

/**
 * What tabs say to each other: that a playground in one trains or does not, or that all others shall pause.
 * @typedef {{ tab: number, from?: number, running?: boolean, asks?: boolean, pause?: boolean }} Heard
 */

export class Presence {
  static control = 'settings';
  static group = 'change';
  element;
  #host;
  #request;
  #notices;
  #choice;
  #channel = new BroadcastChannel('ganvas');
  #me = Math.random();
  /** Playgrounds of other tabs that train. @type {Set<number>} */
  #others = new Set();
  #isRunning = false;
  /** @type {State} */
  #state = 'loading';
  #step = 0;
  /**
   * When and at which step the tab was hidden, and whether that stopped the training.
   * @type {{ at: number, step: number, pauses: boolean } | null}
   */
  #left = null;
  #leave = new AbortController();

  /** @param {Context} context */
  constructor({ host, request, notices }) {
    this.#host = host;
    this.#request = request;
    this.#notices = notices;
    const wanted =
      (host.hasAttribute('from-query') && new URLSearchParams(location.search).get('background')) ||
      host.getAttribute('background');
    if (wanted && !BACKGROUNDS[wanted])
      notices.show(
        'warning',
        `background: there is no "${wanted}". There are: ${Object.keys(BACKGROUNDS).join(', ')}.`,
      );
    if (wanted && BACKGROUNDS[wanted]) host.setAttribute('background', wanted); // where a link to this run finds it
    const id = uniqueId('background');
    this.#choice = h(
      'select',
      { id, on: { change: () => this.#remember() } },
      ...Object.entries(BACKGROUNDS).map(([value, name]) => h('option', { value, selected: value === wanted }, name)),
    );
    this.element = h(
      'section',
      { class: 'panel presence', 'aria-label': 'This tab' },
      h('h2', {}, 'This tab'),
      h(
        'div',
        { class: 'field' },
        h('label', { htmlFor: id }, 'While this tab is hidden'),
        this.#choice,
        h(
          'p',
          { class: 'help' },
          'A run takes minutes, so it goes on while you read something else. Waiting spares the battery.',
        ),
      ),
    );
    const { signal } = this.#leave;
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#hide() : this.#return()), { signal });
    addEventListener('pagehide', () => this.#tell(false), { signal });
    this.#channel.addEventListener('message', ({ data }) => this.#hear(data));
  }

  /** @param {State} state @param {number} step */
  state(state, step) {
    this.#state = state;
    this.#step = step;
    if (state === 'loading') return; // of a run that goes on
    const runs = RUNNING.includes(state);
    if (runs !== this.#isRunning) this.#tell(runs, true);
    this.#isRunning = runs;
    this.#show();
  }

  /** @param {{ step: number }} metrics */
  metrics({ step }) {
    this.#step = step;
  }

  ready() {
    if (document.hidden) this.#request({ type: 'seen', visible: false }).catch(() => {});
  }

  destroy() {
    this.#tell(false);
    this.#channel.close();
    this.#leave.abort();
  }

  #remember() {
    this.#host.setAttribute('background', this.#choice.value);
    if (!this.#host.hasAttribute('from-query')) return;
    const address = new URL(location.href);
    address.searchParams.set('background', this.#choice.value);
    try {
      history.replaceState(null, '', address);
    } catch {
      // Some embedding pages do not allow it.
    }
  }

  // A hidden tab -----------------------------------------------------------------------------------

  #hide() {
    const pauses = this.#choice.value === 'pause' && this.#state === 'playing';
    this.#left = { at: Date.now(), step: this.#step, pauses };
    this.#request({ type: 'seen', visible: false }).catch(() => {});
    if (pauses) this.#host.pause().catch(() => {});
  }

  #return() {
    this.#request({ type: 'seen', visible: true }).catch(() => {});
    const { at, step, pauses } = this.#left ?? { at: NaN, step: NaN, pauses: false };
    const done = this.#step - step;
    if (pauses && this.#state === 'paused') {
      this.#notices.show('note', 'Training waited while this tab was hidden, and goes on now.', { topic: 'away' });
      this.#host.play().catch(() => {});
    } else if (Date.now() - at > AWAY_MS && done > 0) {
      this.#notices.show(
        'note',
        `While this tab was hidden, training went on: ${formatCount(done)} ${done === 1 ? 'step' : 'steps'}.`,
        { topic: 'away' },
      );
    }
    this.#left = null;
  }

  // Another tab ------------------------------------------------------------------------------------

  /** @param {boolean} running @param {boolean} [asks]  the others shall say whether they train */
  #tell(running, asks = false) {
    this.#channel.postMessage({ tab: TAB, from: this.#me, running, asks });
  }

  /** @param {Heard} message */
  #hear({ tab, from, running, asks, pause }) {
    if (tab === TAB) return;
    if (pause) {
      if (!this.#isRunning) return;
      this.#host.pause().catch(() => {});
      this.#notices.show('note', 'Paused from another tab of this page.', {
        topic: 'tabs',
        remedies: [{ label: 'Go on here', action: () => this.#host.play().catch(() => {}) }],
      });
      return;
    }
    if (from !== undefined) this.#others[running ? 'add' : 'delete'](from);
    if (asks && this.#isRunning) this.#tell(true);
    this.#show();
  }

  #show() {
    const shared = this.#isRunning && this.#others.size > 0;
    if (!shared) return this.#notices.clear('tabs shared');
    this.#notices.show(
      'note',
      'Another tab of this page is training too. Both share the processor, so each is slower.',
      {
        topic: 'tabs shared',
        remedies: [{ label: 'Pause the other', action: () => this.#channel.postMessage({ tab: TAB, pause: true }) }],
      },
    );
  }
}
