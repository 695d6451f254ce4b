/** Snapshots of the run on a strip that can be scrubbed: to look at, to go back to, to branch from. */

/** @import { Context } from '../../types/page.js' */
/** @import { SomeSettings, Tables } from '../protocol.js' */

import { button, formatBytes, formatCount, guard, h, said, setDisabled } from './dom.js';
import { Film } from './film.js';
import { SnapshotCard } from './snapshot-card.js';
import { MOST_BYTES, MOST_SNAPSHOTS } from './snapshots.js';
import { travel } from './travel.js';

/** @typedef {import('./snapshots.js').Kept} Kept */

export class Timeline {
  element;
  #context;
  #keeper;
  #kept;
  /** What is looked at; null: whatever is newest. @type {Kept | null} */
  #chosen = null;
  /** Where the run stood before it went back. @type {Kept | null} */
  #undo = null;
  /** @type {Tables['presets']} */
  #presets = [];
  #visible = true;
  #busy = false;

  #film = new Film((at) => this.#choose(this.#kept.all[at]));
  #said = said();
  #usage = h('span', { class: 'detail' });
  #question = h('span', {});
  #asks = h(
    'span',
    { class: 'row', hidden: true },
    this.#question,
    button('Clear them', () => this.#clearFormer()),
    button('Keep them', () => this.#ask(false)),
  );
  #card = new SnapshotCard({
    back: () => this.#goTo(this.#shown),
    remove: () => this.#remove(),
    branch: () => this.#branch(),
  });
  #buttons = {
    take: button('Snapshot now', () => this.#takeByHand()),
    undo: button('', () => this.#goTo(this.#undo)),
    clear: button('Clear former runs', () => this.#ask(true)),
  };

  /** @param {Context} context  the keeper in it is there */
  constructor(context) {
    this.#context = context;
    const keeper = /** @type {import('./keeper.js').Keeper} */ (context.keeper);
    this.#keeper = keeper;
    this.#kept = keeper.kept;
    this.#kept.room = MOST_BYTES;
    keeper.spared = () => [this.#undo, this.#chosen];
    keeper.listeners.add((turned) => {
      if (turned) this.#undo = null;
      if (this.#visible) this.#render();
    });
    keeper.reach(context.host.status.step);
    context.goBackTo = (kept) => this.#goTo(kept);
    const { take, undo, clear } = this.#buttons;
    this.element = guard(
      h(
        'section',
        { class: 'panel timeline', 'aria-label': 'Timeline' },
        h('h2', {}, 'Timeline'),
        h(
          'p',
          { class: 'detail' },
          'While it trains, the run leaves snapshots here, fewer as it gets longer. Look at any of them while training goes on. ' +
            `There is room for ${MOST_SNAPSHOTS}, or ${formatBytes(MOST_BYTES)}; then some are dropped, those of former runs first. Reset and new settings begin another run and keep these.`,
        ),
        h('div', { class: 'row' }, take, undo, clear, this.#asks, this.#usage),
        this.#said.element,
        this.#film.element,
        this.#card.element,
      ),
    );
    this.#render();
  }

  // What the run tells -----------------------------------------------------------------------------

  /** @param {Tables} tables */
  tables({ settings, presets }) {
    this.#presets = presets;
    this.#card.offer(settings.filter(({ key, kind }) => key !== 'preset' && kind !== 'points'));
  }

  /** @param {boolean} visible */
  shown(visible) {
    this.#visible = visible;
    if (visible) this.#render();
  }

  state() {
    this.#update();
  }

  // Taking -----------------------------------------------------------------------------------------

  async #takeByHand() {
    try {
      const kept = await this.#keeper.take(true);
      this.#choose(kept);
      this.#said.say(`Step ${formatCount(kept.step)} is kept.`);
    } catch (error) {
      this.#said.say(`No snapshot was taken: ${error.message} Where memory is short, remove others.`, true);
    }
  }

  // Going ------------------------------------------------------------------------------------------

  #branch() {
    const { change } = this.#card;
    if (change) this.#goTo(this.#shown, change);
    else this.#said.say('Nothing is changed yet: choose a setting, and a value other than its own.', true);
  }

  /**
   * The present state is kept first, so that nothing is lost whatever comes of it.
   * @param {Kept | null} kept
   * @param {import('./knob.js').Change | null} [change]
   * @returns {Promise<string>} why it failed; empty if the run stands there
   */
  async #goTo(kept, change = null) {
    if (!kept) return 'There is no such snapshot.';
    if (this.#busy) return 'The timeline is under way already.';
    this.#busy = true;
    this.#update();
    const at = `step ${formatCount(kept.step)}`;
    this.#said.say(`Going to ${at} \u2026`);
    const { host } = this.#context;
    await host.pause().catch(() => {}); // a failed engine cannot
    const { kept: left } = await this.#keeper.keepRun();
    const before = left && { settings: host.settings, bytes: left.bytes };
    // Where it is computed is no part of the state: who went to the CPU stays there.
    const settings = {
      ...kept.settings,
      backend: host.settings.backend,
      ...(change && { [change.key]: change.value }),
    };
    try {
      await travel(this.#context, { settings, bytes: kept.bytes });
      this.#kept.enter(kept);
      this.#undo = kept === this.#undo || kept === left ? null : left;
      this.#chosen = kept;
      this.#said.say(
        `The run stands at ${at} again${change ? `, with ${change.text}` : ''}. ${this.#undo ? 'Press Play to go on from here; until then there is a way back.' : ''}`,
      );
      return '';
    } catch (error) {
      const why = error.message.replace(/\.$/, '');
      const isBack =
        before &&
        (await travel(this.#context, before).then(
          () => true,
          () => false,
        ));
      if (left && isBack) this.#kept.enter(left);
      const rest =
        left && isBack
          ? `The run is where it was, at step ${formatCount(left.step)}.`
          : 'All snapshots are still there.';
      if (change) {
        this.#said.say(
          `${change.text} does not go with this snapshot: ${why}. ${rest} Settings that take effect at once always go, and so do those that leave the networks\u2019 shapes as they are, such as the loss.`,
          true,
          button('Start a new run with it', () => this.#context.actions.change(settings)),
        );
      } else {
        this.#said.say(
          `The snapshot of ${at} could not be loaded: ${why}. ${rest} If the device was lost or memory is short, try again, or choose the CPU as the backend.`,
          true,
        );
      }
      return this.#said.element.firstChild?.textContent ?? '';
    } finally {
      this.#busy = false;
      this.#render();
    }
  }

  #remove() {
    const kept = this.#shown;
    if (!kept) return;
    const at = this.#kept.all.indexOf(kept);
    this.#kept.remove(kept);
    this.#chosen = this.#kept.all[at] ?? null;
    this.#forgetUndo();
  }

  /** @param {boolean} asks */
  #ask(asks) {
    this.#asks.hidden = !asks;
    this.#buttons.clear.hidden = asks;
    this.#question.textContent = `Clear ${formatCount(this.#kept.former.length)} snapshots of former runs for good?`;
    const next = asks ? this.#asks.lastElementChild : this.#buttons.take;
    if (next instanceof HTMLElement) next.focus();
  }

  #clearFormer() {
    this.#kept.clearFormer();
    this.#ask(false);
    this.#forgetUndo();
  }

  #forgetUndo() {
    if (this.#undo && !this.#kept.all.includes(this.#undo)) this.#undo = null;
    this.#render();
  }

  // What is seen -----------------------------------------------------------------------------------

  /** @returns {Kept | null} */
  get #shown() {
    if (this.#chosen && this.#kept.all.includes(this.#chosen)) return this.#chosen;
    return this.#kept.present.at(-1) ?? this.#kept.all.at(-1) ?? null;
  }

  /** @param {Kept} kept */
  #choose(kept) {
    // Who looks at the newest one goes on to the next.
    this.#chosen = kept === this.#kept.present.at(-1) ? null : kept;
    this.#show();
  }

  #render() {
    const { all, bytes, former, present } = this.#kept;
    const { undo, clear } = this.#buttons;
    this.#film.show(this.#kept, (run) => (run === present ? 'This run' : `Former: ${this.#nameOf(run[0].settings)}`));
    this.#usage.textContent = `${formatCount(all.length)} kept, ${formatBytes(bytes)}`;
    if (former.length === 0) this.#asks.hidden = true;
    clear.hidden = former.length === 0 || !this.#asks.hidden;
    undo.hidden = !this.#undo;
    undo.textContent = `Undo: back to step ${formatCount(this.#undo?.step)}`;
    this.#card.element.hidden = all.length === 0;
    this.#show();
    this.#update();
  }

  #show() {
    const kept = this.#shown;
    if (!kept) return;
    const run = this.#kept.isUndone(kept)
      ? 'undone'
      : this.#kept.present.includes(kept)
        ? 'this run'
        : `former: ${this.#nameOf(kept.settings)}`;
    this.#film.choose(this.#kept.all.indexOf(kept), `Step ${formatCount(kept.step)}, ${run}`);
    this.#card.show(kept, run);
  }

  /** What of it can be pressed now. */
  #update() {
    const { take, undo } = this.#buttons;
    setDisabled(
      take,
      this.#busy || !['paused', 'playing', 'stepping', 'phase'].includes(this.#context.host.status.state),
    );
    setDisabled(undo, this.#busy);
    this.#card.disable(this.#busy);
  }

  /** The preset, and what the run has otherwise. @param {SomeSettings} settings */
  #nameOf(settings) {
    const preset = this.#presets.find(({ key }) => key === settings.preset);
    const changed = Object.entries(preset?.defaults ?? {})
      .filter(([key, value]) => settings[key] !== value)
      .map(([key]) => `${key}=${settings[key]}`);
    return [preset?.name, ...changed].join(', ');
  }
}
