/** The counters, and where the training runs and why there. */

/** @import { MetricsOf } from '../../types/page.js' */

import { formatCount, formatFixed, formatShort, h } from './dom.js';

const WORDS = {
  loading: 'Loading',
  paused: 'Paused',
  playing: 'Training',
  stepping: 'Stepping',
  phase: 'One learns',
  lost: 'Device lost',
  stopped: 'Stopped',
  failed: 'Engine stopped',
};
const BACKENDS = { gpu: 'WebGPU', cpu: 'CPU' };

export class Status {
  element;
  #state = h('span', { class: 'state' });
  /** @type {Record<string, HTMLElement>} */
  #fields = {};
  #backend = h('p', { class: 'backend' });
  /** Of runs that have stages. */
  #stage;
  /** @type {{ name: string, begins: number, ends?: number } | undefined} */
  #now;

  constructor() {
    this.#stage = h('div', { hidden: true }, h('dt', {}, 'Stage'), h('dd', { class: 'stage-name' }));
    /** @param {string} key @param {string} label */
    const field = (key, label) => {
      this.#fields[key] = h('dd', {}, '\u2013');
      return h('div', {}, h('dt', {}, label), this.#fields[key]);
    };
    this.element = h(
      'section',
      { class: 'status', 'aria-label': 'Status' },
      h(
        'dl',
        { class: 'counters' },
        h('div', {}, h('dt', {}, 'State'), h('dd', {}, this.#state)),
        field('step', 'Step'),
        this.#stage,
        field('epoch', 'Epochs'),
        field('steps', 'Steps per second'),
        field('images', 'Examples per second'),
      ),
      this.#backend,
    );
    this.state('loading');
  }

  /** @param {import('../protocol.js').State} state */
  state(state) {
    this.#state.textContent = WORDS[state];
    this.#state.dataset.state = state;
  }

  /** @param {MetricsOf} metrics @param {number} imagesInData */
  update({ step, images, stepsPerSecond, imagesPerSecond }, imagesInData) {
    this.#fields.step.textContent = formatCount(step);
    this.#fields.epoch.textContent = formatFixed(images / imagesInData, 2);
    this.#fields.steps.textContent = formatShort(stepsPerSecond);
    this.#fields.images.textContent = formatShort(imagesPerSecond);
    this.#far(step);
  }

  /** The stage, and how much of it is done: of one in which something fades in, how far it has. @param {number} step */
  #far(step) {
    if (!this.#now) return;
    const { name, begins, ends } = this.#now;
    const share = ends && Math.min(1, Math.max(0, (step - begins) / (ends - begins)));
    const field = /** @type {HTMLElement} */ (this.#stage.lastElementChild);
    field.textContent = share ? `${name}, ${Math.floor(100 * share)}\u202f%` : name;
  }

  /** What was measured of the device. @param {string} message */
  tuned(message) {
    this.#backend.append(' ', message);
  }

  /** @param {import('../protocol.js').Info} info */
  stage({ stages, stage }) {
    this.#stage.hidden = stages.length === 0;
    this.#now = stages[stage] && { ...stages[stage], ends: stages[stage + 1]?.begins };
    this.#far(0);
  }

  /** @param {import('../protocol.js').Info} info */
  info(info) {
    const { backend, backendReason, adapter, threads } = info;
    this.stage(info);
    const many = backend === 'cpu' ? `, ${threads} thread${threads === 1 ? '' : 's'}` : '';
    this.#backend.replaceChildren(
      h('strong', {}, `Runs on: ${BACKENDS[backend] ?? backend}${many}`),
      adapter ? ` (${adapter})` : '',
      '. ',
      backendReason ?? '',
    );
  }
}
