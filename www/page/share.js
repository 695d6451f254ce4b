/** The dialog "Share": chooses what to show and how to start, and has the link and the markup to copy. */

/** @import { Host } from '../../types/page.js' */

import { CONTROLS } from '../protocol.js';
import { openDialog } from './dialog.js';
import { h, uniqueId } from './dom.js';
import { differing } from './link.js';
import { SPEEDS, speedOf, speedText } from './pacing.js';
import { BACKGROUNDS } from './presence.js';
import { sharedForms } from './share-forms.js';

/** @type {Record<string, string>} */
const PARTS = {
  samples: 'Forgeries',
  verdict: 'Verdict',
  real: 'Originals',
  transport: 'Transport and speed',
  status: 'Counters',
  quality: 'How good is it?',
  doctor: 'The doctor',
  losses: 'Curves',
  settings: 'Settings',
  data: 'Data',
  stops: 'When to stop',
  share: 'Share',
};
const FORMS = { link: 'Link', element: 'Element for a page', frame: 'Frame for a page' };

/** @param {Host} host @param {Set<string>} shown  the parts that are shown now */
export function share(host, shown) {
  const { settings, tables, speed } = host;
  if (!tables) return; // nothing is known of the run yet
  const parts = CONTROLS.map((control) => {
    const box = h('input', { type: 'checkbox', name: control, checked: shown.has(control) });
    return h('label', { class: 'check' }, box, PARTS[control] ?? `${control[0].toUpperCase()}${control.slice(1)}`);
  });
  const autoplay = h('input', { type: 'checkbox', checked: true });
  const speeds = [...new Set(speed === null ? SPEEDS : [...SPEEDS, speed])].sort((a, b) => a - b);
  const pace = h(
    'select',
    {},
    ...[null, ...speeds].map((each) =>
      h('option', { value: each ?? 'max', selected: each === speed }, speedText(each)),
    ),
  );
  const present = host.getAttribute('background');
  const background = h(
    'select',
    {},
    ...Object.entries(BACKGROUNDS).map(([value, name]) => h('option', { value, selected: value === present }, name)),
  );
  const said = h('p', { class: 'said', role: 'status' });
  const forms = Object.fromEntries(
    Object.entries(FORMS).map(([key, name]) => [
      key,
      new Copied(name, (text) => {
        said.textContent = text;
      }),
    ]),
  );
  const update = () => {
    const chosen = parts
      .map(({ firstChild }) => /** @type {HTMLInputElement} */ (firstChild))
      .filter(({ checked }) => checked)
      .map(({ name }) => name);
    const texts = sharedForms(differing(settings, tables), {
      autoplay: autoplay.checked,
      speed: speedOf(pace.value),
      background: background.value === Object.keys(BACKGROUNDS)[0] ? null : background.value,
      controls: chosen.length === CONTROLS.length ? null : chosen,
    });
    said.textContent = chosen.length > 0 ? '' : 'Choose at least one part: with none, all are shown.';
    for (const [key, form] of Object.entries(forms)) form.show(texts[/** @type {keyof typeof FORMS} */ (key)]);
  };
  const choices = h(
    'div',
    { class: 'choices', on: { change: update } },
    h('fieldset', {}, h('legend', {}, 'Parts to show'), ...parts),
    h(
      'div',
      { class: 'row' },
      h('label', { class: 'check' }, autoplay, 'Starts by itself'),
      h('label', { class: 'check' }, 'Speed ', pace),
      h('label', { class: 'check' }, 'In a hidden tab ', background),
    ),
  );
  update();
  openDialog(
    host,
    'Share',
    h('p', { class: 'detail' }, `With the settings as they are now: ${settings.preset}, seed ${settings.seed}.`),
    choices,
    ...Object.values(forms).map(({ element }) => element),
    said,
  );
}

/** A text to copy. */
class Copied {
  element;
  #text;
  #name;
  #say;

  /** @param {string} name @param {(text: string) => void} say */
  constructor(name, say) {
    this.#name = name;
    this.#say = say;
    const id = uniqueId('copied');
    this.#text = h('textarea', { id, readOnly: true, rows: 3, spellcheck: false });
    this.element = h(
      'div',
      { class: 'copied' },
      h('label', { htmlFor: id }, name),
      this.#text,
      h(
        'button',
        { type: 'button', class: 'button', 'aria-label': `Copy: ${name}`, on: { click: () => this.#copy() } },
        'Copy',
      ),
    );
  }

  /** @param {string} text */
  show(text) {
    this.#text.value = text;
  }

  async #copy() {
    this.#text.select();
    try {
      await navigator.clipboard.writeText(this.#text.value);
      this.#say(`Copied: ${this.#name}.`);
    } catch {
      // A frame may not write to the clipboard by itself; what is selected may still be copied.
      this.#say(
        document.execCommand('copy')
          ? `Copied: ${this.#name}.`
          : 'The browser does not allow it: the text is selected, so copy it with the keyboard.',
      );
    }
  }
}
