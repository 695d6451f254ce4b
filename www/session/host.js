/**
 * Owns the one session of this worker: builds it, trains it, brings it back when its device is lost.
 *
 * Commands are handled strictly one after another, never while an engine call is under way. What a
 * command wishes (play, pause, start over) is noted the moment it arrives, so that it also stops the
 * work in front of it.
 */

/**
 * @typedef {import('../protocol.js').Command} Command
 * @typedef {import('../protocol.js').Replies[keyof import('../protocol.js').Replies]} Reply
 * @typedef {(command: Command, order: number) => unknown} Handler
 * @typedef {(session: import('../../types/engine.js').Session, command: Command, step: number) => unknown} Instrument
 * @typedef {Exclude<keyof import('../protocol.js').Replies, import('./instruments.js').InstrumentType>} HandledType
 */

import { Condition } from './condition.js';
import { createSession } from './creation.js';
import { Files } from './dataset.js';
import { Engines } from './engines.js';
import { Evaluator } from './evaluator.js';
import { Failures } from './failures.js';
import { INSTRUMENTS } from './instruments.js';
import { Orders } from './orders.js';
import { Player } from './player.js';
import { Queue, buffersOf } from './queue.js';
import { SessionSlot } from './slot.js';
import { Speed } from './speed.js';
import { Stops } from './stops.js';
import { Trainer } from './trainer.js';
import { TrainedStart } from './trained-start.js';
import { Wishes } from './wishes.js';

const UNSEEN_FRAMES = 0.05; // pictures a second where nobody sees them

export class SessionHost {
  #post;
  #queue = new Queue();
  #slot = new SessionSlot();
  #trainer;
  #evaluator;
  #engines = new Engines();
  #wishes = new Wishes();
  #framesPerSecond = 30;
  #speed = new Speed();
  #stops = new Stops();
  #files = new Files((event, transfer) => this.#post(event, transfer));
  #condition = new Condition((state) => this.#tell(state));
  #orders = new Orders();
  #trained;
  #player;
  #failures;

