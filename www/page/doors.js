/** What of a panel is there before its code is (see later.js): what leads to it, and what it must not have missed. */

/** @import { Context, MetricsOf } from '../../types/page.js' */
/** @import { Info, Pulse } from '../protocol.js' */

import { GradientHistory, norms } from './gradient-history.js';
import { Seen } from './seen.js';

/** @typedef {'samples' | 'real'} Kind */

/** Of the panel "Inside": a click on a picture leads to it, and gradients are remembered from the first step on. */
export class InsideDoor {
  /** Hears of the run before the panel does. */
  gradients = new GradientHistory();
  /** What was clicked on, until the panel takes it. @type {{ kind: Kind, tile: number } | null} */
  #picked = null;
  /** Tiles of a picture: columns and rows; null of points. @type {[number, number] | null} */
  #page = null;
  #leads = false;
  #frames;
  #leave = new AbortController();

  /** @param {Context} context */
  constructor({ stage, open }) {
    this.#frames = /** @type {[Kind, HTMLElement][]} */ ([
      ['samples', stage.frame('samples')],
      ['real', stage.frame('real')],
    ]);
    for (const [kind, frame] of this.#frames) {
      const click = (/** @type {MouseEvent} */ { clientX, clientY }) => {
        if (!this.#page || !this.#leads) return;
        const [columns, rows] = this.#page;
        const { left, top, width, height } = frame.getBoundingClientRect();
        const [column, row] = [((clientX - left) / width) * columns, ((clientY - top) / height) * rows].map(Math.floor);
        this.#picked = { kind, tile: row * columns + column };
        open('inside');
      };
      frame.addEventListener('click', click, { signal: this.#leave.signal });
    }
  }

  /** @param {boolean} visible @param {boolean} offered */
  shown(visible, offered) {
    this.#leads = offered && !visible; // behind another tab
    if (!visible) this.#picked = null;
    this.#mark();
  }

  /** @param {Info} info */
  ready({ data, page, isPair }) {
    this.#page = data.form === 'image' && isPair ? page : null;
    this.#picked = null;
    this.#mark();
  }

  /** Once. */
  take() {
    const picked = this.#picked;
    this.#picked = null;
    return picked;
  }

  #mark() {
    for (const [, frame] of this.#frames) frame.classList.toggle('leads-inside', this.#leads && this.#page !== null);
  }

  /** @param {Pulse} gradients */
  pulse(gradients) {
    const { step, parts } = new Seen(gradients);
    this.gradients.push(step, norms(parts));
  }

  /** @param {number} step */
  truncate(step) {
    this.gradients.truncate(step);
  }

  break() {
    this.gradients.break();
  }

  clear() {
    this.gradients.clear();
  }

  destroy() {
    this.#leave.abort();
  }
}

/** Of the panel "Explain": the last steps that were measured before it is there. */
export class ExplainDoor {
  /** Null: none yet. @type {MetricsOf | null} */
  measured = null;

  /** @param {MetricsOf} metrics */
  metrics(metrics) {
    if (metrics.rows.length) this.measured = metrics;
  }

  /** @param {number} step */
  truncate(step) {
    if ((this.measured?.step ?? 0) > step) this.measured = null;
  }

  clear() {
    this.measured = null;
  }
}

/** Of the timeline: whether anybody can see what is kept for it, and the way to a kept state. */
export class TimelineDoor {
  #context;

  /** @param {Context} context @param {() => Promise<void>} come  after which the timeline has put its own in this one's place */
  constructor(context, come) {
    this.#context = context;
    context.goBackTo = async (kept) => {
      try {
        await come();
      } catch (error) {
        return `The timeline did not load (${error.message}).`;
      }
      return context.goBackTo?.(kept) ?? '';
    };
  }

  /** @param {boolean} visible @param {boolean} offered */
  shown(visible, offered) {
    this.#context.waysBack?.tell('shown', visible, offered);
  }
}
