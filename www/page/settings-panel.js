/** One control per row of the engine's settings table. */

/** @import { Choice, PresetRow, RecordRow, SettingRow } from '../../types/engine.js' */
/** @import { RawSettings, Settings, SomeSettings, Tables } from '../protocol.js' */

import { formatCount, h, uniqueId } from './dom.js';
import { reached } from './figures.js';
import { PointsField } from './points-field.js';

/** Groups in the order of the page, with what they are called; the long ones are folded. */
const GROUPS = [
  { key: 'run', name: 'Run' },
  { key: 'data', name: 'Data' },
  { key: 'game', name: 'This game' },
  { key: 'networks', name: 'Networks', folded: true },
  { key: 'training', name: 'Training', folded: true },
];
const DRAWN = 'drawn';

/** The world whose points are numbers. */
const LINE = 'origin';

/** @typedef {HTMLInputElement | HTMLSelectElement} Control */

export class SettingsPanel {
  element;
  #fields = h('div', { class: 'fields' });
  #about = h('div', { class: 'about' });
  #change;
  /** @type {Tables | null} */
  #tables = null;
  #settings = /** @type {Settings} */ ({});
  /** @type {Map<string, Control>} */
  #controls = new Map();
  /** Settings that lists of layers can stand in place of, each with what is said then. @type {[SettingRow, HTMLElement][]} */
  #replaceable = [];
  /** @type {PointsField | null} */
  #points = null;

  /** @param {(values: RawSettings) => void} change */
  constructor(change) {
    this.#change = change;
    this.element = h(
      'section',
      { class: 'panel settings', 'aria-label': 'Settings' },
      h('h2', {}, 'Settings'),
      this.#about,
      this.#fields,
    );
  }

  /** @param {Tables} tables */
  build(tables) {
    this.#tables = tables;
    this.#controls.clear();
    this.#replaceable = [];
    this.#fields.replaceChildren(
      ...GROUPS.map(({ key, name, folded }) => {
        const fields = tables.settings.filter(({ group }) => group === key).map((setting) => this.#field(setting));
        const set = h('fieldset', {}, h('legend', { class: folded ? 'visually-hidden' : '' }, name), ...fields);
        return folded ? h('details', {}, h('summary', {}, name), set) : set;
      }),
    );
  }

  /** @param {Settings} settings */
  show(settings) {
    this.#settings = settings;
    for (const [key, control] of this.#controls) {
      const { parentElement } = control;
      if (parentElement) parentElement.hidden = !(key in settings);
      if (isSwitch(control)) control.checked = settings[key] === '1';
      else if (settings[key] !== undefined) control.value = String(settings[key]);
      control.removeAttribute('aria-invalid');
    }
    for (const [setting, words] of this.#replaceable) {
      const control = this.#controls.get(setting.key);
      if (control) control.disabled = isReplaced(setting, settings);
      words.hidden = !isReplaced(setting, settings);
    }
    // How many images are used says nothing of points.
    const examples = this.#controls.get('examples')?.parentElement;
    if (examples) examples.hidden = this.#form(settings.data) !== 'image';
    for (const group of /** @type {Iterable<HTMLElement>} */ (this.#fields.children))
      group.hidden = [...group.querySelectorAll('.field')].every((field) => /** @type {HTMLElement} */ (field).hidden);
    if (this.#points) {
      this.#points.show(String(settings.points ?? ''));
      this.#points.element.hidden = settings.data !== DRAWN;
    }
    const preset = this.#preset(settings.preset);
    const algorithm = this.#algorithm(preset);
    if (!preset || !algorithm) return;
    const { name, year, paper, summary, adds, watch } = algorithm;
    this.#about.replaceChildren(
      h('p', {}, h('strong', {}, `${name}: `), summary),
      ...(preset.note ? [h('p', {}, preset.note)] : []),
      h('p', {}, h('strong', {}, 'What it adds: '), adds),
      h('p', {}, h('strong', {}, 'What to watch: '), watch),
      h('p', { class: 'detail' }, `${paper}, ${year}`),
      ...(preset.record ? [h('p', { class: 'detail' }, recordText(preset.record))] : []),
    );
  }

  /** What a switch does that is on; empty where it is off or not of this run. @param {string} key */
  help(key) {
    return this.#settings[key] === '1' ? (this.#tables?.settings.find((row) => row.key === key)?.help ?? '') : '';
  }

  /** What a data set consists of. @param {string | number} data */
  #form(data) {
    if (this.#tables?.sets.some(({ key }) => key === data)) return 'image';
    return data === LINE ? 'line' : 'plane';
  }

  /** The algorithm of a preset. @param {PresetRow | undefined} preset */
  #algorithm(preset) {
    return this.#tables?.algorithms.find(({ key }) => key === preset?.algorithm);
  }

