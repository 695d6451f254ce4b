/** One network of the layer editor: its layers as rows, what each makes, what does not fit, and the list as text. */

/** @import { LayerKind, LayerProblem, LayerRow, NetworkLayers } from '../../types/engine.js' */

import { elementOf, formatCount, formatShort, h, uniqueId } from './dom.js';

const TITLES = { generator: 'Generator', discriminator: 'Discriminator' };

/**
 * @typedef {{ name: string, arguments: (string | number)[], made?: LayerRow }} Layer
 *   made: what it makes; missing behind what does not fit
 */

export class LayerColumn {
  element;
  #network;
  #edit;
  /** @type {LayerKind[]} */
  #kinds = [];
  /** @type {Layer[]} */
  #layers = [];
  /** Behind which layer the next one goes; null for the end. @type {number | null} */
  #at = null;
  #input = h('p', { class: 'detail' });
  /** @type {HTMLOListElement} */
  #rows;
  #end = h('div', {});
  #totals = h('p', { class: 'totals' });
  #kind;
  #add = h('button', { type: 'button', class: 'button', on: { click: () => this.#insert() } }, 'Add at the end');
  /** @type {HTMLTextAreaElement} */
  #text;

  /** @param {'generator' | 'discriminator'} network @param {(text: string, what: string) => void} edit */
  constructor(network, edit) {
    this.#network = network;
    this.#edit = edit;
    const title = TITLES[network];
    this.#rows = h('ol', {
      tabIndex: -1,
      'aria-label': `Layers of the ${network}`,
      on: { focusin: (event) => this.#choose(event), keydown: (event) => this.#key(event) },
    });
    this.#kind = h('select', { 'aria-label': `Kind of the layer to add to the ${network}` });
    const id = uniqueId('layers');
    this.#text = h('textarea', {
      id,
      rows: 4,
      spellcheck: false,
      autocomplete: 'off',
      on: { change: () => edit(this.#text.value.trim(), `${title}: read from the text`) },
    });
    this.element = h(
      'section',
      { class: `network ${network}`, 'aria-label': title },
      h('h3', {}, title),
      this.#input,
      this.#rows,
      this.#end,
      h('div', { class: 'row add' }, this.#kind, this.#add),
      this.#totals,
      h(
        'details',
        {},
        h('summary', {}, 'As text'),
        h(
          'label',
          { class: 'help', htmlFor: id },
          'To copy and to paste. PyTorch’s names and arguments; calls such as conv2d(32, 4, 2, 1) are read too.',
        ),
        this.#text,
      ),
    );
  }

  /**
   * @param {NetworkLayers} description
   * @param {LayerKind[]} kinds
   * @param {string} asked  what was asked for; stays if it cannot be read
   * @param {string} origin  where the layers come from
   */
  show({ text, input, layers: made, problem }, kinds, asked, origin) {
    if (!this.#kinds.length)
      this.#kind.replaceChildren(...kinds.map(({ name, help }) => h('option', { value: name, title: help }, name)));
    this.#kinds = kinds;
    const layers = text
      .split(' ')
      .filter(Boolean)
      .map((word, index) => {
        const [name, ...values] = word.split('-');
        return { name, arguments: values, made: made[index] };
      });
    this.#layers = layers;
    this.#text.value = text || asked;
    this.#input.textContent = `${origin} Gets ${input}.${layers.length || problem ? '' : ' It is no list of layers; add some to replace it.'}`;
    const active = this.#focused;
    const isDrawn = this.#rows.contains(active) || this.#end.contains(active);
    this.#rows.replaceChildren(...layers.map((layer, index) => this.#row(layer, index, problem)));
    this.#end.replaceChildren(...(problem && problem.layer >= layers.length ? [this.#problem(problem)] : []));
    if (isDrawn) this.#focus(active?.dataset.key);
    this.#mark();
    this.#totals.textContent = problem?.blocks
      ? ''
      : `In all ${formatCount(sum(made, 'parameters'))} parameters and ${mega(sum(made, 'flops'))} for one example.`;
  }

  /** What has the focus, in the playground's shadow. */
  get #focused() {
    const { activeElement } = /** @type {ShadowRoot} */ (this.element.getRootNode());
    return /** @type {HTMLElement | null} */ (activeElement);
  }

