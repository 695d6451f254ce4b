/**
 * `<gan-playground>`: the whole playground as one element.
 *
 *     <gan-playground preset="dcgan-mnist" seed="7" backend="auto" autoplay controls="transport,samples,losses"></gan-playground>
 *
 * Attributes: every setting by its key (preset, seed, backend, ...), `autoplay`, `speed`, `controls` (which parts
 * are shown; all by default), and `from-query`: the page's query parameters count as attributes too.
 * Methods and properties are in the section "The API" below; events are ELEMENT_EVENTS of protocol.js.
 */

/** @import { Learner, Only, PhaseEnd, Quality, RawSettings, Settings, Told, Update } from './protocol.js' */

import { actionsOf, ignore } from './page/actions.js';
import { EngineClient } from './page/client.js';
import { NO_STOPS, speedOf, stopsOf } from './page/pacing.js';
import { receive } from './page/receiver.js';
import { Run } from './page/run.js';
import { PlaygroundView } from './page/view.js';
import { initialSettings, rememberInUrl } from './page/wishes.js';
import { CONTROLS } from './protocol.js';

const ONLY = ['both', 'generator', 'discriminator'];
const LEARNERS = ['generator', 'discriminator'];

export class GanPlayground extends HTMLElement {
  static observedAttributes = ['controls', 'preset', 'seed', 'backend'];

  #client = new EngineClient((event) => this.#receive(event));
  /** @type {PlaygroundView | null} */
  #view = null;
  /** @type {import('./page/wishes.js').StartWishes} */
  #wishes = { settings: {}, autoplay: false, controls: null, speed: null, messages: [] };
  #connected = false;
  #changedByVisitor = false;
  /** @type {Set<string>} */
  #shown = new Set();
  /** Steps a second; null: as fast as it goes. @type {number | null} */
  #speed = null;
  #stops = NO_STOPS;
  #run = new Run();

  // Life -------------------------------------------------------------------------------------------

