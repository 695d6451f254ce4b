/** The two pictures that the engine draws, the verdict between them, and the progress of loading. */

import { formatBytes, formatCount, h } from './dom.js';
import { Verdict } from './verdict.js';

export class Stage {
  element;
  verdict = new Verdict();
  #pictures;
  #progress;
  #progressLabel;
  #progressAmount;
  #progressBar;
  #labelledAt = -Infinity;

  /** @param {{ cancel(): void }} actions */
  constructor(actions) {
    this.#pictures = {
      samples: new Picture('samples', 'Forgeries', 'generator', '64 drawings, always from the same noise'),
      real: new Picture('real', 'Originals', 'data', '64 examples from the data set'),
    };
    this.#progressLabel = h('p', { class: 'progress-label', id: 'progress-label' });
    this.#progressAmount = h('p', { class: 'progress-amount' });
    this.#progressBar = h('progress', { 'aria-labelledby': 'progress-label' });
    this.#progress = h('div', { class: 'progress', hidden: true },
      this.#progressLabel, this.#progressBar, this.#progressAmount,
      h('button', { type: 'button', class: 'button', on: { click: actions.cancel } }, 'Cancel'));
    this.element = h('section', { class: 'stage', 'aria-label': 'The contest' },
      this.#pictures.samples.element, this.verdict.element, this.#pictures.real.element, this.#progress);
  }

  /** @param {Set<string>} controls */
  show(controls) {
    this.#pictures.samples.element.hidden = !controls.has('samples');
    this.#pictures.real.element.hidden = !controls.has('real');
    this.verdict.element.hidden = !controls.has('verdict');
    this.element.dataset.shown = ['samples', 'verdict', 'real'].filter((name) => controls.has(name)).join(' ');
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

  /** Text for those who do not see the pictures; not more often than it can be read. */
  describe(step, dataName, force = false) {
    const now = performance.now();
    if (!force && now - this.#labelledAt < 2000) return;
    this.#labelledAt = now;
    this.#pictures.samples.describe(`A grid of 64 forgeries, drawn by the generator after ${formatCount(step)} training steps`);
    this.#pictures.real.describe(`A grid of 64 originals from ${dataName}`);
  }

  nameData(name, generated) {
    this.#pictures.real.caption(generated ? '64 examples, generated here: the data file did not load' : `64 examples from ${name}`);
  }

  /** @param {import('../protocol.js').Progress} progress */
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
    this.#progressAmount.textContent = done === 0 && !known ? '\u00a0' : known ? `${format(done)} of ${format(total)}` : format(done);
  }

  hideProgress() {
    this.#progress.hidden = true;
  }
}

class Picture {
  element;
  #detail = h('span', { class: 'detail' });
  #frame = h('div', { class: 'frame' });
  #current = null;
  #next = null;
  #label = '';

  constructor(kind, title, role, detail) {
    this.element = h('figure', { class: `picture ${kind}` },
      this.#frame,
      h('figcaption', {}, h('span', { class: 'name' }, title), ' ', h('span', { class: 'role' }, role), this.#detail));
    this.caption(detail);
  }

  caption(detail) {
    this.#detail.textContent = detail;
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

  commit() {
    if (!this.#next) return;
    this.#current?.remove();
    this.#current = this.#next;
    this.#next = null;
    this.#current.classList.remove('next');
  }

  describe(label) {
    this.#label = label;
    this.#current?.setAttribute('aria-label', label);
  }
}
