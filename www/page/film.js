/** A strip of small pictures under a slider whose thumb frames the chosen one. */

import { formatCount, h, pencil } from './dom.js';

const SIDE = 72; // pixels of a small picture

/** @typedef {import('./snapshots.js').Kept} Kept */

export class Film {
  element;
  #frames = h('div', { class: 'film', 'aria-hidden': 'true' });
  #labels = h('div', { class: 'film-labels', 'aria-hidden': 'true' });
  /** Below the snapshots: where the stages of a run begin. */
  #stages = h('div', { class: 'film-labels film-stages', 'aria-hidden': 'true' });
  #slider;
  /** @type {WeakMap<Kept, HTMLCanvasElement>} */
  #pictures = new WeakMap();

  /** @param {(at: number) => void} choose @param {() => void} [settle]  let go of @param {string} [name] */
  constructor(choose, settle = () => {}, name = 'Snapshots') {
    this.#slider = h('input', {
      type: 'range',
      min: '0',
      class: 'film-slider',
      'aria-label': name,
      on: { input: () => choose(this.#slider.valueAsNumber), change: settle },
    });
    this.element = h(
      'div',
      { class: 'film-strip' },
      this.#labels,
      h('div', { class: 'film-frames' }, this.#frames, this.#slider),
      this.#stages,
    );
  }

  /**
   * @param {Pick<import('./snapshots.js').Snapshots, 'all' | 'here' | 'runs' | 'isUndone'>} kept
   * @param {(run: Kept[]) => string} nameOf
   */
  show(kept, nameOf) {
    const { all, here } = kept;
    const runs = kept.runs.filter((run) => run.length > 0);
    this.element.hidden = all.length === 0;
    this.element.style.setProperty('--count', String(all.length));
    this.#slider.max = String(all.length - 1);
    this.#frames.replaceChildren(
      ...all.map((one) => {
        const picture = this.#picture(one);
        picture.className = [
          runs.some(([first]) => first === one) && 'first',
          kept.isUndone(one) && 'undone',
          one === here && 'here',
        ]
          .filter(Boolean)
          .join(' ');
        return picture;
      }),
    );
    this.#markStages(runs);
    this.#labels.replaceChildren(
      ...runs.map((run) => {
        const [first, last] = [run[0], run[run.length - 1]].map(({ step }) => formatCount(step));
        const label = h(
          'span',
          { title: nameOf(run) },
          `${nameOf(run)}, step ${first === last ? first : `${first} to ${last}`}`,
        );
        label.style.flexGrow = String(run.length);
        return label;
      }),
    );
  }

  /** A mark where each stage begins, as wide as its snapshots are many. @param {Kept[][]} runs */
  #markStages(runs) {
    /** @type {{ name: string, count: number }[]} */
    const marks = [];
    for (const run of runs) {
      run.forEach(({ stage }, at) => {
        const last = marks.at(-1);
        if (last && at > 0 && last.name === stage) last.count += 1;
        else marks.push({ name: stage, count: 1 });
      });
    }
    this.#stages.hidden = marks.every(({ name }) => !name);
    this.#stages.replaceChildren(
      ...marks.map(({ name, count }) => {
        const mark = h('span', { title: name }, name);
        mark.style.flexGrow = String(count);
        return mark;
      }),
    );
  }

  /** @param {number} at @param {string} text */
  choose(at, text) {
    this.#slider.value = String(at);
    this.#slider.setAttribute('aria-valuetext', text);
  }

  /** @param {Kept} kept */
  #picture(kept) {
    let canvas = this.#pictures.get(kept);
    if (canvas) return canvas;
    canvas = h('canvas', { width: SIDE, height: SIDE });
    const context = pencil(canvas);
    context.imageSmoothingQuality = 'high';
    const part = Math.round(kept.picture.part * kept.picture.width);
    context.drawImage(paint(h('canvas'), kept.picture), 0, 0, part, part, 0, 0, SIDE, SIDE);
    this.#pictures.set(kept, canvas);
    return canvas;
  }
}

/** @param {HTMLCanvasElement} canvas @param {Kept['picture']} picture */
export function paint(canvas, { width, height, grey }) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < grey.length; i += 1) pixels[i] = 0xff000000 | (grey[i] * 0x010101);
  pencil(canvas).putImageData(image, 0, 0);
  return canvas;
}
