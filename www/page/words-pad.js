/** A field for captions in words of a list: what is typed is read word by word, and a word that nobody knows is named. */

import { h, uniqueId } from './dom.js';

/** @import { ProbeInput } from '../../types/engine.js' */

/** Words that a message names, and letters of a word that is taken for a slip, and said. */
const SUGGESTED = 4;
const LONGEST = 24;

/** How many letters must be changed, added or left out between two words. @param {string} one @param {string} other */
function apart(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = row[j - 1] + Number(one[i - 1] !== other[j - 1]);
      next.push(Math.min(changed, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[other.length];
}

/**
 * What a text says in words of a list.
 * @param {string} text
 * @param {string[]} names  of which the first has the number 1
 * @param {number} length  words at most
 * @returns {{ numbers: number[], problem: string }}  the problem is empty where there is none
 */
export function readCaption(text, names, length) {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const unknown = words.find((word) => !names.includes(word));
  const numbers = words.filter((word) => names.includes(word)).map((word) => names.indexOf(word) + 1);
  let problem = '';
  if (unknown !== undefined) {
    const begins = names.filter((name) => name.startsWith(unknown));
    const slips = Math.max(1, Math.floor(unknown.length / 3));
    const near = names.filter((name) => unknown.length < LONGEST && apart(unknown, name) <= slips);
    const offered = [...new Set([...begins, ...near])].slice(0, SUGGESTED).map((name) => `“${name}”`);
    const known = offered.length
      ? `It knows ${offered.join(', ')} and the other words below.`
      : 'It knows the words below.';
    problem = `The run never saw the word “${unknown.slice(0, LONGEST)}”. ${known}`;
  } else if (words.length > length) {
    problem = `A caption has ${length} words at most; this one has ${words.length}. Leave some out.`;
  }
  return { numbers: numbers.slice(0, length), problem };
}

export class WordsPad {
  element;
  #input;
  #changed;
  #field;
  #said;
  #options;
  /** @type {number[]} */
  #numbers = [];

  /** @param {ProbeInput} input @param {() => void} changed */
  constructor(input, changed) {
    this.#input = input;
    this.#changed = changed;
    const { name, names, example } = input;
    const [list, said] = [uniqueId('words'), uniqueId('said')];
    this.#said = h('p', { id: said, class: 'problem', role: 'alert' });
    this.#field = h('input', {
      type: 'text',
      value: example,
      'aria-label': name,
      'aria-describedby': said,
      autocomplete: 'off',
      autocapitalize: 'off',
      spellcheck: false,
      on: { input: () => this.#read() },
    });
    this.#field.setAttribute('list', list);
    this.#options = h('datalist', { id: list });
    this.element = h(
      'div',
      { class: 'words-pad', role: 'group', 'aria-label': `${name}: words of a list` },
      this.#field,
      this.#options,
      this.#said,
      h(
        'div',
        { class: 'words' },
        ...names.map((word) =>
          h(
            'button',
            { type: 'button', class: 'word', 'aria-label': `Add “${word}”`, on: { click: () => this.#add(word) } },
            word,
          ),
        ),
      ),
    );
    this.#read(true);
  }

  /** Numbers of the words, and zeros behind them, by the key of the input. */
  get pictures() {
    const numbers = new Float32Array(this.#input.width);
    numbers.set(this.#numbers);
    return { [this.#input.key]: numbers };
  }

  /** There is a caption to begin with. */
  begins = true;
  words = 'Write a caption, or put it together of the words below: the run paints it.';

  /** A word on a caption that says nothing. */
  get remark() {
    return this.#numbers.length ? '' : 'No words: this is what the run paints when it is told nothing. ';
  }

  /** @returns {HTMLElement[]} */
  tools() {
    return [];
  }

  clear() {
    this.#field.value = '';
    this.#read();
    this.#field.focus();
  }

  /** Puts a caption in place of what is written. @param {string} caption */
  write(caption) {
    this.#field.value = caption;
    this.#read();
  }

  /** @param {string} word */
  #add(word) {
    const { value } = this.#field;
    this.#field.value = value && !value.endsWith(' ') ? `${value} ${word}` : value + word;
    this.#read();
  }

  /** @param {boolean} [first] */
  #read(first = false) {
    const { names, width } = this.#input;
    const { value } = this.#field;
    const { numbers, problem } = readCaption(value, names, width);
    // While the last word is being written, it is not yet a wrong one.
    const typed = value.slice(value.lastIndexOf(' ') + 1).toLowerCase();
    const head = value.slice(0, value.length - typed.length);
    const matching = names.filter((name) => name.startsWith(typed));
    const said = matching.length
      ? readCaption(head, names, width).problem || (names.includes(typed) ? problem : '')
      : problem;
    this.#said.textContent = said;
    this.#field.ariaInvalid = String(said !== '');
    this.#options.replaceChildren(...matching.map((name) => h('option', { value: head + name })));
    const same = numbers.join() === this.#numbers.join();
    this.#numbers = numbers;
    if (!first && !same) this.#changed();
  }
}
