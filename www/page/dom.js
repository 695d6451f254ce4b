/** Small helpers to build the page: elements, icons, and numbers as text. */

/** @import { Props } from '../../types/page.js' */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Props} [props]  `class`, `on: { click }`, `data: {...}`; properties where the element
 *   has them, attributes otherwise
 * @param {...(Node | string | null | undefined)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (key === 'class') element.className = /** @type {string} */ (value);
    else if (key === 'on')
      for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    else if (key === 'data') Object.assign(element.dataset, value);
    else if (key in element && !key.startsWith('aria')) Object.assign(element, { [key]: value });
    else element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const PATHS = {
  mask: 'M2 7.5c3.4-1.4 6.8-1.2 10 .6 3.2-1.8 6.6-2 10-.6.4 5.4-1.5 9.3-5 9.3-2.4 0-3.5-2-5-2s-2.6 2-5 2c-3.5 0-5.4-3.9-5-9.3zm3.4 3.6c.6 2 2 2.8 4.4 2.4-.4-2-2-2.9-4.4-2.4zm13.2 0c-2.4-.5-4 .4-4.4 2.4 2.4.4 3.8-.4 4.4-2.4z',
  lens: 'M10 2.8a7.2 7.2 0 1 0 4.3 13l5.2 5.2 1.7-1.7-5.2-5.2A7.2 7.2 0 0 0 10 2.8zm0 2.4a4.8 4.8 0 1 1 0 9.6 4.8 4.8 0 0 1 0-9.6z',
  pen: 'M3.5 20.5l1.2-5.2L15.8 4.2a2 2 0 0 1 2.8 0l1.2 1.2a2 2 0 0 1 0 2.8L8.7 19.3z',
  play: 'M7 4.5v15l12.5-7.5z',
  pause: 'M6.5 5h4v14h-4zM13.5 5h4v14h-4z',
  step: 'M5 5v14l9.5-7zM16 5h3v14h-3z',
  reset: 'M12 5V1.8L6.8 6.5 12 11.2V8a5.5 5.5 0 1 1-5.5 5.5h-3A8.5 8.5 0 1 0 12 5z',
  save: 'M10.5 3h3v8.2h4L12 17l-5.5-5.8h4zM4 18.5h16v2.5H4z',
  load: 'M10.5 17h3V8.8h4L12 3 6.5 8.8h4zM4 18.5h16v2.5H4z',
  close: 'M6.4 4.6 12 10.2l5.6-5.6 1.8 1.8-5.6 5.6 5.6 5.6-1.8 1.8-5.6-5.6-5.6 5.6-1.8-1.8 5.6-5.6-5.6-5.6z',
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'icon');
  const path = document.createElementNS(namespace, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

/** @param {string} label @param {(event: MouseEvent) => void} click */
export const button = (label, click) => h('button', { type: 'button', class: 'button', on: { click } }, label);

/** Fills a list of names and values. @param {HTMLElement} list @param {[string, Node | string][]} pairs */
export function facts(list, pairs) {
  list.replaceChildren(...pairs.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
}

/** A line that says what has happened: `say(text, isProblem, ...more)`. */
export function said() {
  const element = h('div', { class: 'said', role: 'status' });

  /** @param {string} text @param {boolean} [isProblem] @param {...(Node | string)} more */
  const say = (text, isProblem = false, ...more) => {
    element.classList.toggle('warning', isProblem);
    element.replaceChildren(text, ...more);
  };
  return { element, say };
}

/**
 * Keeps buttons that are disabled in the sense of `setDisabled` from doing something.
 * @template {HTMLElement} E
 * @param {E} element  around them
 */
export function guard(element) {
  element.addEventListener(
    'click',
    (event) => {
      if (elementOf(event)?.closest('[aria-disabled="true"]')) event.stopImmediatePropagation();
    },
    { capture: true },
  );
  return element;
}

/** What an event happened to, if that is an element. @param {Event} event */
export const elementOf = ({ target }) => (target instanceof Element ? target : null);

/**
 * Not the attribute `disabled`: that would throw the keyboard focus out of the button.
 * @param {Element} button
 * @param {boolean} disabled
 */
export function setDisabled(button, disabled) {
  button.setAttribute('aria-disabled', String(disabled));
}

/** Gives a file to the visitor. @param {BlobPart} bytes @param {string} name */
export function download(bytes, name) {
  const address = URL.createObjectURL(new Blob([bytes]));
  h('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/**
 * To draw on a canvas; one that was never drawn on in another way has it.
 * @param {HTMLCanvasElement} canvas
 */
export const pencil = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));

let nextId = 0;
/** An id that is unique in the document, for labels and descriptions. @param {string} prefix */
export const uniqueId = (prefix) => `ganvas-${prefix}-${++nextId}`;

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const NOTHING = '\u2013';
/** @param {string} text */
const minus = (text) => text.replace('-', '\u2212');

/** @typedef {number | null | undefined} Known  what is no finite number was not measured */

/** @param {Known} value @returns {value is number} */
export const isKnown = (value) => Number.isFinite(value);
/** @param {Known} value */
export const formatCount = (value) => (isKnown(value) ? whole.format(value) : NOTHING);
/** Three significant digits: 0.482, 9.81, 627. @param {Known} value */
export const formatShort = (value) => (isKnown(value) ? minus((value >= 1000 ? whole : short).format(value)) : NOTHING);
/** @param {Known} value @param {number} digits */
export const formatFixed = (value, digits) => (isKnown(value) ? minus(value.toFixed(digits)) : NOTHING);
/** @param {Known} value */
export const formatPercent = (value) => (isKnown(value) ? `${Math.round(value * 100)}\u202f%` : NOTHING);
/** @param {Known} value */
export const formatBytes = (value) => (isKnown(value) ? `${(value / 1e6).toFixed(1)} MB` : NOTHING);
