/** The two pictures that the engine draws, the verdict between them, and the progress of loading. */

/** @import { Actions } from '../../types/page.js' */
/** @import { Info, Preview, Progress } from '../protocol.js' */

import { formatBytes, formatCount, h, icon, pencil } from './dom.js';
import { GROUPS } from './groups.js';
import { Heads } from './heads.js';
import { TimeLapse } from './recorded.js';
import { Verdict } from './verdict.js';

const GAP = 2; // pixels between images, as the engine draws them

export class Stage {
  element;
  verdict = new Verdict();
  /** @type {TimeLapse} */
  timeLapse;
  #heads;
  #pictures;
  #progress;
  #progressLabel;
  #progressAmount;
  #progressBar;
  #labelledAt = -Infinity;
  /** How the pictures are spoken of, for forgeries and originals. */
  #words = { forgeries: 'The forgeries', originals: 'The originals' };

  /**
   * @param {Actions} actions
   * @param {() => void} onTimeLapse  the recording is shown, or no longer
   */
  constructor(actions, onTimeLapse) {
    this.#pictures = {
      samples: new Picture('samples', 'mask', 'Forger', 'generator'),
      real: new Picture('real', 'pen', 'Originals', 'data'),
    };
    this.timeLapse = new TimeLapse(this.#pictures.samples.frame, onTimeLapse);
    this.#heads = new Heads(this.#pictures.samples.frame, actions.request);
    this.#pictures.samples.element.append(this.#heads.element);
    this.#progressLabel = h('p', { class: 'progress-label', id: 'progress-label' });
    this.#progressAmount = h('p', { class: 'progress-amount' });
    this.#progressBar = h('progress', { 'aria-labelledby': 'progress-label' });
    this.#progress = h(
      'div',
      { class: 'progress', hidden: true },
      this.#progressLabel,
      this.#progressBar,
      this.#progressAmount,
      h('button', { type: 'button', class: 'button', on: { click: actions.cancel } }, 'Cancel'),
    );
    this.element = h(
      'section',
      { class: 'stage', 'aria-label': 'The contest' },
      this.#pictures.samples.element,
      this.verdict.element,
      this.#pictures.real.element,
      this.#progress,
    );
  }

  /** @param {Set<string>} controls */
  show(controls) {
    this.#pictures.samples.element.hidden = !controls.has('samples');
    this.#pictures.real.element.hidden = !controls.has('real');
    this.verdict.element.hidden = !controls.has('verdict');
    this.element.dataset.shown = ['samples', 'verdict', 'real'].filter((name) => controls.has(name)).join(' ');
  }

  /**
   * What link or element ask for is known, but the engine is not there yet.
   * @param {Record<string, string>} raw
   * @param {boolean} calm  no motion
   */
  begin(raw, calm) {
    const page = this.timeLapse.begin(raw, calm);
    if (!page) return;
    // The pictures take their room now and not when the engine comes.
    this.#pictures.samples.set(page, ordering(page[0] * page[1]));
    this.#pictures.real.set(page, '');
    this.#head(page[0], false);
  }

  /** @param {number} heads  as many columns have a head @param {boolean} ready  and can be ordered from */
  #head(heads, ready) {
    this.#heads.show(heads, ready);
    this.element.classList.toggle('headed', heads > 0);
  }

  /** What holds a picture, to lay something over it. @param {'samples' | 'real'} kind */
  frame(kind) {
    return this.#pictures[kind].frame;
  }

  /** New canvases for a new session; each is shown once `commit` says that it has been drawn. */
  freshCanvases() {
    const { samples, real } = this.#pictures;
    return {
      samples: samples.fresh(),
      real: real.fresh(),
      commit: () => {
        samples.commit();
        real.commit();
      },
    };
  }

  /** Text for those who do not see the pictures; not more often than it can be read. @param {number} step */
  describe(step, force = false) {
    const now = performance.now();
    if (!force && now - this.#labelledAt < 2000) return;
    this.#labelledAt = now;
    this.#pictures.samples.describe(`${this.#words.forgeries} after ${formatCount(step)} training steps`);
    this.#pictures.real.describe(this.#words.originals);
  }

  /** @param {Info} info @param {boolean} told  whether the networks are told the class */
  info({ data, page: [columns, rows], classesFrom }, told) {
    const count = formatCount(columns * rows);
    const isPoint = data.form === 'point';
    /** @type {[number, number] | null} */
    const shape = isPoint ? null : [columns, rows];
    // Groups that the computer made have no names, and there are more of them than columns.
    const headed = told && !isPoint && classesFrom !== 'clusters';
    this.#heads.close(); // what was ordered is of the run before
    this.#head(headed ? columns : 0, true);
    const grid = headed ? `A grid of ${count} forgeries, a column for each class,` : `A grid of ${count} forgeries`;
    this.#words = isPoint
      ? {
          forgeries: `A cloud of ${count} forged points`,
          originals: `A cloud of ${count} original points: ${data.name}`,
        }
      : { forgeries: `${grid} drawn by the generator`, originals: `A grid of ${count} originals from ${data.name}` };
    const { samples, real } = this.#pictures;
    const what = isPoint ? 'points' : 'drawings';
    samples.set(
      shape,
      headed
        ? ordering(columns * rows)
        : `${count} ${what}, always from the same noise. ${(classesFrom && GROUPS[classesFrom]) ?? ''}`,
    );
    real.set(
      shape,
      isPoint
        ? `${count} points: ${data.name}; both axes from \u22123 to 3`
        : `${count} examples${data.generated ? ', generated here: the data file did not load' : ` from ${data.name}`}`,
    );
    this.describe(0, true);
  }

  /** @param {Progress} progress */
  progress({ label, done, total, unit }) {
    this.#progress.hidden = false;
    this.#progressLabel.textContent = label;
    const known = total !== null && total > 0;
    if (known) {
      this.#progressBar.max = total;
      this.#progressBar.value = done;
    } else {
      this.#progressBar.removeAttribute('value');
    }
    const format = unit === 'bytes' ? formatBytes : formatCount;
    this.#progressAmount.textContent =
      done === 0 && !known ? '\u00a0' : known ? `${format(done)} of ${format(total)}` : format(done);
  }

  /** The first of the data, so that there is something to see. @param {Preview} images */
  preview(images) {
    this.#pictures.real.preview(images);
  }

  hideProgress() {
    this.#progress.hidden = true;
  }
}

