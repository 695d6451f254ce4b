/** The layer editor: both networks as lists of layers, which the engine looks through before anything runs. */

/** @import { Context } from '../../types/page.js' */
/** @import { Learner, Settings, Tables } from '../protocol.js' */

import { h } from './dom.js';
import { LayerColumn } from './layer-column.js';

/** @typedef {Record<Learner, string>} Lists  as text, by network */

/** @type {Learner[]} */
const NETWORKS = ['generator', 'discriminator'];
const FITS = 'Both networks fit.';

export class Layers {
  element;
  #context;
  /** What is being edited: a list as text for each network; empty for the preset's own. @type {Lists} */
  #draft = { generator: '', discriminator: '' };
  /** @type {Lists[]} */
  #history = [];
  /** @type {(Lists & { preset: string }) | null} */
  #inForce = null;
  #visible = true;
  #order = 0;
  #reason = ''; // why it cannot be trained with
  /** Settings that lists stand in place of. @type {Tables['settings']} */
  #replaceable = [];
  #columns = NETWORKS.map((network) => new LayerColumn(network, (text, what) => this.#edit({ [network]: text }, what)));
  #said = h('p', { class: 'said', role: 'status' });
  #train = button('Train with these layers', 'primary', () => this.#apply());
  #undo = button('Undo', '', () => this.#back());
  #own = button('Back to the preset’s layers', '', () =>
    this.#edit({ generator: '', discriminator: '' }, 'The preset’s layers'),
  );

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    this.element = h(
      'section',
      { class: 'panel layers', 'aria-label': 'Layers' },
      h('h2', {}, 'Layers'),
      h(
        'p',
        { class: 'detail' },
        'Both networks, layer by layer. What does not fit is said before it runs. A list stands in place of some settings; without one they make the layers.',
      ),
      h('div', { class: 'networks' }, ...this.#columns.map(({ element }) => element)),
      this.#said,
      h(
        'div',
        { class: 'row' },
        this.#train,
        this.#undo,
        this.#own,
        h('span', { class: 'detail' }, 'Training with other layers restarts the run.'),
      ),
    );
    this.element.addEventListener('keydown', (event) => {
      if (
        (event.ctrlKey || event.metaKey) &&
        event.key === 'z' &&
        !(/** @type {Element} */ (event.composedPath()[0]).closest('input, textarea'))
      ) {
        event.preventDefault();
        this.#back();
      }
    });
  }

  /** @param {Tables} tables */
  tables({ settings }) {
    this.#replaceable = settings.filter(({ replacedBy }) => replacedBy.length > 0);
  }

  /** Which settings make a network's layers, or have no effect beside its list. @param {Learner} network */
  #settingsOf(network) {
    const own = this.#replaceable.filter(({ replacedBy }) => replacedBy.includes(`${network}_layers`));
    const isList = (/** @type {string} */ list) =>
      Boolean(this.#draft[/** @type {Learner} */ (list.replace('_layers', ''))]);
    const named = this.#draft[network] ? own.filter(({ replacedBy }) => replacedBy.every(isList)) : own;
    const names = named.map(({ name }) => name).join(', ');
    return this.#draft[network]
      ? `A list of its own, in place of the settings ${names}.`
      : `The preset’s own, made by the settings ${names}.`;
  }

  /** What is in force. What is being edited stays, unless other layers or another preset came. @param {Settings} settings */
  settings({ preset, generator_layers, discriminator_layers }) {
    const now = { generator: String(generator_layers ?? ''), discriminator: String(discriminator_layers ?? '') };
    const before = this.#inForce;
    this.#inForce = { preset, ...now };
    if (!before || before.preset !== preset || !same(before, now)) {
      this.#draft = now;
      this.#history = [];
    }
    this.#look();
  }

  /** @param {boolean} visible */
  shown(visible) {
    this.#visible = visible;
    this.#look();
  }

  /** @param {Partial<Lists>} changes @param {string} what */
  #edit(changes, what) {
    this.#history.push(this.#draft);
    this.#draft = { ...this.#draft, ...changes };
    this.#look(what);
  }

  #back() {
    const before = this.#history.pop();
    if (!before) return;
    this.#draft = before;
    this.#look('Undone');
  }

  #apply() {
    if (this.#reason) this.#said.textContent = this.#reason;
    else
      this.#context.actions.change({
        generator_layers: this.#draft.generator,
        discriminator_layers: this.#draft.discriminator,
      });
  }

  /** Asks the engine what it thinks of the draft, and shows it. */
  async #look(what = '') {
    if (!this.#visible || !this.#inForce) return;
    const order = ++this.#order;
    const { generator, discriminator } = this.#draft;
    let networks;
    try {
      networks = await this.#context.request({
        type: 'layers',
        values: { generator_layers: generator, discriminator_layers: discriminator },
      });
    } catch (error) {
      if (order === this.#order) this.#said.textContent = error.message;
      return;
    }
    if (order !== this.#order) return; // there is a newer draft
    NETWORKS.forEach((network, index) =>
      this.#columns[index].show(networks[network], networks.kinds, this.#draft[network], this.#settingsOf(network)),
    );
    const problems = NETWORKS.map((network) => networks[network].problem).filter(
      (problem) => problem !== null && problem.blocks,
    );
    this.#reason = problems.length
      ? (problems[0]?.message ?? '')
      : same(this.#draft, this.#inForce)
        ? 'The run has these layers.'
        : '';
    this.#train.setAttribute('aria-disabled', String(this.#reason !== ''));
    this.#undo.setAttribute('aria-disabled', String(!this.#history.length));
    this.#own.setAttribute('aria-disabled', String(!generator && !discriminator));
    this.#said.textContent = [what && `${what}.`, this.#reason || FITS].filter(Boolean).join(' ');
  }
}

/** @param {Lists} a @param {Lists} b */
const same = (a, b) => NETWORKS.every((network) => a[network] === b[network]);

/** @param {string} label @param {string} kind @param {() => void} click */
function button(label, kind, click) {
  return h('button', { type: 'button', class: `button ${kind}`, on: { click } }, label);
}
