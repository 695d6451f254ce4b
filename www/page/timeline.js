/** Snapshots of the run on a strip that can be scrubbed: to look at, to go back to, to branch from. */

import { download, formatBytes, formatCount, formatFixed, formatShort, h, setDisabled, uniqueId } from './dom.js';
import { Knob } from './knob.js';
import { MOST_BYTES, MOST_SNAPSHOTS, Snapshots } from './snapshots.js';
import { travel } from './travel.js';

const THUMBNAIL = 72; // pixels
const REST = 12; // training gets so many times what a snapshot has taken before the next one by itself

/** @typedef {import('./snapshots.js').Kept} Kept */

export class Timeline {
  static control = 'timeline';
  static stylesheets = ['page/timeline.css'];
  element;
  #context;
  #kept = new Snapshots();
  /** What is looked at; null: whatever is newest. @type {Kept | null} */
  #chosen = null;
  /** Where the run stood before it went back. @type {Kept | null} */
  #undo = null;
  #presets = [];
  #page = 0; // samples on a picture
  #quality = null;
  #visible = true;
  /** The snapshot that is being taken. @type {Promise<Kept> | null} */
  #taking = null;
  #busy = false;
  #nextAt = 0;
  #thumbnails = new WeakMap();

  #film = h('div', { class: 'film', 'aria-hidden': 'true' });
  #labels = h('div', { class: 'film-labels', 'aria-hidden': 'true' });
  #slider = h('input', { type: 'range', min: '0', max: '0', step: '1', class: 'film-slider', 'aria-label': 'Snapshots', on: { input: () => this.#choose(this.#kept.all[this.#slider.valueAsNumber]) } });
  #strip = h('div', { class: 'film-strip', hidden: true }, this.#labels, h('div', { class: 'film-frames' }, this.#film, this.#slider));
  #canvas = h('canvas', { role: 'img' });
  #facts = h('dl', { class: 'facts' });
  #said = h('div', { class: 'said', role: 'status' });
  #usage = h('span', { class: 'detail' });
  #knob = new Knob('Setting to change', true);
  #view;
  #buttons;
  #clear;

