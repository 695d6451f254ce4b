/** When to stop by itself: a chip for each condition, and a line that says why it has stopped. */

/** @import { Host, Shortcut } from '../../types/page.js' */
/** @import { EventOf, Info, State, StopConditions } from '../protocol.js' */

import { h, uniqueId } from './dom.js';
import { NEAR, noNfd } from './pacing.js';
import { scaleOf } from './scale.js';

/**
 * @typedef {keyof StopConditions} Condition
 * @typedef {{ name: string, value: number, min: number, step: number | 'any' }} Field
 * @typedef {number | boolean | null} Wanted  NaN: the field is empty
 */

export class Stops {
  static control = 'stops';
  element;
  /** @type {Shortcut[]} */
  shortcuts;
  #host;
  #notices;
  #chips;
  /** Says why it has stopped; stands where the sentence on the run stands. */
  line = h('p', { class: 'stop-line', role: 'status', hidden: true });

  /** @param {{ host: Host, notices: import('./notices.js').Notices }} context */
  constructor({ host, notices }) {
    this.#host = host;
    this.#notices = notices;
    /** @param {Condition} key @param {string} name @param {Field | null} [field] @param {string} [title] */
    const chip = (key, name, field = null, title = '') =>
      new Chip(name, field, title, (value, refusal) => (refusal ? this.#say(refusal) : this.#change(key, value)));
    this.#chips = {
      step: chip('step', 'at step', { name: 'Step at which to stop', value: 1000, min: 1, step: 1 }),
      nfd: chip('nfd', 'when nFD is at most', { name: 'nFD at which to stop', value: 3, min: 0, step: 'any' }),
      balance: chip(
        'balance',
        'when D is at 50 %',
        null,
        `When its mean output on forgeries comes within ${100 * NEAR} points of 50 %`,
      ),
      alarm: chip('alarm', 'on an alarm'),
    };
    const id = uniqueId('stops');
    this.element = h(
      'section',
      { class: 'stops', role: 'group', 'aria-labelledby': id },
      h('h2', { id }, 'Stop'),
      ...Object.values(this.#chips).map(({ element }) => element),
    );
    const toggle = (/** @type {Condition} */ key) => () => this.#chips[key].press();
    this.shortcuts = [
      { key: 'n', name: 'Stop at the step in the field: on or off', run: toggle('step') },
      { key: 'q', name: 'Stop at the nFD in the field: on or off', run: toggle('nfd') },
      { key: 'b', name: 'Stop when D is at 50 %: on or off', run: toggle('balance') },
      { key: 'a', name: 'Stop on an alarm: on or off', run: toggle('alarm') },
    ];
  }

  /** @param {Condition} key @param {Wanted} value */
  async #change(key, value) {
    const words = this.#chips[key].words;
    try {
      await this.#host.stopWhen({ [key]: value });
      const passed =
        key === 'step' && Number(value) <= this.#host.status.step
          ? ' That step has passed: it comes again after a reset.'
          : '';
      this.#say(value === null ? `It no longer stops ${words}.` : `It will stop ${words}.${passed}`);
    } catch (error) {
      this.#chips[key].invalid();
      this.#say(error.message.replace(/^stopWhen: /, 'Stop: '));
    }
  }

  /** @param {string} text */
  #say(text) {
    this.line.textContent = text;
    this.line.hidden = !text;
  }

  /** @param {StopConditions} stops  in force */
  stops(stops) {
    for (const [key, chip] of Object.entries(this.#chips)) chip.show(stops[/** @type {Condition} */ (key)]);
  }

  /** @param {Info} info */
  ready(info) {
    this.#chips.nfd.refuse(noNfd(info));
    this.#chips.balance.refuse(
      scaleOf(info) === 'score' ? 'A critic\u2019s scores have no middle: choose another loss.' : null,
    );
    this.#say('');
  }

  /** @param {State} state */
  state(state) {
    if (state === 'playing') this.#say('');
  }

  /** @param {EventOf<'stopped'>} event */
  stopped({ message }) {
    this.#say(message);
    if (this.element.hidden) this.#notices.show('note', message, { passing: true, topic: 'stop' });
  }
}

/** A button that is pressed while its condition holds good; some have a number. */
class Chip {
  element;
  button;
  #name;
  /** @type {HTMLInputElement | null} */
  #field = null;
  #title;
  #tell;
  #on = false;
  /** @type {string | null} */
  #refusal = null;

  /**
   * @param {string} name
   * @param {Field | null} field
   * @param {string} title
   * @param {(value: Wanted, refusal?: string) => void} tell  what is wanted, or why it cannot be had
   */
  constructor(name, field, title, tell) {
    this.#name = name;
    this.#title = title;
    this.#tell = tell;
    this.button = h(
      'button',
      { type: 'button', class: 'button chip', title, 'aria-pressed': 'false', on: { click: () => this.press() } },
      name,
    );
    if (field) {
      const { name: label, value, min, step } = field;
      this.#field = h('input', {
        type: 'number',
        'aria-label': label,
        min,
        step,
        value: String(value),
        autocomplete: 'off',
        on: {
          change: () => this.#on && this.#tell(this.#value),
          keydown: ({ key }) => key === 'Enter' && this.#tell(this.#value),
        },
      });
    }
    this.element = h('span', { class: 'stop' }, this.button, this.#field);
  }

  get words() {
    return this.#field ? `${this.#name} ${this.#field.value}` : this.#name;
  }

  get #value() {
    if (!this.#field) return true;
    return this.#field.value === '' ? NaN : Number(this.#field.value);
  }

  press() {
    if (this.#refusal) this.#tell(null, this.#refusal);
    else this.#tell(this.#on ? null : this.#value);
  }

  /** @param {Wanted} value */
  show(value) {
    this.#on = value !== null && value !== false;
    this.button.setAttribute('aria-pressed', String(this.#on));
    if (!this.#field) return;
    this.#field.removeAttribute('aria-invalid');
    if (this.#on) this.#field.value = String(value);
  }

  invalid() {
    this.#field?.setAttribute('aria-invalid', 'true');
  }

  /** @param {string | null} reason  why the condition can never come here */
  refuse(reason) {
    this.#refusal = reason;
    this.button.setAttribute('aria-disabled', String(reason !== null));
    this.button.title = reason ?? this.#title;
  }
}
