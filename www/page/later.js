/** Code that comes when it is first needed, so that a first visit does not wait for it: panels, and what buttons open. */

/** @import { Context, Door, Panel, PanelClass } from '../../types/page.js' */
/** @import { Info, Quality } from '../protocol.js' */

import { button, h } from './dom.js';

/** What a panel is told once it is there, as far as it has happened, in this order: the last of each. */
const REMEMBERED = /** @type {const} */ (['tables', 'ready', 'settings', 'state', 'evaluation', 'paint']);
/** What it misses while it is not there. */
const MISSED = /** @type {const} */ (['metrics', 'pulse', 'truncate', 'break', 'clear']);

/**
 * A panel in the place of one that needs little of what happened before it is first seen: how things stand, and what its
 * door has kept.
 *
 * @typedef {{ control: string, group?: string, stylesheets: string[], wanted?(info: Info): boolean, ofPair?: string, onStage?: boolean, isPatient?: boolean,
 *   door?: new (context: Context, come: () => Promise<void>) => Door }} Known
 *   control, group, stylesheets: see panels.js
 *   wanted: whether it has anything to show of such a run; without that, no code comes for it
 *   onStage: what it shows is on the stage: it comes whatever tab is open, with the first step
 *   isPatient: its tab is open from the start: it waits until a step is learned, or the run rests
 *   ofPair: its name, where it needs a generator and a discriminator that play alone: of another game it says so
 *   door: what of it is there from the start, see doors.js
 *
 * @param {Known} known
 * @param {(context: Context) => Promise<new (context: Context, door: any) => Panel>} load
 * @returns {PanelClass}
 */
export function later({ control, group, stylesheets, wanted, ofPair, onStage, isPatient, door: DoorClass }, load) {
  class Later {
    static control = control;
    static group = group;
    static stylesheets = stylesheets;
    element = h('div', { class: 'later' });
    /** @type {(Panel & Record<string, unknown>) | null} */
    #panel = null;
    /** @type {Promise<void> | null} */
    #coming = null;
    /** @type {Map<string, unknown[]>} */
    #last = new Map();
    #context;
    #door;
    /** @type {[visible: boolean, offered: boolean]} */
    #shown = [false, false];
    #gone = false;
    /** A step has been learned, or the run rests: nothing that a first visit waits for is on its way any more. */
    #hasBegun = false;

    /** @param {Context} context */
    constructor(context) {
      this.#context = context;
      this.#door = DoorClass && new DoorClass(context, () => this.#come());
    }

    /** @param {string} method @param {unknown[]} values */
    hear(method, values) {
      if (/** @type {readonly string[]} */ (REMEMBERED).includes(method)) this.#last.set(method, values);
      if (method === 'clear' || (method === 'truncate' && this.#measuredAt > Number(values[0])))
        this.#last.delete('evaluation');
      if (method === 'ready') this.#admit();
      for (const part of [this.#door, this.#panel]) if (part) call(part, method, values);
      const begins = !this.#hasBegun && (method === 'metrics' || (method === 'state' && values[0] === 'paused'));
      if (begins) this.#hasBegun = true;
      if (begins || method === 'ready') this.#look();
    }

    /** @param {boolean} visible @param {boolean} offered */
    shown(visible, offered) {
      this.#shown = [visible, offered];
      for (const part of [this.#door, this.#panel]) part?.shown?.(visible, offered);
      this.#look();
    }

    destroy() {
      this.#gone = true;
      this.#door?.destroy?.();
      this.#panel?.destroy?.();
    }

    get #info() {
      return /** @type {Info[] | undefined} */ (this.#last.get('ready'))?.[0];
    }

    /** The step of what is remembered of the samples' quality. */
    get #measuredAt() {
      return /** @type {Quality[] | undefined} */ (this.#last.get('evaluation'))?.[0].step ?? NaN;
    }

    get #isRefused() {
      return Boolean(ofPair) && this.#info?.isPair === false;
    }

    /** What needs a pair goes when another game comes, and says why. */
    #admit() {
      if (!this.#isRefused) {
        if (!this.#panel) this.element.replaceChildren();
        return;
      }
      this.#panel?.destroy?.();
      this.#panel = null;
      const name = this.#info?.algorithmName;
      const why = `This needs one generator and one discriminator that play alone, and ${name} is another game. Choose one of the presets under \u201cAlgorithms\u201d for it.`;
      const panel = h(
        'section',
        { class: 'panel refused', 'aria-label': ofPair },
        h('h2', {}, ofPair),
        h('p', {}, why),
      );
      this.element.replaceChildren(panel);
    }

    /** It comes if it can be seen. */
    #look() {
      if (this.#isRefused) return;
      const isWanted = !wanted || (this.#info && wanted(this.#info));
      if (!isWanted && !this.#panel) this.element.replaceChildren();
      const isSeen = this.#shown[0] || (onStage && this.#shown[1]);
      const waits = (isPatient || !this.#shown[0]) && !this.#hasBegun;
      if (isSeen && isWanted && !waits) this.#come().catch(() => {}); // told in its place
    }

    /** @throws {Error} why it did not load; the next call tries again */
    async #come() {
      if (this.#panel) return;
      this.#coming ??= this.#begin();
      try {
        await this.#coming;
      } finally {
        this.#coming = null;
      }
    }

    async #begin() {
      const hadFocus = this.element.contains(this.#focused);
      const { step } = this.#context.host.status;
      const data = { panel: control, form: this.#info?.data.form, ...(step > 0 && { learned: '' }) };
      const place = h('div', { class: 'panel coming', 'aria-busy': 'true', data });
      this.element.replaceChildren(place);
      try {
        const Panel = await load(this.#context);
        if (this.#gone || this.#isRefused) return;
        const panel = /** @type {Panel & Record<string, unknown>} */ (new Panel(this.#context, this.#door));
        this.element.replaceChildren(panel.element);
        for (const method of REMEMBERED) {
          const values = this.#last.get(method);
          if (values) call(panel, method, values);
        }
        this.#panel = panel;
        panel.shown?.(...this.#shown);
        if (!hadFocus) return;
        panel.element.tabIndex = -1;
        panel.element.focus({ preventScroll: true });
      } catch (error) {
        const again = button('Try again', () => this.#look());
        place.ariaBusy = 'false';
        place.append(h('p', { role: 'alert' }, `This panel did not load (${messageOf(error)}).`), again);
        if (hadFocus) again.focus();
        throw error;
      }
    }

    get #focused() {
      return this.#context.host.shadowRoot.activeElement;
    }
  }
  for (const method of [...REMEMBERED, ...MISSED]) {
    Object.defineProperty(Later.prototype, method, {
      /** @this {Later} @param {unknown[]} values */
      value(...values) {
        this.hear(method, values);
      },
    });
  }
  return Later;
}

/** @param {object} part @param {string} method @param {unknown[]} values */
function call(part, method, values) {
  /** @type {Record<string, ((...values: unknown[]) => void) | undefined>} */ (part)[method]?.(...values);
}

/**
 * Loads what a button opens. Where it does not come, a message says so and offers to try again.
 * @template T
 * @param {Context['notices']} notices
 * @param {string} name  of what is opened
 * @param {() => Promise<T>} load
 * @param {() => void} again
 * @returns {Promise<T | null>}
 */
export async function opened(notices, name, load, again) {
  try {
    const code = await load();
    notices.clear(name);
    return code;
  } catch (error) {
    const remedies = [{ label: 'Try again', action: again }];
    notices.show('warning', `${name} did not load (${messageOf(error)}).`, { remedies, topic: name });
    return null;
  }
}

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error));