  /** @param {string} wanted */
  #preset(wanted) {
    return this.#tables?.presets.find(({ key }) => key === wanted);
  }

  /** @param {SettingRow} setting */
  #field(setting) {
    if (setting.kind === 'points') {
      this.#points = new PointsField(setting, (points) => this.#chooseData(DRAWN, { points }));
      return this.#points.element;
    }
    const id = uniqueId(setting.key);
    const help = h(
      'p',
      { class: 'help', id: `${id}-help` },
      setting.help ? `${setting.help} ` : '',
      h('span', { class: 'effect' }, setting.live ? 'Takes effect at once.' : 'Starts the run anew.'),
    );
    const control = this.#control(setting);
    control.id = id;
    control.name = setting.key;
    control.setAttribute('aria-describedby', help.id);
    if (setting.replacedBy.length > 0) {
      const words = h('strong', { class: 'replaced', hidden: true }, `${REPLACED} `);
      help.prepend(words);
      this.#replaceable.push([setting, words]);
    }
    control.addEventListener('change', () => this.#changed(setting, control));
    this.#controls.set(setting.key, control);
    const unit = setting.unit ? h('span', { class: 'unit' }, ` (${setting.unit})`) : null;
    return h('div', { class: 'field' }, h('label', { htmlFor: id }, setting.name, unit), control, help);
  }

  /** @param {SettingRow} setting @returns {Control} */
  #control(setting) {
    const { key, choices = [] } = setting;
    if (key !== 'preset') return controlOf(setting);
    /** @param {string} label @param {(preset: PresetRow) => unknown} belongs */
    const group = (label, belongs) => {
      const own = choices.filter(({ value }) => {
        const preset = this.#preset(value);
        return preset && belongs(preset);
      });
      return h('optgroup', { label }, ...own.map(option));
    };
    const isPair = (/** @type {PresetRow} */ preset) => this.#algorithm(preset)?.isPair;
    return h(
      'select',
      {},
      group('Algorithms', (preset) => !preset.provokes && isPair(preset)),
      group('Other games', (preset) => !preset.provokes && !isPair(preset)),
      group('Exhibits: what goes wrong', ({ provokes }) => provokes),
    );
  }

  /**
   * The engine decides whether a value is good, and says so if not; an empty field cannot be meant.
   * @param {SettingRow} setting
   * @param {Control} control
   */
  #changed({ key }, control) {
    const value = valueOf(control);
    if (value === '') control.setAttribute('aria-invalid', 'true');
    else if (key === 'data') this.#chooseData(value);
    // What takes long to learn opens with what it comes to.
    else if (key === 'preset')
      this.#change({ preset: value, ...(this.#preset(value)?.trained && { start: 'trained' }) });
    else this.#change({ [key]: value });
  }

  /**
   * Networks for images cannot take points, nor the other way round, and games have data of their own: then a preset that
   * can comes along.
   * @param {string} data
   * @param {{ points?: string }} more
   */
  #chooseData(data, more = {}) {
    if (data === DRAWN && more.points === undefined && !this.#settings.points) {
      if (this.#points) this.#points.element.hidden = false; // there is nothing to train on before something is drawn
      return;
    }
    /** Whether a preset's networks take these data. @param {PresetRow | undefined} preset @param {string | number} [own] */
    const takes = (preset, own = preset?.defaults.data ?? '') =>
      this.#algorithm(preset)?.data.includes(data) && this.#form(own) === this.#form(data);
    const now = this.#preset(this.#settings.preset);
    const presets = this.#tables?.presets.filter((preset) => !preset.provokes && takes(preset)) ?? [];
    const other = takes(now, this.#settings.data)
      ? null
      : (presets.find(({ algorithm }) => algorithm === now?.algorithm) ??
        presets.find(({ defaults }) => defaults.data === data) ??
        presets[0]);
    this.#change({ ...(other && { preset: other.key }), data, ...more });
  }
}

export const REPLACED = 'No effect now: the run has a list of layers in its place, see Layers.';

/** Whether lists of layers stand in a setting's place. @param {SettingRow} setting @param {SomeSettings} settings */
export const isReplaced = ({ replacedBy }, settings) =>
  replacedBy.length > 0 && replacedBy.every((list) => Boolean(settings[list]));

/** @param {Choice} choice */
const option = ({ value, name }) => h('option', { value }, name);

/** Whether a control is a box to tick. @param {Control} control @returns {control is HTMLInputElement} */
export const isSwitch = (control) => control.type === 'checkbox';

/** The control for a row of the settings table. @param {SettingRow} setting @returns {Control} */
export function controlOf({ kind, choices = [], min, max, step }) {
  if (kind === 'choice') return h('select', {}, ...choices.map(option));
  if (kind === 'switch') return h('input', { type: 'checkbox' });
  return h('input', {
    type: 'number',
    inputMode: kind === 'integer' ? 'numeric' : 'decimal',
    min: min ?? '',
    max: max ?? '',
    step: kind === 'integer' ? String(step ?? 1) : 'any',
    autocomplete: 'off',
  });
}

/** A control's value as a setting; empty where nothing was entered. @param {Control} control */
export const valueOf = (control) => (isSwitch(control) ? String(Number(control.checked)) : control.value);

/** What a preset reached when it was measured: the project's own run, not the visitor's. @param {RecordRow} record */
function recordText({ images, steps, seconds, backend, figures }) {
  const came = reached(figures, (wanted) => ` (target: ${wanted})`);
  return `Our reference run (${formatCount(images)} real examples, ${formatCount(steps)} steps, ${formatCount(Math.round(seconds))} s on ${backend === 'cpu' ? 'two CPU cores' : 'a GPU'}): ${came.join('; ')}.`;
}
