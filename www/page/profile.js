/** Where the time of a training step goes: each launch is timed when the visitor asks for it. */

/** @import { Context } from '../../types/page.js' */
/** @import { Profile as Found, ProfileLine } from '../../types/engine.js' */

import { h } from './dom.js';

const HEADINGS = ['Time', 'Share', 'GFLOP/s', 'Of peak', 'GB/s', 'Of copy', 'Network', 'Kernel', 'What it computes'];

export class Profile {
  element;
  #request;
  #button = h(
    'button',
    { type: 'button', class: 'button', disabled: true, on: { click: () => this.#measure() } },
    'Measure this step',
  );
  #content = h('div', {});
  #backend = '';
  #session = 0;

  /** @param {Pick<Context, 'request'>} context */
  constructor({ request }) {
    this.#request = request;
    this.element = h(
      'details',
      { class: 'panel plan profile' },
      h('summary', {}, 'Where the time of a step goes'),
      h(
        'p',
        { class: 'help' },
        'Training waits while each part of a step is run and timed, and then goes on from where it was. It takes a few seconds; what does not fit into them is left out.',
      ),
      this.#button,
      this.#content,
    );
  }

  /** @param {import('../protocol.js').Info} info */
  ready({ backend }) {
    this.#backend = backend;
    this.#session += 1; // what was measured was another run
    this.#button.disabled = false;
    this.#content.replaceChildren();
  }

  async #measure() {
    const session = this.#session;
    this.#button.disabled = true;
    this.#content.replaceChildren(h('p', { role: 'status' }, 'Measuring\u2026'));
    let shown;
    try {
      const found = await this.#request({ type: 'profile' });
      shown = 'problem' in found ? h('p', { role: 'status' }, found.problem) : this.#table(found);
    } catch (error) {
      shown = h('p', { role: 'status' }, error.message);
    }
    if (session !== this.#session) return;
    this.#content.replaceChildren(shown);
    this.#button.disabled = false;
  }

  /** @param {Found} found */
  #table({ lines, left, runs, peakGflops, copyGbPerSecond }) {
    const total = lines.reduce((sum, { seconds }) => sum + seconds, 0);
    const how =
      this.#backend === 'gpu'
        ? 'each launch alone'
        : `each group of operations, ${runs > 1 ? `the fastest of ${runs} runs` : 'one run'}`;
    const all = left
      ? `${lines.length} of ${lines.length + left} parts, all there was time for,`
      : `${lines.length} parts`;
    const caption = `${all} of one update of both networks take ${(total * 1e3).toFixed(1)} ms (${how})`;
    const most = peakGflops
      ? `At most this device multiplies and adds at ${short(peakGflops)} GFLOP/s${copyGbPerSecond ? ` and copies at ${short(copyGbPerSecond)} GB/s` : ''}, ` +
        'measured just now. More than 100 % of the copy is possible: small data stays in caches.'
      : '';
    /** @param {number} amount @param {number} seconds @param {number} [limit] */
    const rates = (amount, seconds, limit) => {
      const rate = amount && seconds ? amount / seconds / 1e9 : 0;
      return [rate ? short(rate) : '\u2013', rate && limit ? `${short((100 * rate) / limit)} %` : '\u2013'].map(
        (text) => h('td', { class: 'number' }, text),
      );
    };
    /** @param {ProfileLine} line */
    const row = ({ plan, kernel, what, seconds, flops, sizeBytes }) => {
      const share = (100 * seconds) / total;
      const bar = h('span', { class: 'bar' });
      bar.style.width = `${share}%`;
      return h(
        'tr',
        {},
        h('td', { class: 'number' }, `${(seconds * 1e3).toFixed(3)} ms`),
        h('td', { class: 'number share' }, bar, `${share.toFixed(1)} %`),
        ...rates(flops, seconds, peakGflops),
        ...rates(sizeBytes, seconds, copyGbPerSecond),
        h('td', {}, plan),
        h('td', {}, kernel),
        h('td', {}, h('code', {}, what)),
      );
    };
    return h(
      'div',
      {},
      most ? h('p', { class: 'help' }, most) : null,
      h(
        'div',
        { class: 'scrolling', tabIndex: 0, role: 'region', 'aria-label': caption },
        h(
          'table',
          {},
          h('caption', {}, caption),
          h('thead', {}, h('tr', {}, ...HEADINGS.map((heading) => h('th', { scope: 'col' }, heading)))),
          h('tbody', {}, ...lines.toSorted((a, b) => b.seconds - a.seconds).map(row)),
        ),
      ),
    );
  }
}

/** @param {number} value */
const short = (value) => (value < 1 ? value.toPrecision(2) : value.toFixed(1));
