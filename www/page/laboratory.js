/**
 * The home of all panels: groups behind tabs. A group with nothing to show has no tab, and where only one is left there
 * are no tabs at all. A panel learns by `shown` whether it can really be seen, so that it computes nothing if not.
 */

/** @import { Panel, PanelClass } from '../../types/page.js' */

import { h, uniqueId } from './dom.js';

/** The groups in the order of the page. A panel names its own in `static group`. */
const GROUPS = [
  { key: 'explain', name: 'Explain' },
  { key: 'measure', name: 'Measure' },
  { key: 'change', name: 'Settings' },
  { key: 'inside', name: 'Inside' },
  { key: 'play', name: 'Play' },
  { key: 'back', name: 'Timeline' },
  { key: 'data', name: 'Data' },
];
/** Open at first, where it has anything to show. */
const FIRST = 'explain';
/** Where the parts live that do not say so. */
/** @type {Record<string, string>} */
const HOMES = {
  explain: 'explain',
  doctor: 'measure',
  quality: 'measure',
  losses: 'measure',
  settings: 'change',
  layers: 'change',
  inside: 'inside',
  plane: 'inside',
  latent: 'play',
  timeline: 'back',
  race: 'back',
  data: 'data',
};

/** For so long, and so often, a panel that was asked for is kept in sight while others come. */
const [BROUGHT_MS, BRINGING_MS] = [15_000, 100];

/** @param {string} control @param {Panel} panel */
function groupOf(control, panel) {
  const { group } = /** @type {PanelClass} */ (panel.constructor);
  return group ?? HOMES[control] ?? 'inside';
}

export class Laboratory {
  element;
  #tabs = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Laboratory' });
  /** @type {{ key: string, tab: HTMLElement, page: HTMLElement, panels: { control: string, part: Panel, isOut: boolean }[] }[]} */
  #groups;
  /** @type {string | null} */
  #active = null;
  /** @type {Set<string>} */
  #controls = new Set();
  #inAddress;
  /** Ends what keeps a panel in sight. @type {AbortController | null} */
  #brought = null;

