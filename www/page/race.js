/** Two to four runs side by side, on the same data from the same seed, trained by turns so that all stand at the same step. */

/** @import { Context } from '../../types/page.js' */
/** @import { Info, Settings, State, Tables } from '../protocol.js' */

import { button, formatCount, guard, h, said, setDisabled } from './dom.js';
import { Knob } from './knob.js';
import { headlineValue } from './quality.js';
import { LETTERS, RaceCurves } from './race-curves.js';
import { COMMON, PAIRS, beginning, changeable, formOf, namesOf } from './race-pairs.js';
import { Runner } from './runner.js';
import { same, travel } from './travel.js';

const ROUND_MS = 300;
const MOST_STEPS = 64; // of a round
const MEASURE_MS = 3_000; // of racing between two measurements by itself, at least
const RACING_SHARE = 4; // racing gets so many times what a measurement has taken

export class Race {
  element;
  #context;
  /** @type {Tables | null} */
  #tables = null;
  /** @type {Info | null} */
  #info = null;
  /** The settings when the first one was added. @type {Settings | null} */
  #base = null;
  /** @type {Runner[]} */
  #runners = [];
  #step = 0;
  #steps = 1; // of the next round
  #going = false;
  /** Resolves when the round under way has ended, to whether nothing went wrong. @type {Promise<boolean | void>} */
  #loop = Promise.resolve();
  #busy = false;
  #measureIn = MEASURE_MS; // of racing

