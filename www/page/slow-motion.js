/** Slow motion: one real training step, told part by part, with a light on where the data is. */

/** @import { Host } from '../../types/page.js' */
/** @import { Info, Request, Settings, State } from '../protocol.js' */

import { captionsOf } from './captions.js';
import { h, uniqueId } from './dom.js';
import { scaleOf } from './scale.js';

const READ_MS = 2_000; // to look up, and then for each word:
const WORD_MS = 330;
/** @type {Record<'D' | 'G', string>} */
const WHO = { D: 'The detective (D) learns', G: 'The forger (G) learns' };

export class SlowMotion {
  #host;
  #request;
  #opener;
  /** @type {Info | null} */
  #info = null;
  #settings = /** @type {Settings} */ ({});
  /** @type {import('./captions.js').Caption[]} */
  #captions = [];
  #at = 0;
  /** Of the step that is told; null while it is not open or is being made. @type {number | null} */
  #step = null;
  #open = false;
  #busy = false;
  #drawn = true;
  /** @type {ReturnType<typeof setTimeout> | null} */
  #timer = null;
  #title = h('h2', { id: uniqueId('slow') });
  #who = h('p', { class: 'detail' });
  #flow = new Flow();
  #text = h('p', { class: 'caption', 'aria-live': 'polite' });
  #previous;
  #auto;
  #card;