  connectedCallback() {
    if (this.#connected) return; // moved within the document
    this.#connected = true;
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    const host = /** @type {import('../types/page.js').Host} */ (this);
    const actions = actionsOf(host, {
      ask: (values) => this.#ask(values),
      remedy: (action) => this.#remedy(action),
      request: (command, transfer) => this.#client.request(command, transfer),
      run: this.#run,
      emit: (name, detail) => this.#emit(name, detail),
    });
    this.#view = new PlaygroundView(host, shadow, actions);
    this.#wishes = initialSettings(this, this.#run.settings);
    this.#speed ??= this.#wishes.speed;
    this.#view?.pacing(this.#speed, this.#stops);
    for (const message of this.#wishes.messages) this.#view?.notices.show('warning', message);
    if (this.#wishes.controls !== null) this.setAttribute('controls', this.#wishes.controls);
    this.#showControls();
    this.#start();
  }

  disconnectedCallback() {
    // An element that is only moved comes back at once, and keeps its run.
    queueMicrotask(() => {
      if (this.isConnected || !this.#connected) return;
      this.#connected = false;
      this.#client.stop('The playground was taken out of the page.');
      this.#view?.destroy();
      this.#view = null;
    });
  }

  /** @param {string} name @param {string | null} _ @param {string | null} value */
  attributeChangedCallback(name, _, value) {
    if (!this.#connected) return;
    if (name === 'controls') {
      this.#showControls();
      if (this.#run.info) this.#attach();
    } else if (value !== null && this.#run.settings[name] !== undefined && String(this.#run.settings[name]) !== value) {
      this.#change({ [name]: value }).catch(ignore);
    }
  }

  #start() {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#view?.begin(this.#wishes.settings, calm);
    const play = (this.#wishes.autoplay && !calm) || this.#run.wantsPlay;
    if (this.#wishes.autoplay && calm) {
      this.#view?.notices.show(
        'note',
        'Training waits for you to press play, because your system asks for less motion.',
      );
    }
    this.#run.wantsPlay = play;
    this.#run.forget();
    this.#client.start();
    const evaluates = this.#shown.has('quality') || this.#shown.has('doctor');
    this.#client
      .request({
        type: 'init',
        raw: this.#wishes.settings,
        play,
        framesPerSecond: calm ? 2 : 30,
        evaluates,
        stepsPerSecond: this.#speed,
        stops: this.#stops,
      })
      .catch(ignore);
  }

  /** A new worker, with the settings as they are. */
  #restart() {
    for (const [key, value] of Object.entries(this.#run.settings)) this.#wishes.settings[key] = String(value);
    this.#wishes.autoplay = false;
    this.#run.wantsPlay = false;
    this.#view?.forget();
    this.#start();
  }

  // The API ----------------------------------------------------------------------------------------

  /** Trains until told otherwise; resolves to the status. */
  async play() {
    this.#run.wantsPlay = true;
    this.#view?.state(this.#run.state, true);
    return this.#after(this.#client.request({ type: 'play' }));
  }

  /** Resolves to the status once the step under way has ended; the counter then stands still. */
  async pause() {
    this.#run.wantsPlay = false;
    this.#view?.state(this.#run.state, false);
    return this.#after(this.#client.request({ type: 'pause' }));
  }

  toggle() {
    return this.#run.isBusy || this.#run.wantsPlay ? this.pause() : this.play();
  }

  /**
   * Exactly `n` steps, then rest.
   * @param {number} [n]
   * @param {{ only?: Only }} [options]
   */
  async step(n = 1, { only = 'both' } = {}) {
    if (!Number.isInteger(n) || n < 1)
      throw new TypeError(`step(n): n must be a whole number of at least 1, not ${n}.`);
    if (!ONLY.includes(only))
      throw new TypeError(`step(n, { only }): only must be one of ${ONLY.join(', ')}, not ${only}.`);
    this.#run.wantsPlay = false;
    return this.#after(this.#client.request({ type: 'step', n, only }));
  }

  /** One step of both, part by part: what each update measured and moved. @returns {Promise<{ step: number, updates: [Update, Update] }>} */
  async stepClosely() {
    this.#run.wantsPlay = false;
    return this.#client.request({ type: 'stepClosely' });
  }

  /** Steps a second that playing does at most; null: as fast as it goes. */
  get speed() {
    return this.#speed;
  }

  /** @param {number | string | null} stepsPerSecond  null or "max" for no limit */
  async setSpeed(stepsPerSecond) {
    this.#speed = speedOf(stepsPerSecond);
    this.#view?.pacing(this.#speed, this.#stops);
    if (!this.#connected) return;
    this.#remember();
    await this.#client.request({ type: 'speed', stepsPerSecond: this.#speed });
  }

  /** When playing stops by itself. */
  get stops() {
    return { ...this.#stops };
  }

  /**
   * Changes some of the conditions at which playing stops by itself: at a step, at nFD at or below a number, when D's mean
   * output on fakes comes within `balance` of one half, at an alarm of the doctor's. The event `stopped` says why.
   * @param {import('./page/pacing.js').WantedStops} values  null or false takes one back
   */
  async stopWhen(values) {
    this.#stops = stopsOf(values, this.#stops, this.#run.info);
    this.#view?.pacing(this.#speed, this.#stops);
    if (this.#connected) await this.#client.request({ type: 'stops', values: this.#stops });
    return this.stops;
  }

  /** All presets and settings with their choices and ranges, as the engine exports them; null before they are there. */
  get tables() {
    return this.#run.tables;
  }

  /**
   * Trains one network alone until D's mean output on fakes is `until`, for at most `limit` steps; without these as the
   * story has it. With the Wasserstein loss, whose scores have no scale, the engine knows where to stop. Pause, play and
   * the like end it.
   * @param {Learner} learner
   * @param {{ until?: number | null, limit?: number | null }} [options]
   * @returns {Promise<PhaseEnd>}
   */
  async phase(learner, { until = null, limit = null } = {}) {
    if (!LEARNERS.includes(learner))
      throw new TypeError(`phase(learner): learner must be generator or discriminator, not ${learner}.`);
    this.#run.wantsPlay = false;
    const end = await this.#client.request({ type: 'phase', learner, until, limit });
    this.#view?.phaseEnded({ learner, ...end });
    return end;
  }

  /** Measures the samples now; training goes on meanwhile. @returns {Promise<Quality>} */
  async evaluate() {
    await this.#client.request({ type: 'evaluate' });
    return this.#run.nextEvaluation();
  }

  /** The same settings and seed, hence the same start; resolves when it stands. */
  async reset() {
    if (this.#run.state === 'failed') {
      this.#restart();
      return this.status;
    }
    return this.#leave('reset', () => {
      this.#run.wantsPlay = false;
      return this.#after(this.#client.request({ type: 'reset' }));
    });
  }

  /**
   * Brings back the run that the last reset, change of preset or restarting setting, or load ended: settings, parameters,
   * step and curves, playing if it played. The event `undoable` says when there is one; so is what is left by undoing.
   */
  async undo() {
    await this.#view?.waysBack.undo();
    return this.status;
  }

  /**
   * All settings. Assign some of them to change these: live ones act at once, the others start the run anew.
   * @returns {Settings}
   */
  get settings() {
    return { ...this.#run.settings };
  }

  /** @param {RawSettings} values */
  set settings(values) {
    this.set(values).catch(ignore);
  }

  /** Changes some settings and waits until they are in force. @param {RawSettings} values @returns {Promise<Settings>} all */
  async set(values) {
    await this.#change(values);
    return this.settings;
  }

  /** What is known of the run right now; everything in it was measured. */
  get status() {
    return this.#run.status;
  }

  /** Both networks with their optimisers, as a safetensors file. @returns {Promise<Blob>} */
  async save() {
    const { bytes } = await this.#client.request({ type: 'save' });
    return new Blob([bytes], { type: 'application/octet-stream' });
  }

  /** What a gallery shows as an ONNX model, by default what the generator makes. @param {string} [gallery] @returns {Promise<Blob>} */
  async exportOnnx(gallery) {
    return (await import('./page/export-onnx.js')).exportOnnx(await this.save(), gallery);
  }

  /** @param {Blob} blob  from `save` */
  async load(blob) {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const load = async () => {
      const wasPlaying = this.#run.wantsPlay;
      this.#run.wantsPlay = false;
      try {
        await this.#client.request({ type: 'load', bytes }, [bytes.buffer]);
      } catch (error) {
        if (wasPlaying) this.play().catch(ignore); // nothing has changed
        throw error;
      }
    };
    await this.#leave('load', load);
    this.#view?.clearHistory(); // the curves so far belong to another run
    return this.status;
  }

  /**
   * A picture of `n` samples; without a seed from the run's own fixed noise; with a label only of that class.
   * @param {number} [n]
   * @param {{ seed?: number | null, label?: number | null }} [options]
   * @returns {Promise<ImageData>}
   */
  async samples(n = 64, { seed = null, label = null } = {}) {
    const { data, width, height } = await this.#client.request({ type: 'samples', n, seed, label });
    return new ImageData(new Uint8ClampedArray(data.buffer, data.byteOffset, data.length), width, height);
  }

  /** Destroys the GPU device, to see the run come back from its last kept state. */
  async loseDevice() {
    await this.#client.request({ type: 'loseDevice' });
  }

  // Inside -----------------------------------------------------------------------------------------

  /** @param {Promise<unknown>} reply  to a command */
  async #after(reply) {
    await reply;
    return this.status;
  }

  /** @param {RawSettings} values @returns {Promise<unknown>} */
  async #change(values) {
    if (!this.#connected) return Object.assign(this.#run.settings, values); // for the start
    return this.#leave('change', () => this.#client.request({ type: 'settings', values: { ...values } }), values);
  }

  /** The visitor asks for other settings. @param {RawSettings} values */
  async #ask(values) {
    this.#changedByVisitor = true;
    await this.#view?.waysBack.ask(values, () => this.#change(values));
  }

  /** @type {import('./page/ways-back.js').WaysBack['leave']} */
  #leave = (kind, act, values) => (this.#view ? this.#view.waysBack.leave(kind, act, values) : act());

  #remember() {
    const { settings, tables } = this.#run;
    if (tables && this.hasAttribute('from-query')) rememberInUrl(settings, tables, this.#speed);
  }

  /** @param {string} action */
  #remedy(action) {
    if (action === 'restart') this.#restart();
    if (action === 'reset') this.reset().catch(ignore);
    if (action === 'restore') this.#client.request({ type: 'restore' }).catch(ignore);
    if (action === 'cpu') this.#change({ backend: 'cpu' }).catch(ignore);
  }

  #showControls() {
    const named = (this.getAttribute('controls') ?? '').split(/[\s,]+/).filter(Boolean);
    const unknown = named.filter((name) => !CONTROLS.includes(name));
    if (unknown.length > 0) {
      this.#view?.notices.show(
        'warning',
        `controls: there is no "${unknown.join('", "')}". There are: ${CONTROLS.join(', ')}.`,
      );
    }
    const known = named.filter((name) => CONTROLS.includes(name));
    this.#shown = new Set(known.length > 0 ? known : CONTROLS);
    this.#view?.controls(this.#shown);
  }

  /** Gives the session new canvases; the old ones stay in sight until these are drawn. */
  async #attach() {
    if (!this.#view) return;
    const { samples, real, commit } = this.#view.stage.freshCanvases();
    try {
      await this.#client.request(
        { type: 'attach', samples, real },
        [samples, real].filter((canvas) => canvas !== null),
      );
    } catch {
      return; // told by an event, if it matters
    }
    commit();
  }

  /** @param {Told} event */
  #receive(event) {
    if (!this.#view) return;
    receive(
      {
        run: this.#run,
        view: this.#view,
        attach: () => this.#attach(),
        settingsChanged: () => this.#changedByVisitor && this.#remember(),
        emit: (name, detail) => this.#emit(name, detail),
      },
      event,
    );
  }

  /** @param {string} name @param {object} detail */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

customElements.define('gan-playground', GanPlayground);
