/** Keeps states of the run while it trains, whatever the visitor looks at: the timeline shows them once it is opened. */

/** @import { Context } from '../../types/page.js' */
/** @import { Info, Quality } from '../protocol.js' */

import { Snapshots } from './snapshots.js';

/** Training gets so many times what a snapshot has taken before the next one by itself: less where nobody looks at them. */
const REST = { seen: 12, unseen: 40 };
/** Bytes that may be kept before anybody has asked for the timeline. */
const UNASKED_BYTES = 64e6;

/** @typedef {import('./snapshots.js').Kept} Kept */

export class Keeper {
  kept = new Snapshots();
  /** The last that was measured of the run. @type {Quality | null} */
  quality = null;
  /** What is not thinned out beside the newest. @type {() => (Kept | null)[]} */
  spared = () => [];
  /**
   * Told when what is kept, or where the run stands, has changed; and whether it took another course with that.
   * @type {Set<(turned: boolean) => void>}
   */
  listeners = new Set();
  #context;
  #part = 1; // of its sides that a small picture shows
  /** @type {Info['stages']} */
  #stages = [];
  /** The number of the run's. */
  #stage = 0;
  #visible = false;
  #offered = false;
  #taking = 0;
  #nextAt = 0;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    this.kept.room = UNASKED_BYTES;
    context.keeper = this;
    context.anotherRun = () => {
      this.clear();
      this.reach(context.host.status.step);
    };
  }

  /** @param {boolean} visible @param {boolean} offered */
  shown(visible, offered) {
    [this.#visible, this.#offered] = [visible, offered];
  }

  /** @param {Info} info */
  ready({ page: [columns], data, stages }) {
    this.#part = data.form === 'point' ? 1 : 2 / columns; // two images and two below can be made out
    this.#stages = stages;
  }

  /** @param {Quality} result */
  evaluation(result) {
    this.quality = result;
  }

  /** @param {{ step: number, stage: number }} metrics */
  metrics({ step, stage }) {
    this.#stage = stage;
    if (this.#context.travelling) return;
    this.reach(step);
    const wanted = this.#visible || (this.#offered && step > 0); // nobody misses a start that a seed brings back
    if (wanted && !this.#taking && this.kept.due && performance.now() >= this.#nextAt) this.take(false).catch(() => {});
  }

  /** @param {number} step */
  truncate(step) {
    if (this.#context.travelling) return;
    this.kept.rewind(step);
    if (this.quality && this.quality.step > step) this.quality = null;
    this.#changed(false);
  }

  /** @param {boolean} turned */
  #changed(turned) {
    for (const listener of this.listeners) listener(turned);
  }

  /** Another run. */
  clear() {
    this.quality = null;
    if (this.#context.travelling) return;
    this.kept.begin();
    this.#changed(true);
  }

  /** @param {number} step  where the run stands */
  reach(step) {
    const { here } = this.kept;
    const turned = this.kept.reach(step);
    if (turned || this.kept.here !== here) this.#changed(turned);
  }

  /** The run has been brought to a kept state. @param {Kept} kept */
  enter(kept) {
    this.kept.enter(kept);
    this.#changed(false);
  }

  /**
   * The state of this moment: the command goes out before this returns, so that what is asked for next comes after it.
   * @param {boolean} byHand
   * @returns {Promise<Kept>}
   * @throws {Error} why there is none
   */
  async take(byHand) {
    const { request, host } = this.#context;
    const { settings } = host;
    this.#taking += 1;
    try {
      const taken = await request({ type: 'snapshot', quiet: true });
      const refused = 'problem' in taken;
      this.#nextAt = performance.now() + (this.#visible ? REST.seen : REST.unseen) * (refused ? 1000 : taken.ms);
      if (refused) throw new Error(taken.problem);
      const { step, bytes, width, height, data } = taken;
      this.reach(step);
      const old = this.kept.here;
      if (old) {
        old.byHand ||= byHand;
        return old;
      }
      const picture = {
        width,
        height,
        part: this.#part,
        grey: Uint8Array.from({ length: width * height }, (_, i) => data[4 * i]),
      };
      const { losses } = host.status;
      const quality = this.quality && this.quality.step <= step ? this.quality : null;
      const stage = this.#stages[this.#stage]?.name ?? '';
      const kept = { step, bytes, picture, settings, losses, quality, stage, byHand };
      if (!this.#offered) return kept; // nobody could ever see it in the timeline
      this.kept.add(kept, new Set(this.spared()));
      this.#changed(false);
      return kept;
    } finally {
      this.#taking -= 1;
    }
  }

  /**
   * The present state, or the last one that is there with the reason why it is not the present one.
   * @returns {Promise<{ kept: Kept | null, problem: string }>}
   */
  async keepRun() {
    try {
      return { kept: await this.take(false), problem: '' };
    } catch ({ message }) {
      return { kept: this.kept.present.findLast(({ step }) => step <= this.kept.head) ?? null, problem: message };
    }
  }
}
