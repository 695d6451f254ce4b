/**
 * A recording of this very run, shown from the first paint on until the run itself has come to something: nobody meets a
 * grey square without having seen the goal.
 */

import { RECORDED, SEED } from '../recorded/index.js';
import { formatCount, h } from './dom.js';
import { landmarksOf, shapeOf } from './link.js';
import { framesUrl, recordedPreset } from './recording.js';

const FRAME_MS = 220;
const GAP = 2; // pixels between images, as the engine draws them

export class TimeLapse {
  #element;
  /** Steps of the last frame while it is shown; 0: it is not. */
  get end() {
    return this.#preset && this.#element.isConnected ? (this.#recording.steps.at(-1) ?? 0) : 0;
  }

  /** @type {string | null} */
  #preset = null;
  #canvas = h('canvas', { role: 'img' });
  #label = h('p', { class: 'recorded-label', 'aria-hidden': 'true' }); // the picture's own name says the same
  #played = false;
  /** The step at which the run itself has something to show, whether all frames have been or not. */
  #landmark = Infinity;
  /** @type {ReturnType<typeof setTimeout> | number} */
  #timer = 0;
  #frame;
  #onChange;

  /** @param {HTMLElement} frame  of the forgeries, over which it lies @param {() => void} onChange  it is shown, or no longer */
  constructor(frame, onChange) {
    this.#frame = frame;
    this.#onChange = onChange;
    this.#element = h(
      'div',
      {
        class: 'recorded',
        on: { click: (/** @type {Event} */ event) => event.stopPropagation() }, // no tile of the run is meant
      },
      this.#canvas,
      this.#label,
    );
  }

  get #recording() {
    return RECORDED[/** @type {string} */ (this.#preset)];
  }

  /**
   * @param {Record<string, string>} raw  what link or element ask for
   * @param {boolean} calm  a still in place of motion
   * @returns {[number, number] | null}  columns and rows of the page that is shown; null: nothing is
   */
  begin(raw, calm) {
    this.#preset = recordedPreset(raw);
    if (!this.#preset) return null;
    const image = new Image();
    image.fetchPriority = 'high';
    image.src = framesUrl(this.#preset);
    image.decode().then(
      () => this.#show(image, calm),
      () => this.stop(), // without it there is the run itself
    );
    return this.#recording.page;
  }

  /** @param {HTMLImageElement} image @param {boolean} calm */
  #show(image, calm) {
    if (!this.#preset) return;
    const { page, steps } = this.#recording;
    const count = formatCount(page[0] * page[1]);
    this.#canvas.setAttribute(
      'aria-label',
      `Recorded earlier, not trained here: ${count} forgeries of this very run after ${formatCount(steps.at(-1) ?? 0)} training steps`,
    );
    this.#frame.append(this.#element);
    const draw = (/** @type {number} */ at) => {
      this.#draw(image, at);
      this.#label.replaceChildren(h('strong', {}, 'Recorded'), ` step ${formatCount(steps[at])}`);
      this.#played = at === steps.length - 1;
      if (!this.#played) this.#timer = setTimeout(() => draw(at + 1), FRAME_MS);
    };
    draw(calm ? steps.length - 1 : 0);
    this.#onChange();
  }

  /** A frame, with the gaps that it was recorded without. @param {HTMLImageElement} strip @param {number} frame */
  #draw(strip, frame) {
    const {
      page: [columns, rows],
      image: [width, height],
    } = this.#recording;
    this.#canvas.width = columns * (width + GAP) - GAP;
    this.#canvas.height = rows * (height + GAP) - GAP;
    const context = this.#canvas.getContext('2d');
    for (let at = 0; at < columns * rows; at += 1) {
      const [x, y] = [at % columns, Math.floor(at / columns)];
      const from = [x * width, (frame * rows + y) * height];
      const to = [x * (width + GAP), y * (height + GAP)];
      context?.drawImage(strip, from[0], from[1], width, height, to[0], to[1], width, height);
    }
  }

  /** What is in force. @param {import('../protocol.js').Settings} settings @param {import('../protocol.js').Tables} tables */
  settings(settings, tables) {
    if (!this.#preset) return;
    const same = settings.preset === this.#preset && settings.seed === SEED && shapeOf(settings, tables).length === 0;
    if (!same) this.stop();
    this.#landmark = landmarksOf(settings, tables)[0]?.step ?? Infinity;
  }

  /** @param {import('../protocol.js').State} state @param {number} step  that the run's own picture is of */
  run(state, step) {
    if (!this.#preset || step === 0) return;
    // Who makes a step by hand wants to see it; a run that plays takes over when it has something to show.
    const takesOver = this.#played ? step >= this.#recording.steps[1] : step >= this.#landmark;
    if (state !== 'playing' || takesOver) this.stop();
  }

  stop() {
    if (!this.#preset) return;
    this.#preset = null;
    clearTimeout(this.#timer);
    this.#element.remove();
    this.#onChange();
  }
}