  /** @param {{ host: Host, request: Request }} context @param {HTMLElement} opener  the button, which has the focus afterwards */
  constructor({ host, request }, opener) {
    this.#host = host;
    this.#request = request;
    this.#opener = opener;
    /** @param {string} name @param {string} keys @param {() => void} run */
    const button = (name, keys, run) =>
      h('button', { type: 'button', class: 'button', 'aria-keyshortcuts': keys, on: { click: run } }, name);
    this.#previous = button('Previous', 'ArrowLeft', () => this.go(-1));
    this.#auto = button('By itself', 'P', () => this.playOrHalt());
    this.#card = h(
      'section',
      { class: 'slow', popover: 'manual', 'aria-labelledby': this.#title.id },
      h('header', {}, this.#title, this.#who),
      this.#flow.element,
      this.#text,
      h(
        'div',
        { class: 'row' },
        this.#previous,
        button('Next', 'ArrowRight', () => this.go(1)),
        this.#auto,
        button('Leave', 'Escape', () => this.leave()),
      ),
    );
  }

  get isOpen() {
    return this.#open;
  }

  toggle() {
    if (this.#open) this.leave();
    else this.#enter();
  }

  async #enter() {
    if (!this.#info || this.#opener.getAttribute('aria-disabled') === 'true') return;
    this.#open = true;
    this.#host.shadowRoot.querySelector('.app')?.append(this.#card);
    this.#card.showPopover?.();
    await this.#walk();
    const next = /** @type {HTMLElement | null} */ (this.#card.querySelector('.row > :nth-child(2)'));
    if (this.#open) next?.focus();
  }

  /** Does one step of both networks, and tells it from its beginning. */
  async #walk() {
    if (this.#busy || !this.#info) return;
    this.#busy = true;
    this.#step = null;
    this.#title.textContent = 'Slow motion';
    this.#text.textContent = 'A step is being made\u2026';
    try {
      const { step, updates } = await this.#host.stepClosely();
      this.#drawn = false; // the grid shows the forger before the step until its weights have moved
      if (!this.#open) return;
      this.#step = step;
      this.#captions = captionsOf(updates, this.#info, scaleOf(this.#settings));
      this.#show(0);
    } catch {
      this.leave(); // the message is told by an event
    } finally {
      this.#busy = false;
      if (!this.#open) this.#draw();
    }
  }

  /** @param {number} by  parts of the step */
  go(by) {
    if (this.#busy) return;
    const at = this.#at + by;
    if (at >= this.#captions.length) this.#walk();
    else if (at >= 0) this.#show(at);
  }

  /** @param {number} at */
  #show(at) {
    this.#at = at;
    const caption = this.#captions[at];
    this.#title.textContent = `Step ${this.#step?.toLocaleString('en')}, slowly`;
    this.#who.textContent = `${WHO[caption.who]}. Part ${at + 1} of ${this.#captions.length}.`;
    this.#text.replaceChildren(h('strong', {}, `${caption.title}. `), caption.text);
    this.#previous.setAttribute('aria-disabled', String(at === 0));
    this.#flow.show(caption);
    this.#light(caption.part);
    this.#tell({ side: caption.who, step: caption.step });
    if (at === this.#captions.length - 1) this.#draw();
    if (this.#timer !== null) this.#play(true);
  }

  playOrHalt() {
    this.#play(this.#timer === null);
  }

  /** @param {boolean} on */
  #play(on) {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
    this.#auto.setAttribute('aria-pressed', String(on));
    if (!on) return;
    const words = (this.#text.textContent ?? '').split(' ').length;
    this.#timer = setTimeout(() => this.go(1), READ_MS + words * WORD_MS);
  }

  /** @param {string | null} selector  the part of the page that is lit */
  #light(selector) {
    for (const part of this.#host.shadowRoot.querySelectorAll('.lit-part')) part.classList.remove('lit-part');
    const part = /** @type {HTMLElement | '' | null} */ (selector && this.#host.shadowRoot.querySelector(selector));
    if (!part) return;
    part.classList.add('lit-part');
    part.style.scrollMarginBottom = `${this.#card.offsetHeight + 24}px`; // not behind the card
    part.scrollIntoView({ block: 'nearest' });
  }

  /** For whoever shows the lines that do it. @param {{ side: 'D' | 'G', step: string } | null} detail  null: it is over */
  #tell(detail) {
    this.#host.shadowRoot.dispatchEvent(new CustomEvent('slow-step', { detail }));
  }

  #draw() {
    if (this.#drawn) return;
    this.#drawn = true;
    this.#request({ type: 'draw' }).catch(() => {}); // told by an event, if it matters
  }

  leave() {
    if (!this.#open) return;
    this.#open = false;
    this.#step = null;
    this.#play(false);
    this.#light(null);
    this.#tell(null);
    this.#draw();
    const hadFocus = this.#card.contains(this.#host.shadowRoot.activeElement);
    this.#card.remove();
    if (hadFocus) this.#opener.focus({ preventScroll: true });
  }

  /** @param {Info} info @param {Settings} settings */
  ready(info, settings) {
    this.#info = info;
    this.#settings = settings;
    this.leave();
  }

  /** @param {Settings} settings */
  settings(settings) {
    this.#settings = settings;
  }

  /** When something else goes on, the captions would be of another step than the page. @param {State} state @param {number} step */
  state(state, step) {
    if (this.#step !== null && (state !== 'paused' || step !== this.#step)) this.leave();
  }
}

/** The diagram: z -> G -> forgeries -> D <- originals, and below D what comes out of it. For the eye; the captions say it all. */
class Flow {
  element;
  /** @type {Record<string, HTMLElement>} */
  #parts = {};
  /** @type {Record<string, HTMLElement>} */
  #arrows = {};

  constructor() {
    /** @param {string} key @param {string} name */
    const part = (key, name) => {
      this.#parts[key] = h('span', { class: `node ${key}` }, name);
      return this.#parts[key];
    };
    /** @param {string} key @param {string} to */
    const arrow = (key, to) => {
      this.#arrows[key] = h('span', { class: 'arrow' }, to);
      return this.#arrows[key];
    };
    this.element = h(
      'div',
      { class: 'flow', 'aria-hidden': 'true' },
      part('z', 'z'),
      arrow('zG', '\u2192'),
      part('G', 'G'),
      arrow('Gf', '\u2192'),
      part('fake', 'forgeries'),
      arrow('fD', '\u2192'),
      part('D', 'D'),
      arrow('rD', '\u2190'),
      part('real', 'originals'),
      part('end', ''),
    );
  }

  /** @param {import('./captions.js').Caption} caption */
  show({ who, lit, back = false, end = '' }) {
    for (const [key, part] of Object.entries(this.#parts)) {
      part.classList.toggle('lit', lit.includes(key));
      part.classList.toggle('frozen', (key === 'G' || key === 'D') && key !== who);
      part.classList.toggle('unused', key === 'real' && who === 'G');
    }
    this.#parts.end.textContent = end || '\u00a0';
    for (const [key, [from, to]] of Object.entries({ Gf: ['G', 'fake'], fD: ['fake', 'D'] })) {
      const flows = back && lit.includes(from) && lit.includes(to);
      this.#arrows[key].textContent = flows ? '\u21e0' : '\u2192';
      this.#arrows[key].classList.toggle('lit', flows);
    }
  }
}