  constructor(context) {
    this.#context = context;
    // For who brings another run into the playground by `travel`.
    context.anotherRun = () => {
      this.clear();
      this.#reach(context.host.status.step);
    };
    const button = (label, click, more = {}) => h('button', { type: 'button', class: 'button', on: { click }, ...more }, label);
    this.#buttons = {
      take: button('Snapshot now', () => this.#takeByHand()),
      back: button('Go back to here', () => this.#goBack()),
      undo: button('Undo', () => this.#goTo(this.#undo, null), { hidden: true }),
      save: button('Save as a file', () => this.#save()),
      remove: button('Remove', () => this.#remove()),
      branch: button('Branch from here', () => this.#branch()),
      clear: button('Clear former runs', () => this.#askToClear(true)),
    };
    const { take, back, undo, save, remove, branch, clear } = this.#buttons;
    this.#clear = h('span', { class: 'row', hidden: true }, h('span', {}),
      button('Clear them', () => this.#clearFormer()), button('Keep them', () => this.#askToClear(false)));
    const heading = uniqueId('branch');
    this.#view = h('div', { class: 'snapshot', hidden: true },
      h('figure', {}, h('div', { class: 'frame' }, this.#canvas)),
      h('div', {}, this.#facts, h('div', { class: 'row' }, back, save, remove),
        h('div', { class: 'branch', role: 'group', 'aria-labelledby': heading },
          h('h3', { id: heading }, 'Go on from here with one thing changed'), this.#knob.element, branch)));
    this.element = h('section', { class: 'panel timeline', 'aria-label': 'Timeline' },
      h('h2', {}, 'Timeline'),
      h('p', { class: 'detail' }, 'While it trains, the run leaves snapshots in this tab: many in the first steps, fewer later. Look at any of them; training goes on meanwhile. '
        + `There is room for ${MOST_SNAPSHOTS}, or ${formatBytes(MOST_BYTES)}: then some in between are dropped, those of former runs first. Reset and new settings begin another run, and keep these. They are gone when the tab is closed.`),
      h('div', { class: 'row' }, take, undo, clear, this.#clear, this.#usage),
      this.#said, this.#strip, this.#view);
    this.element.addEventListener('click', (event) => {
      if (event.target.closest('[aria-disabled="true"]')) event.stopImmediatePropagation();
    }, { capture: true });
    this.#render();
  }

  // What the run tells -----------------------------------------------------------------------------

  tables({ settings, presets }) {
    this.#presets = presets;
    this.#knob.offer(settings.filter(({ key, kind }) => key !== 'preset' && kind !== 'points'));
  }

  shown(visible) {
    this.#visible = visible;
  }

  ready({ page: [columns, rows] }) {
    this.#page = columns * rows;
  }

  evaluation(result) {
    const { form, step, nfd, modes, modeCount } = result;
    const text = form === 'image' ? formatFixed(nfd, 2) : `${formatShort(modes)} of ${formatCount(modeCount)}`;
    this.#quality = { step, name: form === 'image' ? 'Distance (nFD)' : 'Parts found', text };
  }

  metrics({ step }) {
    if (this.#context.travelling) return;
    this.#reach(step);
    if (this.#visible && !this.#taking && this.#kept.due && performance.now() >= this.#nextAt) this.#take(false).catch(() => {});
  }

  #reach(step) {
    const { here } = this.#kept;
    const leaves = this.#kept.reach(step);
    if (leaves) this.#undo = null;
    if (leaves || this.#kept.here !== here) this.#render();
  }

  truncate(step) {
    if (this.#context.travelling) return;
    this.#kept.rewind(step);
    if (this.#quality?.step > step) this.#quality = null;
    this.#render();
  }

  clear() {
    this.#quality = null;
    if (this.#context.travelling) return;
    this.#kept.begin();
    this.#undo = null;
    this.#render();
  }

  state() {
    this.#update();
  }

  // Taking -----------------------------------------------------------------------------------------

  /** @param {boolean} byHand @returns {Promise<Kept>} the present state */
  async #take(byHand) {
    await this.#taking?.catch(() => {});
    this.#taking = this.#request(byHand);
    return this.#taking;
  }

  async #request(byHand) {
    try {
      const { problem, step, ms, bytes, width, height, data } = await this.#context.request({ type: 'snapshot', n: this.#page, quiet: true });
      this.#nextAt = performance.now() + REST * (problem ? 1000 : ms);
      if (problem) throw new Error(problem);
      const { settings, status } = this.#context.host;
      this.#reach(step);
      const old = this.#kept.here;
      if (old) {
        old.byHand ||= byHand;
        return old;
      }
      const quality = this.#quality && this.#quality.step <= step ? this.#quality : null;
      const picture = { width, height, grey: Uint8Array.from({ length: width * height }, (_, i) => data[4 * i]) };
      const kept = { step, bytes, picture, settings, losses: status.losses, quality, byHand };
      this.#kept.add(kept, new Set([this.#undo, this.#chosen]));
      this.#render();
      return kept;
    } finally {
      this.#taking = null;
    }
  }

  async #takeByHand() {
    try {
      const kept = await this.#take(true);
      this.#choose(kept);
      this.#say(`Step ${formatCount(kept.step)} is kept.`);
    } catch (error) {
      this.#say(`No snapshot was taken: ${sentence(error.message)} ${this.#kept.all.length > 1 ? 'Removing some makes room for others.' : ''}`, true);
    }
  }

  // Going ------------------------------------------------------------------------------------------

  #goBack() {
    return this.#goTo(this.#shown, null);
  }

  #branch() {
    const kept = this.#shown;
    const { change } = this.#knob;
    if (change) this.#goTo(kept, change);
    else this.#say('Nothing is changed yet: choose a setting, and a value other than the one it has in this snapshot.', true);
  }

  /**
   * The present state is kept first, so that nothing is lost whatever comes of it.
   * @param {Kept} kept @param {{ key: string, value: any, text: string } | null} change
   */
  async #goTo(kept, change) {
    if (this.#busy) return;
    this.#busy = true;
    this.#update();
    this.#say(`Going to step ${formatCount(kept.step)} \u2026`);
    const { host } = this.#context;
    await host.pause().catch(() => {}); // a failed engine cannot
    const left = await this.#take(false).catch(() => null) ?? this.#kept.present.at(-1) ?? null;
    const before = left && { settings: host.settings, bytes: left.bytes };
    try {
      await travel(this.#context, { settings: change ? { ...kept.settings, [change.key]: change.value } : kept.settings, bytes: kept.bytes });
      this.#kept.enter(kept);
      const isUndo = kept === this.#undo;
      this.#undo = isUndo || left === kept ? null : left;
      this.#chosen = kept;
      const where = `The run stands at step ${formatCount(kept.step)} again${change ? `, with ${change.text}` : ''}.`;
      this.#say(isUndo ? where : `${where} Press Play to go on from here; until then Undo leads back to step ${formatCount(left?.step ?? 0)}.`);
    } catch (error) {
      const back = before ? await travel(this.#context, before).then(() => true, () => false) : false;
      if (back) this.#kept.enter(left);
      this.#explain(error, kept, change, back ? left : null);
    } finally {
      this.#busy = false;
      this.#render();
    }
  }

  #explain({ message }, kept, change, left) {
    const rest = left ? `The run is where it was, at step ${formatCount(left.step)}, and all snapshots are there.` : 'All snapshots are there: choose one and go back to it, or press Reset.';
    if (!change) {
      this.#say(`Step ${formatCount(kept.step)} could not be loaded: ${sentence(message)} ${rest} If the device was lost or memory is full, try again in a moment, or choose the CPU as the backend.`, true);
      return;
    }
    this.#say(`${change.text} does not go with this snapshot: ${sentence(message)} ${rest} Settings that take effect at once always work here, and others that leave the shapes of the networks as they are, such as the loss.`, true,
      h('button', { type: 'button', class: 'button', on: { click: () => this.#context.actions.change({ ...kept.settings, [change.key]: change.value }) } }, 'Start a new run with it'));
  }

  #save() {
    const { bytes, step, settings } = this.#shown;
    download(bytes, `ganvas-${settings.preset}-step-${step}.safetensors`);
  }

  #remove() {
    const kept = this.#shown;
    const at = this.#kept.all.indexOf(kept);
    this.#kept.remove(kept);
    if (this.#undo === kept) this.#undo = null;
    this.#chosen = this.#kept.all[Math.min(at, this.#kept.all.length - 1)] ?? null;
    this.#render();
  }

  #askToClear(asks) {
    this.#clear.hidden = !asks;
    this.#buttons.clear.hidden = asks || this.#kept.former.length === 0;
    this.#clear.firstChild.textContent = `Clear ${formatCount(this.#kept.former.length)} snapshots of former runs for good?`;
    (asks ? this.#clear.lastChild : this.#buttons.take).focus();
  }

  #clearFormer() {
    this.#kept.clearFormer();
    this.#askToClear(false);
    if (!this.#kept.all.includes(this.#undo)) this.#undo = null;
    this.#render();
  }

  // What is seen -----------------------------------------------------------------------------------

  get #shown() {
    return this.#kept.all.includes(this.#chosen) ? this.#chosen : this.#kept.present.at(-1) ?? this.#kept.all.at(-1) ?? null;
  }

  #choose(kept) {
    // Who looks at the newest one goes on to the next.
    this.#chosen = kept === this.#kept.present.at(-1) ? null : kept;
    this.#show();
  }

  #say(text, isProblem = false, ...more) {
    this.#said.classList.toggle('warning', isProblem);
    this.#said.replaceChildren(text, ...more);
  }

  #render() {
    const { all, runs, former } = this.#kept;
    this.#strip.hidden = this.#view.hidden = all.length === 0;
    this.#strip.style.setProperty('--count', String(all.length));
    this.#film.replaceChildren(...all.map((kept) => this.#thumbnail(kept)));
    this.#labels.replaceChildren(...runs.filter((run) => run.length > 0).map((run) => {
      const [first, last] = [run[0].step, run.at(-1).step].map(formatCount);
      const name = run === this.#kept.present ? 'This run' : `Former: ${this.#nameOf(run[0].settings)}`;
      const label = h('span', { title: name }, `${name}, step ${first === last ? first : `${first} to ${last}`}`);
      label.style.flexGrow = String(run.length);
      return label;
    }));
    this.#slider.max = String(Math.max(0, all.length - 1));
    this.#usage.textContent = `${formatCount(all.length)} ${all.length === 1 ? 'snapshot' : 'snapshots'}, ${formatBytes(this.#kept.bytes)}`;
    if (this.#clear.hidden || former.length === 0) {
      this.#clear.hidden = true;
      this.#buttons.clear.hidden = former.length === 0;
    }
    this.#buttons.undo.hidden = !this.#undo;
    this.#buttons.undo.textContent = this.#undo ? `Undo: back to step ${formatCount(this.#undo.step)}` : '';
    this.#show();
    this.#update();
  }

  #show() {
    const kept = this.#shown;
    if (!kept) return;
    const at = this.#kept.all.indexOf(kept);
    this.#slider.value = String(at);
    const { step, picture, losses, quality, settings } = kept;
    const course = this.#kept.isUndone(kept) ? 'undone' : this.#kept.present.includes(kept) ? 'this run' : `a former run: ${this.#nameOf(settings)}`;
    this.#slider.setAttribute('aria-valuetext', `Step ${formatCount(step)}, ${course}. ${at + 1} of ${this.#kept.all.length}`);
    paint(this.#canvas, picture);
    this.#canvas.setAttribute('aria-label', `Forgeries at step ${formatCount(step)}, from the same noise as above`);
    const facts = [['Step', formatCount(step)], ['Run', course], ['D\u2019s loss', formatFixed(losses.d_loss ?? NaN, 3)], ['G\u2019s loss', formatFixed(losses.g_loss ?? NaN, 3)]];
    if (quality) facts.push([quality.name, `${quality.text}${quality.step === step ? '' : ` (measured at step ${formatCount(quality.step)})`}`]);
    this.#facts.replaceChildren(...facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
    this.#knob.from(settings);
  }

  #thumbnail(kept) {
    let canvas = this.#thumbnails.get(kept);
    if (!canvas) {
      const whole = paint(h('canvas'), kept.picture);
      canvas = h('canvas', { width: THUMBNAIL, height: THUMBNAIL });
      const context = canvas.getContext('2d');
      context.imageSmoothingQuality = 'high';
      context.drawImage(whole, 0, 0, THUMBNAIL, THUMBNAIL);
      this.#thumbnails.set(kept, canvas);
    }
    const { runs } = this.#kept;
    const isFirst = runs.some((run) => run[0] === kept);
    canvas.className = [isFirst && 'first', this.#kept.isUndone(kept) && 'undone', kept === this.#kept.here && 'here'].filter(Boolean).join(' ');
    return canvas;
  }

  /** What of it can be pressed now. */
  #update() {
    const { state } = this.#context.host.status;
    const { take, back, undo, remove, branch, save } = this.#buttons;
    const rests = ['paused', 'playing', 'stepping', 'phase'].includes(state);
    setDisabled(take, !rests || this.#busy);
    for (const button of [back, undo, branch, remove]) setDisabled(button, this.#busy);
    setDisabled(save, false);
  }

  /** The preset, and what the run has otherwise. */
  #nameOf(settings) {
    const preset = this.#presets.find(({ key }) => key === settings.preset);
    const changed = Object.entries(preset?.defaults ?? {}).filter(([key, value]) => settings[key] !== value).map(([key]) => `${key}=${settings[key]}`);
    return [preset?.name ?? settings.preset, ...changed].join(', ');
  }
}

/** @param {HTMLCanvasElement} canvas @param {Kept['picture']} picture */
function paint(canvas, { width, height, grey }) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < grey.length; i += 1) pixels[i] = 0xff000000 | (grey[i] * 0x010101);
  canvas.getContext('2d').putImageData(image, 0, 0);
  return canvas;
}

const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);