  /** Why no runner can be added. */
  #why = h('span', { class: 'detail' });
  #cards = h('div', { class: 'runners' });
  #said = said();
  #curves;
  #pairs = h('div', { class: 'row pairs', role: 'group', 'aria-label': 'Ready pairs' });
  #knob = new Knob('Change one setting');
  #from = h('p', { class: 'detail' });
  #buttons = {
    plain: button('Add this run', () => this.#add({ values: {} })),
    changed: button('Add the variant', () => this.#addChanged()),
    go: button('', () => (this.#going ? this.#pause() : this.#start())),
    measure: button('Measure all now', () => this.#between(() => this.#measure())),
    reset: button('Reset the race', () => this.#between(() => this.#reset())),
  };

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    this.#curves = new RaceCurves(context.host);
    const { plain, changed, go, measure, reset } = this.#buttons;
    this.element = guard(
      h(
        'section',
        { class: 'panel race', 'aria-label': 'Race' },
        h('h2', {}, 'Race'),
        h(
          'p',
          { class: 'detail' },
          `Two to ${LETTERS.length} runs side by side, on the same data from the same seed, each with one thing different. They train by turns, the same number of steps each. Your own run is paused meanwhile.`,
        ),
        h(
          'div',
          { class: 'entry' },
          h('h3', {}, 'Ready pairs'),
          h('p', { class: 'detail' }, 'One click, and both start.'),
          this.#pairs,
          h('h3', {}, 'Runners'),
          this.#from,
          this.#knob.element,
          h('div', { class: 'row' }, plain, changed, this.#why),
        ),
        h('div', { class: 'row' }, go, measure, reset),
        this.#said.element,
        h('div', { class: 'track-side' }, this.#cards, this.#curves.element),
      ),
    );
    this.#update();
  }

  /** @param {Tables} tables */
  tables(tables) {
    this.#tables = tables;
  }

  /** @param {Info} info */
  ready(info) {
    this.#info = info;
    if (!this.#base) this.#offerCurves(this.#context.host.settings);
  }

  /** @param {Settings} settings */
  settings(settings) {
    if (!this.#base) this.#offer(settings);
  }

  /** @param {State} state */
  state(state) {
    if (!this.#going || !['playing', 'stepping', 'phase'].includes(state)) return;
    this.#going = false;
    this.#said.say('The race is paused, because your own run goes on.');
    this.#update();
  }

  paint() {
    this.#curves.paint();
  }

  destroy() {
    this.#going = false;
    for (const runner of this.#runners) runner.stop();
    this.#curves.stop();
  }

  // Runners ----------------------------------------------------------------------------------------

  /** @param {Settings} settings */
  #offer(settings) {
    const tables = this.#tables;
    if (!tables) return;
    this.#knob.from(settings);
    this.#knob.offer(changeable(tables, settings));
    this.#pairs.replaceChildren(
      ...PAIRS[formOf(tables, settings.data)].map((pair) => button(pair.name, () => this.#addPair(pair))),
    );
    this.#from.textContent = `From ${tables.presets.find(({ key }) => key === settings.preset)?.name}, seed ${settings.seed}, with the settings ${this.#base ? 'of the moment when the first runner was added' : 'as they are now'}.`;
  }

  /** @param {string} wanted  key of a setting */
  #isOfPreset(wanted) {
    return this.#tables?.settings.find(({ key }) => key === wanted)?.group !== 'run';
  }

  /** What runs that begin so are compared by. @param {Settings} settings @param {boolean} [isOwn]  as the present one */
  #offerCurves({ data }, isOwn = true) {
    if (!this.#info || !this.#tables) return;
    const isSampled = this.#info.galleries.some(({ key }) => key === 'samples');
    this.#curves.offer(this.#info, isOwn && !isSampled ? 'game' : formOf(this.#tables, data));
  }

  #addChanged() {
    const { change } = this.#knob;
    if (change) this.#add({ values: { [change.key]: change.value } });
    else this.#said.say('Nothing is changed yet: choose a setting, and a value other than its own.', true);
  }

  /** Both take the places of all runners, and start. @param {import('./race-pairs.js').Pair} pair */
  async #addPair({ preset, variants }) {
    const { settings } = this.#context.host;
    await this.#between(() => {
      if (!this.#tables) return;
      for (const runner of this.#runners) this.#remove(runner);
      this.#base = beginning(this.#tables, settings, preset);
      this.#offerCurves(this.#base, false);
      for (const variant of variants) this.#add(variant);
    });
    await this.#start();
    this.#cards.scrollIntoView({ block: 'nearest' });
  }

  /** @param {import('./race-pairs.js').Variant} variant */
  #add(variant) {
    const tables = this.#tables;
    if (!tables) return;
    const { values } = variant;
    const base = this.#base ?? this.#context.host.settings;
    if (this.#runners.some((other) => JSON.stringify(other.variant.values) === JSON.stringify(values))) {
      this.#said.say('There is a runner like that already.', true);
      return;
    }
    this.#base = base;
    // A preset brings its own ingredients; only what all have in common stays.
    const brought = tables.presets.find(({ key }) => key === values.preset)?.defaults ?? {};
    const common = COMMON.filter((key) => key in base && (key in brought || !this.#isOfPreset(key)));
    const own = 'preset' in values ? [...common, 'backend'] : Object.keys(base);
    const raw = Object.fromEntries(
      [...own.map((key) => [key, base[key]]), ...Object.entries(values)].map(([key, value]) => [key, String(value)]),
    );
    const letter = LETTERS.find((one) => !this.#runners.some((other) => other.letter === one));
    if (!letter) return; // the buttons are off then
    /** @param {string} label @param {(runner: Runner) => void | Promise<void>} act */
    const ownButton = (label, act) => {
      const element = button(label, () => this.#between(() => act(runner)));
      element.setAttribute('aria-label', `${label}: runner ${letter}`);
      return element;
    };
    const runner = new Runner(letter, variant, raw, this.#curves.keys, [
      ownButton('Take as the main run', (one) => this.#take(one)),
      ownButton('Remove', (one) => this.#remove(one)),
    ]);
    this.#runners = [...this.#runners, runner].sort((a, b) => a.letter.localeCompare(b.letter));
    this.#name();
    this.#offer(base);
    this.#said.say(this.#runners.length < 2 ? 'One more, and the race can start.' : 'Ready to start.');
    this.#update();
  }

  /** @param {Runner} runner */
  #remove(runner) {
    runner.stop();
    this.#runners = this.#runners.filter((other) => other !== runner);
    if (this.#runners.length === 0) {
      this.#base = null;
      this.#clear();
      this.#offer(this.#context.host.settings);
      this.#offerCurves(this.#context.host.settings);
    }
    this.#said.say(`Runner ${runner.letter} has left.`);
    this.#name();
  }

  /** By what differs among them. */
  #name() {
    if (this.#tables && this.#base) {
      const variants = this.#runners.map(({ variant }) => variant);
      namesOf(variants, this.#base, this.#tables).forEach((name, i) => this.#runners[i].entitle(name));
    }
    this.#curves.build(this.#runners);
  }

  // The race ---------------------------------------------------------------------------------------

  #start() {
    return this.#between(async () => {
      const pauseMain = () => this.#context.host.pause().catch(() => {}); // one that has failed stands still anyway
      await pauseMain();
      /** @type {string[]} */
      const failed = [];
      for (const runner of this.#runners) {
        this.#said.say(`Runner ${runner.letter} gets ready \u2026`);
        await this.#ready(runner).catch(({ message }) => {
          runner.stop();
          failed.push(`Runner ${runner.letter} did not start: ${runner.problem ?? message}`);
        });
      }
      if (failed.length > 0) {
        this.#said.say(
          `${failed.join(' ')} Remove it and the others can start, or start again. If memory is short, fewer runners, smaller batches or the CPU as the backend would work.`,
          true,
        );
        return;
      }
      await pauseMain(); // who pressed Play in the meantime has pressed Start as well
      this.#said.say('The race is on. Your own run is paused.');
      this.#going = true;
      this.#loop = this.#run();
    });
  }

  /** Its engine stands, and has taken what makes it what it is. @param {Runner} runner */
  async #ready(runner) {
    await runner.start();
    const { variant, settings, advice } = runner;
    if (!settings) throw new Error('its engine has not answered');
    /** @type {import('../protocol.js').SomeSettings} */
    const base = this.#base ?? {};
    const other = COMMON.find((key) => key in settings && key in base && String(settings[key]) !== String(base[key]));
    const refused = Object.entries(variant.values).some(([key, value]) => !same(value, settings[key]));
    if (other || refused) throw new Error(advice);
  }

  #pause() {
    this.#going = false;
    this.#said.say('The round is brought to its end \u2026');
    this.#loop.then(
      (well) => well && this.#said.say(`The race is paused: all stand at step ${formatCount(this.#step)}.`),
    );
  }

  /** Round after round, until it is paused. @returns {Promise<boolean>} whether nothing went wrong */
  async #run() {
    let well = true;
    try {
      while (this.#going) {
        const started = performance.now();
        await this.#round();
        const ms = performance.now() - started;
        this.#steps = Math.max(1, Math.min(Math.round((this.#steps * ROUND_MS) / ms), this.#steps * 2, MOST_STEPS));
        this.#measureIn -= ms;
        if (this.#going && this.#measureIn <= 0) await this.#measure();
      }
    } catch (error) {
      well = this.#going = false;
      this.#said.say(
        `${error.message} The race is paused at step ${formatCount(this.#step)}. Remove that runner to go on without it, or reset the race.`,
        true,
      );
    }
    this.#update();
    return well;
  }