  /** @param {import('../protocol.js').Post} tell */
  constructor(tell) {
    /** @type {import('../protocol.js').Post} */
    const post = (event, transfer) => {
      this.#stops.observe(event);
      tell(event, transfer);
    };
    this.#post = post;
    this.#trainer = new Trainer(this.#slot, (event, transfer) => {
      if (event.type === 'alarm') {
        this.#orders.wantsPlay = false;
        this.#player.explain();
      }
      post(event, transfer);
    });
    this.#failures = new Failures({
      post,
      condition: this.#condition,
      orders: this.#orders,
      hasEngine: () => this.#engines.any,
      lacksGpu: () => !this.#slot.session && this.#settings.backend === 'gpu',
    });
    this.#trained = new TrainedStart(this.#wishes, this.#files, this.#trainer, this.#condition, post);
    this.#trainer.onRows = (rows, width) => this.#stops.rows(rows, width, 1 + this.#slot.metrics.indexOf('d_fake'));
    this.#evaluator = new Evaluator(this.#slot, this.#files, post, this.#trainer);
    this.#player = new Player({
      queue: this.#queue,
      slot: this.#slot,
      condition: this.#condition,
      orders: this.#orders,
      trainer: this.#trainer,
      evaluator: this.#evaluator,
      speed: this.#speed,
      stops: this.#stops,
      post,
      fail: (error) => this.fail(error),
    });
  }

  /** @param {import('../protocol.js').Command} command */
  receive(command) {
    if (this.#condition.dead) {
      this.#reply(command, new Error('The engine has stopped. Restart it first.'));
      return;
    }
    const order = this.#orders.note(command.type);
    this.#queue
      .run(() => {
        if (this.#condition.dead) throw new Error('The engine has stopped. Restart it first.');
        const handler = /** @type {Handler | undefined} */ (this.#handlers[/** @type {HandledType} */ (command.type)]);
        if (handler) return handler(command, order);
        const instrument = /** @type {Instrument | undefined} */ (
          INSTRUMENTS[/** @type {import('./instruments.js').InstrumentType} */ (command.type)]
        );
        if (!instrument) throw new Error(`There is no command "${command.type}".`);
        this.#requireSession();
        return this.#slot.call((session) => instrument(session, command, this.#trainer.step));
      })
      .then(
        (value) => this.#reply(command, null, /** @type {Reply | undefined} */ (value)),
        (error) => {
          this.#reply(command, error);
          this.fail(error, command.quiet);
        },
      );
  }

  /** @param {Command} command @param {Error | null} error @param {Reply} value */
  #reply({ id }, error, value = {}) {
    if (id === undefined) return;
    if (error) this.#post({ type: 'reply', id, ok: false, error: error.message });
    else this.#post({ type: 'reply', id, ok: true, value }, buffersOf(value));
  }

  /** @type {{ [T in HandledType]: (command: import('../protocol.js').OrderOf<T>, order: number) => import('../protocol.js').Answer<T> }} */
  #handlers = {
    init: async (
      { raw, play, framesPerSecond, evaluates, stepsPerSecond = null, stops = null, alone = true },
      order,
    ) => {
      this.#wishes.ask(raw, false); // what was set since wins
      this.#orders.wantsPlay ||= play;
      this.#framesPerSecond = framesPerSecond;
      this.#evaluator.automatic = evaluates;
      this.#speed.set(stepsPerSecond);
      if (stops) this.#stopWhen(stops); // a runner of a race has none
      this.#condition.enter('loading');
      this.#progress('Loading the engine', 0, null);
      this.#files.begin(raw);
      const messages = this.#wishes.start(await this.#engines.first(raw.backend, alone));
      this.#post({ type: 'tables', tables: this.#wishes.tables, settings: this.#settings, messages });
      await this.#build(order);
    },

    attach: async ({ samples, real }) => {
      const { session } = this.#slot;
      if (!session) return;
      if (samples) session.attachCanvas('samples', samples);
      if (real) session.attachCanvas('real', real);
      await this.#trainer.draw();
      if (this.#orders.wantsPlay) this.#player.begin();
    },

    play: async () => {
      if (this.#condition.stale) await this.#build(this.#orders.latestBuild);
      else if (this.#orders.wantsPlay) this.#player.begin();
      return this.#position;
    },

    pause: async () => {
      await this.#player.settle();
      return this.#position;
    },

    step: async ({ n, only }, order) => {
      await this.#player.settle();
      this.#requireSession();
      await this.#player.step(n, only, order);
      return this.#position;
    },

    stepClosely: async () => {
      await this.#player.settle();
      this.#requireSession();
      const updates = await this.#player.stepClosely();
      return { ...this.#position, updates };
    },

    speed: ({ stepsPerSecond }) => this.#speed.set(stepsPerSecond),

    stops: ({ values }) => this.#stopWhen(values),

    phase: async ({ learner, until, limit }, order) => {
      await this.#player.settle();
      this.#requireSession();
      const end = await this.#player.phase(learner, until, limit, order);
      return { ...end, ...this.#position };
    },

    reset: async (_, order) => {
      await this.#build(order);
      return this.#position;
    },

    settings: async ({ values }, order) => {
      await this.#change(values, order);
      return { settings: this.#settings };
    },

    cancel: async () => (this.#condition.stale ? this.#condition.enter('stopped') : this.#player.settle()),

    save: async () => {
      this.#requireSession();
      return {
        ...this.#position,
        preset: this.#settings.preset,
        bytes: await this.#slot.call((session) => session.save()),
      };
    },

    snapshot: () => {
      this.#requireSession();
      return this.#player.snapshot();
    },

    load: ({ bytes }) => this.#load(bytes),

    restore: () => {
      if (!this.#trainer.checkpoint)
        throw new Error('No earlier good state was kept. Reset starts again from the seed.');
      return this.#load(this.#trainer.checkpoint);
    },

    layers: ({ values }) => this.#engines.now.describeLayers({ ...this.#settings, ...values }),

    evaluate: () => {
      this.#requireSession();
      this.#evaluator.ask();
      this.#player.evaluateAtRest();
    },

    seen: ({ visible }) => this.#trainer.frames(visible ? this.#framesPerSecond : UNSEEN_FRAMES),

    loseDevice: () => {
      this.#requireSession();
      this.#slot.live.loseDevice();
    },

    dispose: () => {
      this.#condition.dead = true;
      this.#slot.drop();
    },
  };

  get #position() {
    return { step: this.#trainer.step };
  }

  #requireSession() {
    if (this.#condition.stale || !this.#slot.session) {
      throw new Error('Nothing is loaded yet: wait for the event "ready", or reset to load again.');
    }
  }

  get #settings() {
    return this.#wishes.settings;
  }

  /** @param {import('../protocol.js').RawSettings} values @param {number} order */
  async #change(values, order) {
    if (!this.#engines.any) {
      this.#wishes.ask(values);
      return;
    }
    const { changed, messages } = this.#wishes.change(values);
    const live = changed.filter((key) => this.#wishes.isLive(key));
    let rebuild = this.#condition.stale || live.length < changed.length;
    if (!rebuild && live.length > 0) {
      const refused = this.#slot.live.set(Object.fromEntries(live.map((key) => [key, this.#settings[key]])));
      rebuild = refused.length > 0;
    }
    this.#post({ type: 'settings', settings: this.#settings, messages });
    if (rebuild) await this.#build(order);
    else if (this.#orders.wantsPlay) this.#player.begin();
  }

  /** @param {import('../protocol.js').StopConditions} values */
  #stopWhen(values) {
    this.#stops.set(values);
    this.#evaluator.urgent = values.nfd !== null;
    if (values.nfd !== null) this.#evaluator.automatic = true; // it must be measured to be met
  }

  /** A new session for the present settings, unless a newer command wants another one anyway. @param {number} order
   * @param {Uint8Array<ArrayBuffer> | null} [checkpoint] @returns {Promise<void>} */
  async #build(order, checkpoint = null) {
    this.#condition.stale = true;
    if (order < this.#orders.latestBuild) return;
    const attempt = new AbortController();
    this.#orders.attempt = attempt;
    this.#condition.enter('loading');
    try {
      await this.#fitEngine(attempt.signal);
      const start = checkpoint ?? (await this.#trained.fetch());
      const { session, timings, source } = await this.#create(attempt.signal);
      this.#slot.put(session, (message) => this.#deviceLost(message));
      this.#trainer.start(this.#framesPerSecond, source);
      this.#evaluator.start(this.#wishes.firstLandmark);
      this.#stops.clear();
      if (checkpoint) await this.#trainer.load(checkpoint);
      else if (start && !(await this.#trained.load(start))) return await this.#build(order);
      this.#condition.stale = false;
      this.#post({ type: 'ready', info: session.info(), settings: this.#settings, messages: [], timings });
      await this.#trainer.measure();
      this.#condition.enter('paused'); // the page answers `ready` with canvases, and then training starts
    } catch (error) {
      if (!attempt.signal.aborted) this.#orders.wantsPlay = false;
      if (order === this.#orders.latestBuild) this.#condition.enter('stopped');
      if (!attempt.signal.aborted) throw error;
    } finally {
      this.#orders.attempt = null;
    }
  }

  /** Loads the engine that has all games, where the settings ask for one. @param {AbortSignal} signal */
  async #fitEngine(signal) {
    if (this.#wishes.isPair) return;
    this.#progress('Loading the games', 0, null);
    if (!(await this.#engines.whole(String(this.#settings.backend), signal))) return;
    this.#slot.drop(); // sessions are of the engine that made them
    this.#wishes.start(this.#engines.now);
  }

  /** @param {AbortSignal} signal */
  #create(signal) {
    return createSession({
      engine: this.#engines.now,
      files: this.#files,
      origin: this.#wishes.origin,
      settings: this.#settings,
      engineMs: this.#engines.ms,
      signal,
      makeRoom: () => this.#slot.drop(),
      onProgress: (...progress) => this.#progress(...progress),
    });
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  async #load(bytes) {
    if (this.#condition.state !== 'lost') {
      this.#requireSession();
      await this.#player.settle();
      const lacked = await this.#trainer.load(bytes).catch((error) => {
        if (this.#condition.state !== 'lost') throw error;
      });
      if (lacked) this.#post({ type: 'settings', settings: this.#settings, messages: [lacked] });
    }
    // The device went before or meanwhile: the state comes with the next one.
    if (this.#condition.state === 'lost') await this.#restore(bytes);
    this.#evaluator.start(this.#wishes.firstLandmark);
    this.#stops.clear();
    await this.#trainer.show();
    this.#player.rest();
    return this.#position;
  }

  /** @param {string} message */
  #deviceLost(message) {
    if (this.#condition.dead) return;
    const { checkpoint } = this.#trainer;
    this.#slot.drop();
    this.#condition.stale = true;
    this.#post({ type: 'lost', message });
    this.#condition.enter('lost');
    if (!this.#failures.allowsLoss()) return;
    this.#queue
      .run(async () => {
        if (this.#condition.state === 'lost') await this.#restore(checkpoint); // else a newer command has rebuilt already
      })
      .catch((error) => this.fail(error));
  }

  /** A session on another device, in a state that was kept. @param {Uint8Array<ArrayBuffer> | null} checkpoint */
  async #restore(checkpoint) {
    await this.#build(this.#orders.latestBuild, checkpoint);
    if (!this.#condition.stale) this.#post({ type: 'restored', step: this.#trainer.step });
  }

  /**
   * @param {any} error  whatever was thrown: by the engine, the browser or us
   * @param {boolean} [quiet]  whoever asked says it better
   */
  fail(error, quiet) {
    this.#failures.report(error, quiet);
  }

  /** @param {import('../protocol.js').State} state */
  #tell(state) {
    this.#stops.playing = state === 'playing';
    this.#post({ type: 'state', state, ...this.#position });
  }

  /** @param {string} label @param {number} done @param {number | null} total */
  #progress(label, done, total) {
    this.#post({ type: 'progress', label, done, total, unit: 'count' });
  }
}
