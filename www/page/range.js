/** A number that is chosen by a slider, with its name, its value and a word on what it does. */

/** @import { Slider } from '../../types/engine.js' */

import { h, uniqueId } from './dom.js';

/** @param {string} label @param {Slider} slider @param {(value: number) => void} changed */
export function rangeField(label, { help, min, max, step, value, names }, changed) {
  const id = uniqueId('slider');
  const said = (/** @type {number} */ place) => names[Math.round((place - min) / step)] ?? String(place);
  const output = h('output', { htmlFor: id }, said(value));
  const input = h('input', {
    id,
    type: 'range',
    min: String(min),
    max: String(max),
    step: String(step),
    value: String(value),
    ariaValueText: said(value),
    on: {
      input: () => {
        output.textContent = input.ariaValueText = said(input.valueAsNumber);
        changed(input.valueAsNumber);
      },
    },
  });
  return h(
    'div',
    { class: 'field' },
    h('label', { htmlFor: id }, label),
    input,
    output,
    h('p', { class: 'help' }, help),
  );
}