  /** @param {Layer} layer @param {number} index @param {LayerProblem | null} problem */
  #row({ name, arguments: values, made }, index, problem) {
    const { help, arguments: kinds } = this.#kindOf(name);
    const label = `layer ${index + 1}, ${name}`;
    const fields = kinds.map((kind, at) =>
      h(
        'label',
        {},
        h('span', {}, kind.name.replaceAll('_', ' ')),
        h('input', {
          type: 'number',
          min: kind.min,
          max: kind.max,
          step: kind.step,
          value: values[at],
          'aria-label': `${kind.name} of ${label}`,
          data: { key: `${index}/${at}` },
          on: { change: ({ target }) => this.#set(index, at, /** @type {HTMLInputElement} */ (target)) },
        }),
      ),
    );
    /** @param {string} sign @param {string} what @param {() => void} to @param {boolean} enabled */
    const press = (sign, what, to, enabled) =>
      h(
        'button',
        {
          type: 'button',
          class: 'button small',
          'aria-label': `${what} ${label}`,
          title: what,
          'aria-disabled': String(!enabled),
          data: { key: `${index}/${what}` },
          on: { click: () => enabled && to() },
        },
        sign,
      );
    const mine = problem?.layer === index;
    const facts = !made
      ? 'comes after what does not fit'
      : [
          '→ ' + made.output,
          made.parameters && `${formatCount(made.parameters)} parameters`,
          made.flops && mega(made.flops),
        ]
          .filter(Boolean)
          .join(' · ');
    return h(
      'li',
      { class: mine ? 'unfit' : '', data: { index } },
      h(
        'div',
        { class: 'head' },
        h('strong', { title: help }, name),
        h(
          'span',
          { class: 'buttons' },
          press('↑', 'Move up', () => this.#move(index, -1), index > 0),
          press('↓', 'Move down', () => this.#move(index, 1), index < this.#layers.length - 1),
          press('×', 'Remove', () => this.#remove(index), this.#layers.length > 1),
        ),
      ),
      h('div', { class: 'body' }, ...fields, mine && problem?.blocks ? null : h('p', { class: 'detail' }, facts)),
      mine && problem ? this.#problem(problem) : null,
    );
  }

  /** The kind of a layer that the engine has read. @param {string} name */
  #kindOf(name) {
    const kind = this.#kinds.find((each) => each.name === name);
    if (!kind) throw new Error(`There is no kind of layer "${name}".`);
    return kind;
  }

  /** @param {LayerProblem} problem */
  #problem({ message, blocks, fixes }) {
    return h(
      'div',
      { class: `problem ${blocks ? 'blocks' : ''}` },
      h('p', {}, h('strong', {}, blocks ? '⚠ Does not fit: ' : 'ⓘ Unwise: '), message),
      h(
        'div',
        { class: 'row' },
        ...fixes.map(({ label, text }) =>
          h(
            'button',
            {
              type: 'button',
              class: 'button',
              on: { click: () => this.#edit(text, `${TITLES[this.#network]}: ${label}`) },
            },
            label,
          ),
        ),
      ),
    );
  }

  /** @param {number} index @param {number} at @param {HTMLInputElement} input */
  #set(index, at, input) {
    const isGood = input.value !== '' && input.checkValidity();
    input.setAttribute('aria-invalid', String(!isGood));
    if (!isGood) {
      input.reportValidity();
      return;
    }
    const layers = this.#copy();
    layers[index].arguments[at] = Number(input.value);
    this.#change(layers, `${input.getAttribute('aria-label')} is ${input.value}`);
  }

  /** @param {number} index @param {number} by */
  #move(index, by) {
    const layers = this.#copy();
    const [layer] = layers.splice(index, 1);
    layers.splice(index + by, 0, layer);
    this.#refocus(index, index + by);
    this.#at = index + by;
    this.#change(layers, `${layer.name} is layer ${index + by + 1} now`);
  }

  /** @param {number} index */
  #remove(index) {
    const layers = this.#copy();
    const [{ name }] = layers.splice(index, 1);
    this.#refocus(index, Math.min(index, layers.length - 1));
    this.#at = null;
    this.#change(layers, `${name} removed`);
  }

  #insert() {
    const layers = this.#copy();
    const { name, arguments: kinds } = this.#kindOf(this.#kind.value);
    const to = this.#at === null ? layers.length : this.#at + 1;
    layers.splice(to, 0, { name, arguments: kinds.map(({ start }) => start) });
    if (this.#at !== null) this.#at = to;
    this.#change(layers, `${name} added as layer ${to + 1}`);
  }

  /** @returns {Layer[]} */
  #copy() {
    return this.#layers.map(({ name, arguments: values }) => ({ name, arguments: [...values] }));
  }

  /** @param {Layer[]} layers @param {string} what */
  #change(layers, what) {
    this.#edit(
      layers.map(({ name, arguments: values }) => [name, ...values].join('-')).join(' '),
      `${TITLES[this.#network]}: ${what}`,
    );
  }

  /** Alt and an arrow move the layer with the focus. @param {KeyboardEvent} event */
  #key(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key] ?? NaN;
    const row = elementOf(event)?.closest('li');
    const to = Number(row?.dataset.index) + by;
    if (!event.altKey || !(to >= 0 && to < this.#layers.length)) return;
    event.preventDefault();
    this.#move(to - by, by);
  }

  /** The next layer is added behind the one that was last in use. @param {Event} event */
  #choose(event) {
    const row = elementOf(event)?.closest('li');
    if (row) this.#at = Number(row.dataset.index);
    this.#mark();
  }

  #mark() {
    if (this.#at !== null && this.#at >= this.#layers.length) this.#at = null;
    [...this.#rows.children].forEach((row, index) => row.classList.toggle('chosen', index === this.#at));
    this.#add.textContent = this.#at === null ? 'Add at the end' : `Add below layer ${this.#at + 1}`;
  }

  /** The rows are drawn anew: the focus stays with the layer that had it. @param {number} from @param {number} to */
  #refocus(from, to) {
    const active = this.#focused;
    if (active?.dataset.key?.startsWith(`${from}/`))
      active.dataset.key = active.dataset.key.replace(/^\d+/, String(to));
  }

  /** @param {string} [key] */
  #focus(key) {
    const mine = /** @type {HTMLElement | null} */ (this.#rows.querySelector(`[data-key="${key}"]`));
    (mine ?? this.#rows).focus({ preventScroll: true });
  }
}

/** @param {LayerRow[]} rows @param {'parameters' | 'flops'} key */
const sum = (rows, key) => rows.reduce((total, row) => total + row[key], 0);
/** @param {number} flops */
const mega = (flops) => `${formatShort(flops / 1e6)}\u00a0MFLOP`;
