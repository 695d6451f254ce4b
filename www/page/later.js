/** Panels whose code comes when they are first seen, so that a first visit does not wait for it. */

/** @import { Context, Panel, PanelClass } from '../../types/page.js' */

import { h } from './dom.js';

/** What a panel is told once it is there, as far as it has happened, in this order: the last of each. */
const REMEMBERED = /** @type {const} */ (['tables', 'ready', 'settings', 'state', 'paint']);
/** What it misses while it is not there. */
const MISSED = /** @type {const} */ (['metrics', 'evaluation', 'pulse', 'truncate', 'break', 'clear']);

/**
 * A panel in the place of one that needs nothing of what happened before it is first seen but how things stand.
 * @param {{ control: string, stylesheets: string[] }} known  see panels.js
 * @param {() => Promise<new (context: Context) => Panel>} load
 * @returns {PanelClass}
 */
export function later({ control, stylesheets }, load) {
  class Later {
    static control = control;
    static stylesheets = stylesheets;
    element = h('div', { class: 'later' });
    /** @type {(Panel & Record<string, unknown>) | null} */
    #panel = null;
    /** @type {Map<string, unknown[]>} */
    #last = new Map();
    #context;
    #asked = false;
    #visible = false;
    #gone = false;

    /** @param {Context} context */
    constructor(context) {
      this.#context = context;
    }

    /** @param {string} method @param {unknown[]} values */
    hear(method, values) {
      if (/** @type {readonly string[]} */ (REMEMBERED).includes(method)) this.#last.set(method, values);
      if (this.#panel) call(this.#panel, method, values);
    }

    /** @param {boolean} visible */
    shown(visible) {
      this.#visible = visible;
      if (this.#panel) this.#panel.shown?.(visible);
      else if (visible && !this.#asked) this.#begin();
    }

    async #begin() {
      this.#asked = true;
      try {
        const Panel = await load();
        if (this.#gone) return;
        const panel = /** @type {Panel & Record<string, unknown>} */ (new Panel(this.#context));
        this.element.replaceChildren(panel.element);
        for (const method of REMEMBERED) {
          const values = this.#last.get(method);
          if (values) call(panel, method, values);
        }
        this.#panel = panel;
        panel.shown?.(this.#visible);
      } catch (error) {
        this.#asked = false; // opening the tab again tries again
        const problem = error instanceof Error ? error.message : String(error);
        this.element.replaceChildren(
          h(
            'p',
            { class: 'detail', role: 'status' },
            `This panel did not load (${problem}). Open its tab again to try again.`,
          ),
        );
      }
    }

    destroy() {
      this.#gone = true;
      this.#panel?.destroy?.();
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

/** @param {Panel & Record<string, unknown>} panel @param {string} method @param {unknown[]} values */
function call(panel, method, values) {
  /** @type {((...values: unknown[]) => void) | undefined} */ (panel[method])?.call(panel, ...values);
}
