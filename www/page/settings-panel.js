/** One control per row of the engine's settings table. */

import { h, uniqueId } from './dom.js';

export class SettingsPanel {
  element;
  #fields = h('div', { class: 'fields' });
  #about = h('div', { class: 'about' });
  #change;
  #tables = null;
  /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
  #controls = new Map();

  /** @param {(values: object) => void} change */
  constructor(change) {
    this.#change = change;
    this.element = h('section', { class: 'panel settings', 'aria-label': 'Settings' }, h('h2', {}, 'Settings'), this.#about, this.#fields);
  }

  /** @param {object} tables  as the engine exports them */
  build(tables) {
    this.#tables = tables;
    this.#controls.clear();
    const groups = new Map();
    for (const setting of tables.settings) {
      const group = setting.group ?? '';
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push(this.#field(setting));
    }
    this.#fields.replaceChildren(...[...groups].map(([name, fields]) => h('fieldset', {}, name ? h('legend', {}, name[0].toUpperCase() + name.slice(1)) : null, ...fields)));
  }

  /** @param {import('../protocol.js').Settings} settings */
  show(settings) {
    for (const [key, control] of this.#controls) {
      if (settings[key] !== undefined) control.value = String(settings[key]);
      delete control.dataset.bad;
      control.removeAttribute('aria-invalid');
    }
    const preset = this.#tables?.presets.find(({ key }) => key === settings.preset);
    if (!preset) return;
    this.#about.replaceChildren(
      h('p', {}, preset.summary),
      preset.watch ? h('p', {}, h('strong', {}, 'What to watch: '), preset.watch) : null,
      preset.paper ? h('p', { class: 'detail' }, `${preset.paper}${preset.year ? `, ${preset.year}` : ''}`) : null,
    );
  }

  #field(setting) {
    const id = uniqueId(setting.key);
    const help = h('p', { class: 'help', id: `${id}-help` }, setting.help ? `${setting.help} ` : '',
      h('span', { class: 'effect' }, setting.live ? 'Takes effect at once.' : 'Starts the run anew.'));
    const control = setting.kind === 'choice' ? this.#select(setting) : this.#number(setting);
    control.id = id;
    control.name = setting.key;
    control.setAttribute('aria-describedby', help.id);
    control.addEventListener('change', () => this.#changed(setting, control));
    this.#controls.set(setting.key, control);
    const unit = setting.unit ? h('span', { class: 'unit' }, ` (${setting.unit})`) : null;
    return h('div', { class: 'field' }, h('label', { htmlFor: id }, setting.name, unit), control, help);
  }

  #select({ choices }) {
    return h('select', {}, ...choices.map(({ value, name }) => h('option', { value }, name)));
  }

  #number({ kind, min, max, step }) {
    return h('input', {
      type: 'number',
      inputMode: kind === 'integer' ? 'numeric' : 'decimal',
      min: min ?? '',
      max: max ?? '',
      step: kind === 'integer' ? String(step ?? 1) : 'any',
      autocomplete: 'off',
    });
  }

  /** The engine decides whether a value is good, and says so if not; an empty field cannot be meant. */
  #changed(setting, control) {
    if (control.value === '') {
      control.setAttribute('aria-invalid', 'true');
      return;
    }
    this.#change({ [setting.key]: control.value });
  }
}
