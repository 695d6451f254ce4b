/** One network of the layer editor: its layers as rows, what each makes, what does not fit, and the list as text. */

import { formatCount, formatShort, h, uniqueId } from './dom.js';

const TITLES = { generator: 'Generator', discriminator: 'Discriminator' };

export class LayerColumn {
  element;
  #network;
  #edit;
  #kinds = [];
  #layers = [];
  /** Behind which layer the next one goes; null for the end. */
  #at = null;
  #input = h('p', { class: 'detail' });
  #rows;
  #end = h('div', {});
  #totals = h('p', { class: 'totals' });
  #kind;
  #add = h('button', { type: 'button', class: 'button', on: { click: () => this.#insert() } }, 'Add at the end');
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
   * @param {object} description  of the network, as describeLayers has it
   * @param {object[]} kinds
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
    const active = this.element.getRootNode().activeElement;
    const isDrawn = this.#rows.contains(active) || this.#end.contains(active);
    this.#rows.replaceChildren(...layers.map((layer, index) => this.#row(layer, index, problem)));
    this.#end.replaceChildren(...(problem && problem.layer >= layers.length ? [this.#problem(problem)] : []));
    if (isDrawn) this.#focus(active.dataset.key);
    this.#mark();
    this.#totals.textContent = problem?.blocks
      ? ''
      : `In all ${formatCount(sum(made, 'parameters'))} parameters and ${mega(sum(made, 'flops'))} for one example.`;
  }

  #row({ name, arguments: values, made }, index, problem) {
    const { help, arguments: kinds } = this.#kinds.find((kind) => kind.name === name);
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
          on: { change: ({ target }) => this.#set(index, at, target) },
        }),
      ),
    );
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
      h('div', { class: 'body' }, ...fields, mine && problem.blocks ? null : h('p', { class: 'detail' }, facts)),
      mine ? this.#problem(problem) : null,
    );
  }

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

  #move(index, by) {
    const layers = this.#copy();
    const [layer] = layers.splice(index, 1);
    layers.splice(index + by, 0, layer);
    this.#refocus(index, index + by);
    this.#at = index + by;
    this.#change(layers, `${layer.name} is layer ${index + by + 1} now`);
  }

  #remove(index) {
    const layers = this.#copy();
    const [{ name }] = layers.splice(index, 1);
    this.#refocus(index, Math.min(index, layers.length - 1));
    this.#at = null;
    this.#change(layers, `${name} removed`);
  }

  #insert() {
    const layers = this.#copy();
    const { name, arguments: kinds } = this.#kinds.find((kind) => kind.name === this.#kind.value);
    const to = this.#at === null ? layers.length : this.#at + 1;
    layers.splice(to, 0, { name, arguments: kinds.map(({ start }) => start) });
    if (this.#at !== null) this.#at = to;
    this.#change(layers, `${name} added as layer ${to + 1}`);
  }

  #copy() {
    return this.#layers.map(({ name, arguments: values }) => ({ name, arguments: [...values] }));
  }

  #change(layers, what) {
    this.#edit(
      layers.map(({ name, arguments: values }) => [name, ...values].join('-')).join(' '),
      `${TITLES[this.#network]}: ${what}`,
    );
  }

  /** Alt and an arrow move the layer with the focus. */
  #key(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const row = event.target.closest('li');
    const to = Number(row?.dataset.index) + by;
    if (!event.altKey || !(to >= 0 && to < this.#layers.length)) return;
    event.preventDefault();
    this.#move(to - by, by);
  }

  /** The next layer is added behind the one that was last in use. */
  #choose(event) {
    const row = event.target.closest('li');
    if (row) this.#at = Number(row.dataset.index);
    this.#mark();
  }

  #mark() {
    if (this.#at >= this.#layers.length) this.#at = null;
    [...this.#rows.children].forEach((row, index) => row.classList.toggle('chosen', index === this.#at));
    this.#add.textContent = this.#at === null ? 'Add at the end' : `Add below layer ${this.#at + 1}`;
  }

  /** The rows are drawn anew: the focus stays with the layer that had it. */
  #refocus(from, to) {
    const active = this.element.getRootNode().activeElement;
    if (active?.dataset.key?.startsWith(`${from}/`)) active.dataset.key = active.dataset.key.replace(/^\d+/, to);
  }

  #focus(key) {
    (this.#rows.querySelector(`[data-key="${key}"]`) ?? this.#rows).focus({ preventScroll: true });
  }
}

const sum = (rows, key) => rows.reduce((total, row) => total + row[key], 0);
const mega = (flops) => `${formatShort(flops / 1e6)}\u00a0MFLOP`;
