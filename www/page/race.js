/** Two to four runs side by side, on the same data from the same seed, trained by turns so that all stand at the same step. */

import { Chart, loadUPlot } from './chart.js';
import { formatCount, formatFixed, formatShort, h, setDisabled, uniqueId } from './dom.js';
import { Knob } from './knob.js';
import { Runner } from './runner.js';
import { same, travel } from './travel.js';

const MOST = 4;
const LETTERS = ['A', 'B', 'C', 'D'];
/** A letter on the line tells them apart as well. */
const LINES = [{ color: '--blue', dash: [] }, { color: '--orange', dash: [8, 4] }, { color: '--ink', dash: [2, 3] }, { color: '--muted', dash: [10, 3, 2, 3] }];
const ROUND_MS = 300;
const MOST_STEPS = 64; // of a round
const MEASURE_MS = 20_000; // of racing between two measurements by itself
const RACING_SHARE = 4; // racing gets so many times what a measurement has taken
/** What all have in common, and what would be no race. */
const COMMON = ['seed', 'data', 'examples', 'points'];

const around = (_, min, max) => (min === null ? [0, 2] : [Math.min(0, min), Math.max(max * 1.05, 0.1)]);
const CURVES = {
  d_loss: { name: 'Loss of D', column: 1 },
  g_loss: { name: 'Loss of G', column: 2 },
  d_real: { name: 'D(x): output on originals', column: 3 },
  d_fake: { name: 'D(G(z)): output on forgeries', column: 4 },
  quality: { name: 'Quality: nFD of digits, parts found of points', column: null },
};

export class Race {
  static control = 'race';
  static stylesheets = ['page/timeline.css', 'page/race.css'];
  element;
  #context;
  #tables = null;
  /** What the runners have in common: the settings when the first one was added. */
  #base = null;
  /** @type {Runner[]} */
  #runners = [];
  #step = 0;
  #steps = 1; // of the next round
  #going = false;
  /** Resolves when the round under way has ended. */
  #loop = Promise.resolve();
  #busy = false;
  /** @type {{ step: number, values: Map<string, number> }[]} */
  #measured = [];
  #measureAt = 0;
  #chart = null;

  #cards = h('div', { class: 'runners' });
  #said = h('div', { class: 'said', role: 'status' });
  #plot = h('div');
  #metric;
  #knob = new Knob('Setting that is different');
  #from = h('p', { class: 'detail' });
  #buttons;

