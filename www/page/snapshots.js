/** The kept states of the run and of the runs before it, in bounded memory. No part of the page: only what is kept. */

export const MOST_SNAPSHOTS = 40;
export const MOST_BYTES = 200e6;
/** The next one is due when the run is so much longer than at the last one. */
const GROWTH = 0.25;

/**
 * @typedef {{ step: number, bytes: Uint8Array<ArrayBuffer>, picture: { width: number, height: number, part: number, grey: Uint8Array }, settings: import('../protocol.js').Settings,
 *   losses: { d_loss: number | null, g_loss: number | null }, quality: import('../protocol.js').Quality | null,
 *   stage: string, byHand: boolean }} Kept
 *   bytes: as `save` gives them; stage: its name, of runs that have stages; part: how much of the picture's sides the strip shows; byHand: asked for by the visitor, so thinned out last
 */

export class Snapshots {
  /** Oldest first; the last one is the present run. Snapshots of a run are in the order of their steps. @type {Kept[][]} */
  runs = [[]];
  /** Bytes that all of them may have. */
  room = MOST_BYTES;
  /** Where the present run stands. What it kept beyond is undone: there until training goes on. */
  head = 0;

  get present() {
    return this.runs[this.runs.length - 1];
  }

  /** All of them, in the order of the strip. */
  get all() {
    return this.runs.flat();
  }

  get former() {
    return this.runs.slice(0, -1).flat();
  }

  get bytes() {
    return this.all.reduce((sum, { bytes, picture }) => sum + bytes.length + picture.grey.length, 0);
  }

  /** @param {Kept} kept */
  runOf(kept) {
    return this.runs.find((run) => run.includes(kept));
  }

  /** @param {Kept} kept */
  isUndone(kept) {
    return kept.step > this.head && this.present.includes(kept);
  }

  /** The one of the very state that the run stands in. */
  get here() {
    return this.present.find(({ step }) => step === this.head);
  }

  /** Whether the run has come far enough for another one: the first steps are dense, later ones sparse. */
  get due() {
    const last = this.present.findLast(({ step }) => step <= this.head);
    return !last || this.head - last.step >= Math.max(1, last.step * GROWTH);
  }

  /** Another run begins. */
  begin() {
    if (this.present.length > 0) this.runs.push([]);
    this.head = 0;
  }

  /** The run has come to this step. Returns whether it left another course with that, which is a former run from now on. @param {number} step */
  reach(step) {
    const left = step > this.head ? this.present.filter((kept) => this.isUndone(kept)) : [];
    this.head = step;
    if (left.length === 0) return false;
    const common = this.present.filter((kept) => !left.includes(kept));
    this.runs.splice(-1, 1, left, common);
    return true;
  }

  /** The run went back to this step. @param {number} step */
  rewind(step) {
    this.head = step;
  }

  /** The run goes on from a kept state: the run that this belongs to becomes the present one. @param {Kept} kept */
  enter(kept) {
    const run = this.runOf(kept);
    if (run) this.runs = [...this.runs.filter((other) => other !== run && other.length > 0), run];
    else this.begin();
    this.head = kept.step;
  }

  /** @param {Kept} kept @param {Set<Kept | null>} spared  not thinned out */
  add(kept, spared) {
    const { present } = this;
    const after = present.findIndex(({ step }) => step > kept.step);
    present.splice(after < 0 ? present.length : after, 0, kept);
    while (this.all.length > MOST_SNAPSHOTS || this.bytes > this.room) {
      const victim = this.#leastMissed(new Set([...spared, kept]));
      if (!victim) return;
      this.remove(victim);
    }
  }

  /** @param {Kept} kept */
  remove(kept) {
    this.runs = this.runs
      .map((run) => run.filter((other) => other !== kept))
      .filter((run, i, { length }) => run.length > 0 || i === length - 1);
  }

  clearFormer() {
    this.runs = [this.present];
  }

  /**
   * Of the oldest run the one that is nearest to its neighbours, on a scale where a doubling is always as long.
   * @param {Set<Kept | null>} spared
   */
  #leastMissed(spared) {
    for (const run of this.runs) {
      const gap = (/** @type {number} */ i) =>
        i === 0 || i === run.length - 1 ? Infinity : Math.log((run[i + 1].step + 1) / (run[i - 1].step + 1));
      const ranked = run.map((kept, i) => ({ kept, gap: gap(i) })).filter(({ kept }) => !spared.has(kept));
      ranked.sort((a, b) => Number(a.kept.byHand) - Number(b.kept.byHand) || a.gap - b.gap);
      if (ranked.length > 0) return ranked[0].kept;
    }
    return null;
  }
}
