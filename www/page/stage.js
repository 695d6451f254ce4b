/** The two pictures that the engine draws, the verdict between them, and the progress of loading. */

/** @import { Actions } from '../../types/page.js' */
/** @import { Info, Preview, Progress } from '../protocol.js' */

import { formatBytes, formatCount, h, icon, pencil } from './dom.js';
import { GROUPS } from './groups.js';
import { Heads } from './heads.js';
import { TimeLapse } from './recorded.js';
import { Verdict } from './verdict.js';

const GAP = 2; // pixels between images, as the engine draws them
/**
 * What stands over a picture, by the key of its gallery: name, role, sign. Other galleries have names of their own.
 * @type {Record<string, [name: string, role: string, sign: 'mask' | 'pen']>}
 */
const TITLES = { samples: ['Generator', 'the forger', 'mask'], real: ['Originals', 'data', 'pen'] };
/** @typedef {Info['galleries'][number]} Gallery */

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
  /** How the pictures are spoken of at a step. */
  #words = {
    samples: (/** @type {string} */ at) => `The forgeries ${at}`,
    real: (/** @type {string} */ _) => 'The originals',
  };
  /** @type {Set<string>} */
  #controls = new Set();
  /** The run has one picture only. */
  #single = false;

  /**
   * @param {Actions} actions
   * @param {() => void} onTimeLapse  the recording is shown, or no longer
   */
  constructor(actions, onTimeLapse) {
    this.#pictures = {
      samples: new Picture('samples'),
      real: new Picture('real'),
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
    this.#controls = controls;
    this.#arrange();
  }

  /** @param {'samples' | 'verdict' | 'real'} part */
  shows(part) {
    return (this.element.dataset.shown ?? '').split(' ').includes(part);
  }

  #arrange() {
    const parts = {
      samples: this.#pictures.samples.element,
      verdict: this.verdict.element,
      real: this.#pictures.real.element,
    };
    for (const [name, element] of Object.entries(parts))
      element.hidden = !this.#controls.has(name) || (name === 'real' && this.#single);
    const shown = Object.entries(parts).filter(([, element]) => !element.hidden);
    this.element.dataset.shown = shown.map(([name]) => name).join(' ');
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

  /** Puts what flows between the parts into their places. @param {import('./flow.js').Flow} flow */
  flow({ forward, judge, back }) {
    this.#pictures.samples.element.querySelector('figcaption')?.append(forward);
    this.verdict.flow(judge);
    this.#progress.before(back);
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
    const at = `after ${formatCount(step)} training steps`;
    this.#pictures.samples.describe(this.#words.samples(at));
    this.#pictures.real.describe(this.#words.real(at));
  }

  /** @param {Info} info */
  info(info) {
    const [first, second] = info.galleries;
    this.#single = !second;
    this.#arrange();
    this.element.classList.toggle('rowed', first.rows.length > 0);
    this.element.style.setProperty('--aspect', String(first.page[0] / first.page[1]));
    this.#heads.close(); // what was ordered is of the run before
    for (const [kind, gallery] of /** @type {['samples' | 'real', Gallery | undefined][]} */ ([
      ['samples', first],
      ['real', second],
    ])) {
      if (gallery) this.#pictures[kind].entitle(gallery);
    }
    if (first.rows.length > 0) this.#ofRows(info);
    else this.#ofGrids(info);
    this.describe(0, true);
  }

  /** Pictures with a row for each thing that is shown of an example. @param {Info} info */
  #ofRows({ galleries, data }) {
    this.#head(0, false);
    const kinds = /** @type {const} */ (['samples', 'real']);
    galleries.slice(0, kinds.length).forEach((gallery, i) => this.#ofGallery(kinds[i], gallery, data));
  }

  /** @param {'samples' | 'real'} kind @param {Gallery} gallery @param {Info['data']} data */
  #ofGallery(kind, { name, page, rows }, data) {
    const origin = data.generated ? 'generated here: the data file did not load' : `from ${data.name}`;
    const isGrid = rows.length === 0;
    const count = formatCount(isGrid ? page[0] * page[1] : page[0]);
    const what = isGrid ? `${count} pictures` : `${count} examples, a column each`;
    this.#pictures[kind].set(page, isGrid ? what : `${what}; ${origin}`);
    this.#words[kind] = (at) => `${name}, ${at}. ${what}${isGrid ? '' : `; rows from the top: ${rows.join(', ')}`}`;
  }

  /** Grids of forgeries and originals. @param {Info} info */
  #ofGrids({ data, page: [columns, rows], classesFrom, isPair, galleries }) {
    const count = formatCount(columns * rows);
    const isPoint = data.form === 'point';
    /** @type {[number, number] | null} */
    const shape = isPoint ? null : [columns, rows];
    // Groups that the computer made have no names, and there are more of them than columns.
    const headed = classesFrom !== undefined && !isPoint && classesFrom !== 'clusters';
    this.#head(headed ? columns : 0, true);
    const grid = headed ? `A grid of ${count} forgeries, a column for each class,` : `A grid of ${count} forgeries`;
    const forgeries = isPoint ? `A cloud of ${count} forged points` : `${grid} drawn by the generator`;
    const originals = isPoint
      ? `A cloud of ${count} original points: ${data.name}`
      : `A grid of ${count} originals from ${data.name}`;
    this.#words = { samples: (at) => `${forgeries} ${at}`, real: () => originals };
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
        ? `${data.name}. Orange: D says forged; blue: real`
        : `${count} examples${data.generated ? ', generated here: the data file did not load' : isPair ? ` from ${data.name}` : ''}`,
    );
    // The second picture of a game may be of another kind than its samples.
    const second = isPair ? undefined : galleries[1];
    if (second && (second.rows.length > 0 || String(second.page) !== String(shape)))
      this.#ofGallery('real', second, data);
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
  #sign = h('span', {});
  #name = h('span', {});
  #role = h('span', { class: 'role' });
  #detail = h('span', { class: 'detail' });
  #frame = h('div', { class: 'frame' });
  /** Beside the picture; what is drawn has a name of its own that says the same. */
  #rows = h('div', { class: 'row-names', 'aria-hidden': 'true', hidden: true });
  /** @type {HTMLCanvasElement | null} */
  #current = null;
  #isPreview = false;
  /** @type {HTMLCanvasElement | null} */
  #next = null;
  #label = '';
  /** Columns and rows of images. @type {[number, number]} */
  #grid = [8, 8];

  /** @param {'samples' | 'real'} kind */
  constructor(kind) {
    this.#title(kind, '');
    this.element = h(
      'figure',
      { class: `picture ${kind}` },
      h('figcaption', {}, h('span', { class: 'name' }, this.#sign, this.#name), ' ', this.#role, this.#detail),
      h('div', { class: 'exhibit' }, this.#rows, this.#frame),
    );
  }

  /** @param {string} key  of a gallery @param {string} own  its name */
  #title(key, own) {
    const [name, role, sign] = TITLES[key] ?? [own, '', 'mask'];
    [this.#name.textContent, this.#role.textContent] = [name, role];
    this.#sign.replaceChildren(icon(sign));
  }

  /** What stands over it and beside its rows. @param {Gallery} gallery */
  entitle({ key, name, rows }) {
    this.#title(key, name);
    this.element.classList.toggle('forged', !(key in TITLES));
    this.#rows.hidden = rows.length === 0;
    if (this.#isPreview && rows.length > 0) this.#clear(); // it is of other proportions
    this.#rows.replaceChildren(...rows.map((row) => h('span', {}, row)));
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
    this.#isPreview = true;
    this.#frame.append(canvas);
  }

  #clear() {
    this.#current?.remove();
    this.#current = null;
    this.#isPreview = false;
  }

  commit() {
    if (!this.#next) return;
    this.#clear();
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