  constructor(context) {
    this.#context = context;
    const button = (label, click) => h('button', { type: 'button', class: 'button', on: { click } }, label);
    this.#buttons = {
      plain: button('Add as it is', () => this.#add(null)),
      changed: button('Add with this change', () => this.#addChanged()),
      go: button('Start the race', () => (this.#going ? this.#pause() : this.#start())),
      measure: button('Measure all now', () => this.#interrupt(() => this.#measure())),
      reset: button('Reset the race', () => this.#interrupt(() => this.#reset())),
    };
    const { plain, changed, go, measure, reset } = this.#buttons;
    this.#metric = h('select', { id: uniqueId('metric'), on: { change: () => this.#newChart() } },
      ...Object.entries(CURVES).map(([value, { name }]) => h('option', { value }, name)));
    const heading = uniqueId('race');
    this.element = h('section', { class: 'panel race', 'aria-label': 'Race' },
      h('h2', {}, 'Race'),
      h('p', { class: 'detail' }, `Two to ${MOST} runs side by side on the same data, from the same seed, each with one thing different. They train by turns: a round is the same number of steps for each. The run above is paused meanwhile.`),
      h('div', { role: 'group', class: 'entry', 'aria-labelledby': heading }, h('h3', { id: heading }, 'Who races'), this.#from, this.#knob.element, h('div', { class: 'row' }, plain, changed)),
      h('div', { class: 'row' }, go, measure, reset), this.#said, this.#cards,
      h('div', { class: 'race-curves', hidden: true }, h('div', { class: 'field' }, h('label', { htmlFor: this.#metric.id }, 'Curves'), this.#metric), this.#plot));
    this.element.addEventListener('click', (event) => {
      if (event.target.closest('[aria-disabled="true"]')) event.stopImmediatePropagation();
    }, { capture: true });
    this.#update();
  }

  tables(tables) {
    this.#tables = tables;
  }

  settings(settings) {
    if (!this.#base) this.#offer(settings);
  }

  state(state) {
    if (!this.#going || !['playing', 'stepping', 'phase'].includes(state)) return;
    this.#going = false;
    this.#say('The race is paused, because the run above goes on.');
    this.#update();
  }

  paint() {
    this.#draw();
  }

  destroy() {
    this.#going = false;
    for (const runner of this.#runners) runner.stop();
    this.#chart?.stop();
  }

  // Who races --------------------------------------------------------------------------------------

  #offer(settings) {
    const goes = ({ value }) => this.#preset(value)?.defaults.data === settings.data;
    const rows = this.#tables.settings.filter(({ key }) => !COMMON.includes(key))
      .map((row) => (row.key === 'preset' ? { ...row, choices: row.choices.filter((choice) => goes(choice) || choice.value === settings.preset) } : row));
    this.#knob.from(settings);
    this.#knob.offer(rows);
    this.#from.textContent = `From the settings ${this.#base ? 'when the first runner was added' : 'as they are now'}: ${this.#preset(settings.preset)?.name ?? settings.preset}, seed ${settings.seed}.`;
  }

  #preset(wanted) {
    return this.#tables.presets.find(({ key }) => key === wanted);
  }

  #addChanged() {
    const { change } = this.#knob;
    if (change) this.#add(change);
    else this.#say('Nothing is changed yet: choose a setting, and a value other than the one it has.', true);
  }

  /** @param {{ key: string, value: any, text: string } | null} change */
  #add(change) {
    const base = this.#base ?? this.#context.host.settings;
    const text = change?.text ?? 'As it is';
    if (this.#runners.some((other) => other.text === text)) {
      this.#say(`There is a runner like that already: ${text}.`, true);
      return;
    }
    this.#base = base;
    // A preset brings its own ingredients; only what all have in common stays.
    const own = change?.key === 'preset' ? [...COMMON, 'backend'] : Object.keys(base);
    const raw = Object.fromEntries([...own.map((key) => [key, base[key]]), ...(change ? [[change.key, change.value]] : [])].map(([key, value]) => [key, String(value)]));
    const letter = LETTERS.find((one) => !this.#runners.some((other) => other.letter === one));
    const button = (label, click) => h('button', { type: 'button', class: 'button', 'aria-label': `${label}: runner ${letter}`, on: { click } }, label);
    const runner = new Runner(letter, change, raw, [
      button('Take as the main run', () => this.#interrupt(() => this.#take(runner))),
      button('Remove', () => this.#interrupt(() => this.#remove(runner))),
    ]);
    this.#runners.push(runner);
    this.#runners.sort((a, b) => a.letter.localeCompare(b.letter));
    this.#offer(base);
    this.#say(this.#runners.length < 2 ? 'One more, and the race can start.' : 'Ready to start.');
    this.#update();
  }

  #remove(runner) {
    runner.stop();
    this.#runners = this.#runners.filter((other) => other !== runner);
    if (this.#runners.length === 0) {
      this.#base = null;
      this.#clear();
      this.#offer(this.#context.host.settings);
    }
    this.#say(`Runner ${runner.letter} has left.`);
    this.#newChart();
  }

  // The race ---------------------------------------------------------------------------------------

  async #start() {
    if (this.#busy) return;
    this.#busy = true;
    this.#update();
    await this.#context.host.pause().catch(() => {}); // one that has failed stands still anyway
    const failed = [];
    for (const runner of this.#runners) {
      this.#say(`Runner ${runner.letter} gets ready \u2026`);
      try {
        await runner.start();
        const strange = COMMON.find((key) => String(runner.settings[key]) !== String(this.#base[key]));
        if (strange) throw new Error(`it does not go with the ${strange} of this race, ${this.#base[strange]}.`);
        const { change, settings } = runner;
        if (change && !same(change.value, settings[change.key])) throw new Error(runner.advice);
      } catch (error) {
        runner.stop();
        failed.push(`Runner ${runner.letter} did not start: ${error.message}`);
      }
    }
    this.#busy = false;
    if (failed.length > 0) {
      this.#say(`${failed.join(' ')} Remove it, then the others can start. If memory is short, fewer runners, a smaller batch size or the CPU as the backend would work.`, true);
      this.#update();
      return;
    }
    this.#say('The race is on. The run above is paused.');
    this.#going = true;
    this.#loop = this.#run();
    this.#newChart();
  }

  #pause() {
    this.#going = false;
    this.#say('The round is brought to its end \u2026');
    this.#loop.then(() => this.#say(`The race is paused: all stand at step ${formatCount(this.#step)}.`));
  }

  async #run() {
    try {
      while (this.#going) {
        const started = performance.now();
        await this.#round();
        const ms = performance.now() - started;
        this.#steps = Math.max(1, Math.min(Math.round(this.#steps * ROUND_MS / ms), this.#steps * 2, MOST_STEPS));
        this.#measureAt -= ms;
        if (this.#going && this.#measureAt <= 0) await this.#measure();
      }
    } catch (error) {
      this.#going = false;
      this.#say(`${error.message} The race is paused at step ${formatCount(this.#step)}. Remove that runner to go on without it, or reset the race.`, true);
    }
    this.#update();
  }

  async #round() {
    const target = Math.max(this.#step + this.#steps, ...this.#runners.map(({ step }) => step));
    for (const runner of this.#runners) {
      await runner.advance(target).catch((error) => {
        throw new Error(`Runner ${runner.letter} cannot go on: ${error.message}`);
      });
    }
    for (const runner of this.#runners) runner.collect(this.#step, target);
    this.#step = target;
    this.#chart?.update(this.#data);
  }

  /** All at the same step; the race waits for it. */
  async #measure() {
    const started = performance.now();
    const values = new Map();
    for (const runner of this.#runners) {
      const result = await runner.evaluate().catch((error) => {
        this.#say(`Runner ${runner.letter} could not be measured: ${error.message}`, true);
      });
      if (result) values.set(runner.letter, result.form === 'image' ? result.nfd : result.modes);
    }
    this.#measured.push({ step: this.#step, values });
    this.#measureAt = Math.max(MEASURE_MS, RACING_SHARE * (performance.now() - started));
    this.#chart?.update(this.#data);
  }

  async #reset() {
    for (const runner of this.#runners) await runner.reset();
    this.#clear();
    this.#say('All are back at their start.');
  }

  #clear() {
    this.#step = 0;
    this.#steps = 1;
    this.#measured = [];
    this.#measureAt = MEASURE_MS;
    this.#chart?.update(this.#data);
  }

  /** The state of a runner becomes the playground's; what was there comes back if that fails. */
  async #take(runner) {
    const { request, host, anotherRun } = this.#context;
    await host.pause().catch(() => {});
    const left = await request({ type: 'save', quiet: true }).catch(() => null);
    const before = left && { settings: host.settings, bytes: left.bytes };
    const bytes = await runner.save();
    try {
      await travel(this.#context, { settings: runner.settings, bytes });
      anotherRun?.();
      this.#say(`The run above goes on from runner ${runner.letter}, at step ${formatCount(runner.step)}. Press Play there.`);
    } catch (error) {
      if (before) await travel(this.#context, before).catch(() => {});
      throw error;
    }
  }

  /** Does something between two rounds; the race is paused by it. */
  async #interrupt(task) {
    if (this.#busy) return;
    this.#busy = true;
    this.#going = false;
    this.#update();
    try {
      await this.#loop;
      await task();
    } catch (error) {
      this.#say(`That did not work: ${error.message} Nothing of the race is lost.`, true);
    } finally {
      this.#busy = false;
      this.#update();
    }
  }

  // What is seen -----------------------------------------------------------------------------------

  #say(text, isProblem = false) {
    this.#said.textContent = text;
    this.#said.classList.toggle('warning', isProblem);
  }

  #update() {
    const { plain, changed, go, measure, reset } = this.#buttons;
    const full = this.#runners.length >= MOST;
    for (const button of [plain, changed]) setDisabled(button, this.#busy || this.#going || full || this.#step > 0);
    setDisabled(go, this.#busy || this.#runners.length < 2);
    go.textContent = this.#going ? 'Pause the race' : this.#step > 0 ? 'Go on' : 'Start the race';
    for (const button of [measure, reset]) setDisabled(button, this.#busy || this.#step === 0);
    this.#cards.replaceChildren(...this.#runners.map(({ element }) => element));
    this.#plot.parentElement.hidden = this.#step === 0 && !this.#going;
  }

  get #data() {
    const column = CURVES[this.#metric.value].column;
    if (column === null) {
      return [this.#measured.map(({ step }) => step), ...this.#runners.map(({ letter }) => this.#measured.map(({ values }) => values.get(letter) ?? null))];
    }
    return [this.#runners[0]?.history.data[0] ?? [], ...this.#runners.map(({ history }) => history.data[column])];
  }

  #newChart() {
    const { name, column } = CURVES[this.#metric.value];
    const isQuality = column === null;
    this.#update();
    this.#chart?.stop();
    this.#chart = new Chart({
      title: name,
      detail: 'One line for each runner, with its letter on it.',
      columns: this.#runners.map((_, i) => i + 1),
      x: isQuality ? 'steps' : 'step',
      series: this.#runners.map(({ letter, text }) => ({ name: letter, role: text, mark: letter, ...LINES[LETTERS.indexOf(letter)] })),
      range: around,
      format: isQuality ? formatShort : (value) => formatFixed(value, 3),
    });
    this.#plot.replaceChildren(this.#chart.element);
    this.#draw();
  }

  async #draw() {
    if (!this.#chart) return;
    try {
      const uPlot = await loadUPlot();
      const colors = getComputedStyle(this.#context.host);
      this.#chart.draw(uPlot, (name) => colors.getPropertyValue(name).trim());
      this.#chart.update(this.#data);
    } catch (error) {
      this.#say(error.message, true);
    }
  }
}