  /**
   * @param {(readonly [string, Panel])[]} panels  the name in CONTROLS and the panel, in the order of the page
   * @param {{ inAddress: boolean, signal: AbortSignal }} options  inAddress: the address's fragment names the open tab
   */
  constructor(panels, { inAddress, signal }) {
    this.#inAddress = inAddress;
    this.#groups = GROUPS.map(({ key, name }) => {
      const own = panels
        .filter(([control, panel]) => groupOf(control, panel) === key)
        .map(([control, part]) => ({ control, part, isOut: false }));
      const id = uniqueId(key);
      const tab = h(
        'button',
        {
          type: 'button',
          class: 'tab',
          role: 'tab',
          id: `${id}-tab`,
          'aria-controls': id,
          on: { click: () => this.open(key) },
        },
        name,
      );
      const page = h(
        'div',
        { class: `group group-${key}`, id, 'aria-labelledby': tab.id },
        ...own.map(({ part }) => part.element),
      );
      return { key, tab, page, panels: own };
    });
    this.#tabs.append(...this.#groups.map(({ tab }) => tab));
    this.#tabs.addEventListener('keydown', (event) => this.#key(event));
    this.element = h('div', { class: 'laboratory' }, this.#tabs, ...this.#groups.map(({ page }) => page));
    if (!inAddress) return;
    addEventListener(
      'hashchange',
      () => {
        this.#follow();
      },
      { signal },
    );
    this.#follow();
  }

  /** @param {Set<string>} controls  the parts that may be seen */
  controls(controls) {
    this.#controls = controls;
    this.#update();
  }

  /** @param {string} key  of a group, or the name of a part in it, which is then scrolled to */
  open(key) {
    const group = this.#groupOf(key);
    if (!group) return;
    this.#active = group.key;
    this.#update();
    group.page.scrollTop = 0;
    this.#bring(group.panels.find(({ control }) => control === key)?.part.element);
    if (!this.#inAddress) return;
    try {
      history.replaceState(null, '', `#${key}`);
    } catch {
      // Some embedding pages do not allow it.
    }
  }

  /**
   * Gives the panels of a part a place outside, where they are always seen, or takes them back into their group.
   * @param {string} control
   * @param {HTMLElement | null} place
   */
  lend(control, place) {
    for (const { page, panels } of this.#groups) {
      const lent = panels.filter((panel) => panel.control === control);
      for (const panel of lent) panel.isOut = place !== null;
      if (place) place.append(...lent.map(({ part }) => part.element));
      else if (lent.length > 0) page.append(...panels.map(({ part }) => part.element));
    }
    this.#update();
  }

  /**
   * A mark on the tab of a group: something in it wants to be seen.
   * @param {string} key
   * @param {string} words  empty: nothing does
   */
  mark(key, words) {
    const tab = this.#groups.find((group) => group.key === key)?.tab;
    if (!tab || (tab.dataset.mark ?? '') === words) return;
    tab.dataset.mark = words;
    tab.replaceChildren(tab.firstChild ?? '', ...(words ? [h('span', { class: 'mark' }, words)] : []));
  }

  /** Opens what the address names, and brings it into sight. */
  #follow() {
    const wanted = location.hash.slice(1);
    const group = this.#groupOf(wanted);
    if (!group) return;
    this.#active = group.key;
    this.#update();
    const part = group.panels.find(({ control }) => control === wanted)?.part.element;
    if (part) this.#bring(part);
    else if (!this.#isBeside(group.page)) this.element.scrollIntoView();
  }

  /** Whether it scrolls by itself, beside the bench. @param {Element} page  of a group */
  #isBeside(page) {
    return getComputedStyle(page).overflowY === 'auto';
  }

  /** Scrolls to a panel, and stays with it while panels above it still come, until somebody moves. @param {HTMLElement} [part] */
  #bring(part) {
    this.#brought?.abort();
    if (!part) return;
    const brought = new AbortController();
    this.#brought = brought;
    const page = part.closest('.group') ?? part;
    let left = NaN;
    const scroll = () => {
      const seen = part.firstElementChild ?? part; // what comes later has a frame around it that is no box
      const isBeside = this.#isBeside(page);
      if (isBeside && Math.abs(page.scrollTop - left) > 1) return brought.abort(); // somebody else has scrolled
      if (isBeside) page.scrollTop += seen.getBoundingClientRect().top - page.getBoundingClientRect().top;
      else seen.scrollIntoView({ block: 'start' });
      left = page.scrollTop;
    };
    scroll();
    const again = setInterval(scroll, BRINGING_MS); // of frames without a box nobody tells when they grow
    const { signal } = brought;
    signal.addEventListener('abort', () => clearInterval(again));
    for (const type of ['wheel', 'pointerdown', 'keydown']) addEventListener(type, () => brought.abort(), { signal });
    setTimeout(() => brought.abort(), BROUGHT_MS);
  }

  /** @param {string} wanted  a group, or a part in it */
  #groupOf(wanted) {
    return this.#groups.find(({ key, panels }) => key === wanted || panels.some(({ control }) => control === wanted));
  }

  get #open() {
    return this.#groups.filter(({ tab }) => !tab.hidden);
  }

  #update() {
    for (const { tab, panels } of this.#groups) tab.hidden = !panels.some(({ control }) => this.#controls.has(control));
    const open = this.#open;
    const find = (/** @type {string | null} */ wanted) => open.find(({ key }) => key === wanted);
    const active = find(this.#active) ?? find(FIRST) ?? open[0];
    const alone = open.length < 2;
    this.#tabs.hidden = alone;
    for (const group of this.#groups) {
      const isActive = group === active;
      group.tab.setAttribute('aria-selected', String(isActive));
      group.tab.tabIndex = isActive ? 0 : -1;
      group.page.hidden = !isActive;
      if (alone) group.page.removeAttribute('role');
      else group.page.setAttribute('role', 'tabpanel');
      for (const { control, part, isOut } of group.panels) {
        const offered = this.#controls.has(control);
        part.element.hidden = !offered;
        part.shown?.((isActive || isOut) && offered, offered);
      }
    }
  }

  /** Arrows, Home and End move between the tabs and open them. @param {KeyboardEvent} event */
  #key(event) {
    const open = this.#open;
    const at = open.findIndex(({ tab }) => tab.tabIndex === 0);
    /** @type {Partial<Record<string, number>>} */
    const places = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 };
    const next = places[event.key];
    if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const group = open.at(next % open.length);
    if (!group) return;
    this.open(group.key);
    group.tab.focus();
  }
}
