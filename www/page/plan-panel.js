/** For the curious: the launches of a training step, as the engine has planned them. */

/** @import { PlanInfo, PlanPart } from '../../types/engine.js' */

import { formatBytes, formatCount, h } from './dom.js';

const HEADINGS = ['Launch', 'Kernel', 'Workgroups', 'Memory', 'MFLOP', 'What it computes'];

export class PlanPanel {
  element;
  #content = h('div', { class: 'plan-content' });
  #fetch;
  #shown = false;

  /** @param {() => Promise<{ plans: PlanInfo[] }>} fetch  asks the engine, see `plan` in protocol.js */
  constructor(fetch) {
    this.#fetch = fetch;
    this.element = h(
      'details',
      { class: 'panel plan', on: { toggle: () => this.#open() } },
      h('summary', {}, 'What one training step consists of'),
      this.#content,
    );
  }

  /** Another session has another plan. */
  changed() {
    this.#shown = false;
    this.#content.replaceChildren();
    this.#open();
  }

  async #open() {
    if (!this.element.open || this.#shown) return;
    this.#shown = true;
    try {
      const { plans } = await this.#fetch();
      this.#content.replaceChildren(...plans.map(table));
    } catch (error) {
      this.#shown = false;
      this.#content.replaceChildren(h('p', {}, error.message));
    }
  }
}

/** @param {PlanInfo} plan */
function table({ name, dispatches, flops, scratchBytes, parts }) {
  const caption =
    `${name}: ${formatCount(dispatches)} launches on a GPU, ${formatCount(Math.round(flops / 1e6))} MFLOP, ` +
    `${formatBytes(scratchBytes)} of scratch memory`;
  /** @param {PlanPart} part */
  const row = ({ launch, kernel, workgroups, sizeBytes, flops: work, what }) =>
    h(
      'tr',
      {},
      h('td', { class: 'number' }, launch ? formatCount(launch) : ''),
      h('td', {}, kernel),
      h('td', { class: 'number' }, workgroups),
      h('td', { class: 'number' }, formatBytes(sizeBytes)),
      h('td', { class: 'number' }, (work / 1e6).toFixed(2)),
      h('td', {}, h('code', {}, what)),
    );
  return h(
    'div',
    { class: 'scrolling', tabIndex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      {},
      h('caption', {}, caption),
      h('thead', {}, h('tr', {}, ...HEADINGS.map((heading) => h('th', { scope: 'col' }, heading)))),
      h('tbody', {}, ...parts.map(row)),
    ),
  );
}
