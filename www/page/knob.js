/** One setting and another value for it: for a branch of a run, and for runners of a race. */

/** @import { SettingRow } from '../../types/engine.js' */
/** @import { SomeSettings } from '../protocol.js' */

import { h, uniqueId } from './dom.js';
import { REPLACED, controlOf, isReplaced, isSwitch, valueOf } from './settings-panel.js';

/** @typedef {{ key: string, name: string, value: string | number, text: string }} Change */

export class Knob {
  element;
  #choice = h('select', { id: uniqueId('knob'), on: { change: () => this.#choose() } });
  #place = h('div', { class: 'field' });
  #effect = h('p', { class: 'help' });
  /** @type {SettingRow | undefined} */
  #setting;
  /** @type {import('./settings-panel.js').Control | null} */
  #control = null;
  /** Of these, those that apply to the settings can be chosen. @type {SettingRow[]} */
  #offered = [];
  /** @type {SettingRow[]} */
  #rows = [];
  /** @type {SomeSettings} */
  #settings = {};

  #isBranch;

  /** @param {string} label  what the choice is for @param {boolean} [isBranch]  goes on from kept weights */
  constructor(label, isBranch = false) {
    this.#isBranch = isBranch;
    this.element = h(
      'div',
      { class: 'knob' },
      h('div', { class: 'field' }, h('label', { htmlFor: this.#choice.id }, label), this.#choice),
      this.#place,
      this.#effect,
    );
  }

  /** @param {SettingRow[]} rows  of the settings table: those that can be chosen, as far as they apply */
  offer(rows) {
    this.#offered = rows;
    this.#list();
  }

  #list() {
    const rows = this.#offered.filter(({ key }) => key in this.#settings);
    this.#rows = rows;
    const option = (/** @type {SettingRow} */ { key, name }) => h('option', { value: key }, name);
    /** @param {string} label @param {boolean} isLive */
    const group = (label, isLive) =>
      h('optgroup', { label }, ...rows.filter(({ live }) => live === isLive).map(option));
    const options = this.#isBranch
      ? [group('Take effect at once', true), group('Build the networks anew', false)]
      : rows.map(option);
    const before = this.#choice.value;
    this.#choice.replaceChildren(...options);
    if (rows.some(({ key }) => key === before)) this.#choice.value = before;
    this.#choose();
  }

  /** Starts from these settings. @param {SomeSettings} settings */
  from(settings) {
    const applying = this.#offered.filter(({ key }) => key in settings);
    if (applying.length !== this.#rows.length || applying.some((row) => !this.#rows.includes(row))) {
      this.#settings = settings;
      this.#list();
    }
    if (this.#setting && String(settings[this.#setting.key]) === String(this.#settings[this.#setting.key])) {
      this.#settings = settings; // a value that is being entered stays
      this.#tell();
      return;
    }
    this.#settings = settings;
    this.#choose();
  }

  /** As the settings take it and as one reads it; null where nothing is changed. @returns {Change | null} */
  get change() {
    const control = this.#control;
    if (!this.#setting || !control || control.disabled) return null;
    const { key, name, unit, kind } = this.#setting;
    const text = valueOf(control);
    if (text === '') return null;
    const value = kind === 'integer' || kind === 'number' ? Number(text) : text;
    if (value === this.#settings[key]) return null;
    let shown = `${text}${unit ? ` ${unit}` : ''}`;
    if (control instanceof HTMLSelectElement) shown = control.selectedOptions[0].text;
    else if (kind === 'switch') shown = value === '1' ? 'on' : 'off';
    return { key, name, value, text: `${name}: ${shown}` };
  }

  #choose() {
    this.#setting = this.#rows.find(({ key }) => key === this.#choice.value);
    if (!this.#setting) return;

    const { key, name, unit } = this.#setting;
    const control = controlOf(this.#setting);
    this.#control = control;
    control.id = uniqueId('knob');
    const now = this.#settings[key];
    if (isSwitch(control)) control.checked = now === '1';
    else control.value = String(now ?? '');
    this.#place.replaceChildren(
      h('label', { htmlFor: control.id }, name, unit ? h('span', { class: 'unit' }, ` (${unit})`) : null),
      control,
    );
    this.#tell();
  }

  /** What a change does, or why it has no effect: a list of layers can come and go without the setting's own value. */
  #tell() {
    if (!this.#setting || !this.#control) return;
    const { help, live } = this.#setting;
    this.#control.disabled = isReplaced(this.#setting, this.#settings);
    this.#effect.textContent = this.#control.disabled
      ? REPLACED
      : `${help ?? ''}${live || !this.#isBranch ? '' : ' The networks are built anew and take over the kept weights, if the shapes are the same.'}`;
  }
}