/** @param {number} count  of forgeries below column heads */
const ordering = (count) => `${formatCount(count)} from fixed noise. Order a digit:`;

class Picture {
  element;
  #detail = h('span', { class: 'detail' });
  #frame = h('div', { class: 'frame' });
  /** @type {HTMLCanvasElement | null} */
  #current = null;
  /** @type {HTMLCanvasElement | null} */
  #next = null;
  #label = '';
  /** Columns and rows of images. @type {[number, number]} */
  #grid = [8, 8];

  /** @param {string} kind @param {'mask' | 'pen'} sign @param {string} title @param {string} role */
  constructor(kind, sign, title, role) {
    this.element = h(
      'figure',
      { class: `picture ${kind}` },
      h(
        'figcaption',
        {},
        h('span', { class: 'name' }, icon(sign), title),
        ' ',
        h('span', { class: 'role' }, role),
        this.#detail,
      ),
      this.#frame,
    );
  }

  get frame() {
    return this.#frame;
  }

  /** @param {[number, number] | null} grid  columns and rows of images; null for points @param {string} detail */
  set(grid, detail) {
    if (grid) this.#grid = grid;
    this.#detail.textContent = detail;
    this.#frame.style.aspectRatio = grid ? grid.join(' / ') : '1';
    this.#frame.classList.toggle('points', !grid);
  }

  /** @returns {OffscreenCanvas | null} null where the picture is not shown */
  fresh() {
    this.#next?.remove();
    this.#next = null;
    if (this.element.hidden) return null;
    this.#next = h('canvas', { class: 'next', role: 'img', 'aria-label': this.#label });
    this.#frame.append(this.#next);
    return this.#next.transferControlToOffscreen();
  }

  /** Images until a session draws its own. @param {Preview} images */
  preview({ pixels, height, width }) {
    if (this.#current || this.element.hidden) return;
    const [columns, rows] = this.#grid;
    const pitch = [width + GAP, height + GAP];
    const canvas = h('canvas', {
      role: 'img',
      'aria-label': 'The first originals; the rest is on its way',
      width: columns * pitch[0] - GAP,
      height: rows * pitch[1] - GAP,
    });
    const context = pencil(canvas);
    for (let at = 0; at < Math.min(columns * rows, pixels.length / (width * height)); at += 1) {
      const image = new ImageData(width, height);
      const own = pixels.subarray(at * width * height, (at + 1) * width * height);
      own.forEach((value, pixel) => image.data.set([value, value, value, 255], pixel * 4));
      context.putImageData(image, (at % columns) * pitch[0], Math.floor(at / columns) * pitch[1]);
    }
    this.#current = canvas;
    this.#frame.append(canvas);
  }

  commit() {
    if (!this.#next) return;
    this.#current?.remove();
    this.#current = this.#next;
    this.#next = null;
    this.#current.classList.remove('next');
  }

  /** @param {string} label */
  describe(label) {
    this.#label = label;
    this.#current?.setAttribute('aria-label', label);
  }
}