  async #round() {
    const target = Math.max(this.#step + this.#steps, ...this.#runners.map(({ step }) => step));
    for (const runner of this.#runners) {
      await runner.advance(target).catch(({ message }) => {
        throw new Error(`Runner ${runner.letter} cannot go on: ${message}`);
      });
    }
    for (const runner of this.#runners) runner.collect(this.#step, target);
    this.#step = target;
    this.#curves.update();
  }

  /** All at the same step; the race waits for it. */
  async #measure() {
    const started = performance.now();
    const values = new Map();
    for (const runner of this.#runners) {
      const result = await runner
        .evaluate()
        .catch(({ message }) => this.#said.say(`Runner ${runner.letter} could not be measured: ${message}`, true));
      if (result) values.set(runner.letter, headlineValue(result));
    }
    this.#curves.measured.push({ step: this.#step, values });
    this.#curves.update();
    this.#measureIn = Math.max(MEASURE_MS, RACING_SHARE * (performance.now() - started));
  }

  async #reset() {
    for (const runner of this.#runners) await runner.reset();
    this.#clear();
    this.#said.say('All are back at their start.');
  }

  #clear() {
    this.#step = 0;
    this.#steps = 1;
    this.#measureIn = MEASURE_MS;
    this.#curves.measured = [];
    this.#curves.update();
  }

  /** The state of a runner becomes the playground's; what was there comes back if that fails. @param {Runner} runner */
  async #take(runner) {
    const { request, host, anotherRun } = this.#context;
    await host.pause().catch(() => {});
    const left = await request({ type: 'save', quiet: true }).catch(/** @returns {null} */ () => null);
    const before = left && { settings: host.settings, bytes: left.bytes };
    const bytes = await runner.save();
    const { settings } = runner;
    if (!settings) return;
    try {
      await travel(this.#context, { settings, bytes });
      anotherRun?.();
      this.#said.say(
        `Your run now goes on from runner ${runner.letter}, at step ${formatCount(runner.step)}. Press Play there.`,
      );
    } catch (error) {
      if (before) await travel(this.#context, before).catch(() => {});
      throw error;
    }
  }

  /** Does something between two rounds; the race is paused by it. @param {() => void | Promise<void>} task */
  async #between(task) {
    if (this.#busy) return;
    this.#busy = true;
    this.#going = false;
    this.#update();
    try {
      await this.#loop;
      await task();
    } catch (error) {
      this.#said.say(`That did not work: ${error.message} Nothing of the race is lost.`, true);
    } finally {
      this.#busy = false;
      this.#update();
    }
  }

  /** What is seen, and what can be pressed now. */
  #update() {
    const { plain, changed, go, measure, reset } = this.#buttons;
    const isUnderWay = this.#going || this.#step > 0;
    const isFull = this.#runners.length >= LETTERS.length;
    for (const one of [plain, changed]) setDisabled(one, this.#busy || isUnderWay || isFull);
    for (const one of this.#pairs.children) setDisabled(one, this.#busy || isUnderWay);
    this.#why.textContent = isUnderWay
      ? 'To add others, reset the race.'
      : isFull
        ? 'No more fit: remove one to add another.'
        : '';
    setDisabled(go, this.#busy || this.#runners.length < 2);
    go.textContent = this.#going ? 'Pause the race' : this.#step > 0 ? 'Go on' : 'Start the race';
    for (const one of [measure, reset]) setDisabled(one, this.#busy || this.#step === 0);
    this.#cards.replaceChildren(...this.#runners.map(({ element }) => element));
    this.#curves.element.hidden = this.#runners.length < 2 && !isUnderWay;
  }
}
