/** The doctor: what is wrong with the run, how one sees it, what helps; and runs that are ill on purpose. */

import { h } from './dom.js';

/** What the exhibits' buttons say, by the defect that they provoke. */
const MAKE = {
  mode_collapse: 'Make it collapse', vanishing_gradient: 'Make the gradient vanish', oscillation: 'Make it oscillate',
  checkerboard: 'Make a checkerboard', exploding: 'Make it explode', dead_critic: 'Make the critic dumb', memorising: 'Make it learn by heart',
};
const SEVERITIES = { watch: 'Watch: ', alarm: 'Alarm: ' };

export class Doctor {
  element;
  #findings = h('div', { class: 'findings', role: 'status' });
  #exhibits = h('div', { class: 'row' });
  #change;
  #tables = null;
  #preset = null;
  #settings = {};
  /** The settings before the doctor changed them, the latest last. */
  #before = [];
  #back = h('button', { type: 'button', class: 'button', hidden: true, on: { click: () => this.#return() } }, 'Back to the run before');

  /** @param {(values: object) => void} change */
  constructor(change) {
    this.#change = change;
    this.element = h('section', { class: 'panel doctor', 'aria-label': 'The doctor' },
      h('h2', {}, 'The doctor'), this.#findings, this.#back,
      h('h3', {}, 'Make it ill'),
      h('p', { class: 'detail' }, 'Each starts a run that shows what can go wrong. The doctor then says how to cure it.'), this.#exhibits);
  }

  /** @param {object} tables  as the engine exports them */
  build(tables) {
    this.#tables = tables;
    const exhibits = tables.presets.filter(({ provokes }) => provokes);
    const several = ({ provokes }) => exhibits.filter((other) => other.provokes === provokes).length > 1;
    this.#exhibits.replaceChildren(...exhibits.map((preset) => h('button', {
      type: 'button', class: 'button', title: preset.note, data: { preset: preset.key }, on: { click: () => this.#apply({ preset: preset.key }) },
    }, `${MAKE[preset.provokes] ?? preset.name}${several(preset) ? ` (${preset.defaults.data === 'mnist' ? 'digits' : 'points'})` : ''}`)));
  }

  /** @param {import('../protocol.js').Settings} settings */
  settings(settings) {
    this.#settings = settings;
    this.#preset = this.#tables.presets.find(({ key }) => key === settings.preset);
    for (const button of this.#exhibits.children) button.setAttribute('aria-pressed', String(button.dataset.preset === settings.preset));
  }

  #apply(change) {
    this.#before.push(this.#settings);
    this.#back.hidden = false;
    this.#change(change);
  }

  /** The same settings and seed give the same run, from its start. */
  #return() {
    this.#change(this.#before.pop());
    this.#back.hidden = this.#before.length === 0;
  }

  /** @param {import('../protocol.js').Finding[]} findings */
  show(findings) {
    const rows = findings.map(({ name, severity, evidence, remedy, change }) => h('article', { class: `finding ${severity}` },
      h('h3', {}, h('span', { class: 'severity' }, SEVERITIES[severity] ?? ''), name),
      h('p', {}, `${evidence[0].toUpperCase()}${evidence.slice(1)}.`),
      remedy ? h('p', { class: 'remedy' }, remedy) : null,
      change ? h('button', { type: 'button', class: 'button', on: { click: () => this.#apply(change) } }, `Apply: ${this.#words(change)}`) : null));
    this.#findings.replaceChildren(...rows);
    if (rows.length === 0) this.clear();
  }

  clear() {
    const note = this.#preset?.provokes ? ` ${this.#preset.note}` : '';
    this.#findings.replaceChildren(h('p', { class: 'detail' }, `Nothing to say yet.${note}`));
  }

  /** Settings as the panel names them. */
  #words(change) {
    return Object.entries(change).map(([key, value]) => {
      const setting = this.#tables.settings.find((row) => row.key === key);
      const choice = setting?.choices?.find((each) => each.value === String(value));
      return `${setting?.name ?? key}: ${choice?.name ?? value}`;
    }).join(', ');
  }
}
