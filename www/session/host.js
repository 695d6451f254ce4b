/**
 * Owns the one session of this worker: builds it, trains it, brings it back when its device is lost.
 *
 * Commands are handled strictly one after another, never while an engine call is under way. What a
 * command wishes (play, pause, start over) is noted the moment it arrives, so that it also stops the
 * work in front of it.
 */

import { createSession } from './creation.js';
import { Files } from './dataset.js';
import { engineLoader } from './engine.js';
import { Evaluator } from './evaluator.js';
import { INSTRUMENTS } from './instruments.js';
import { Queue, buffersOf, nextTask } from './queue.js';
import { DeviceLost, SessionSlot } from './slot.js';
import { Speed } from './speed.js';
import { Stops } from './stops.js';
import { Trainer } from './trainer.js';
import { Wishes } from './wishes.js';

const MOST_LOSSES = 3; // of the device within a minute, before we stop trying
const RESTART = { label: 'Restart the engine', action: 'restart' };
const USE_CPU = { label: 'Train on the CPU instead', action: 'cpu' };

const UNSEEN_FRAMES = 0.05; // pictures a second where nobody sees them

const BUILDS = new Set(['init', 'reset', 'settings']);
const STOPS_TRAINING = new Set(['pause', 'step', 'stepClosely', 'phase', 'reset', 'cancel', 'load', 'restore']);
const STOPS_STEPS = new Set([...STOPS_TRAINING, ...BUILDS, 'play', 'dispose'].filter((type) => type !== 'step'));

export class SessionHost {
  #post;
  #queue = new Queue();
  #slot = new SessionSlot();
  #trainer;
  #evaluator;
  #loadEngine = engineLoader(); // begins before the first command comes
  #engine = null;
  #engineMs = 0;
  #wishes = new Wishes();
  #framesPerSecond = 30;
  #speed = new Speed();
  #stops = new Stops();
  #files = new Files((event, transfer) => this.#post(event, transfer));
  /** @type {import('../protocol.js').State} */
  #state = 'loading';
  #wantsPlay = false;
  #looping = false;
  #evaluating = false;
  #order = 0;
  #stopsSteps = 0; // order of the last command that ends a long `step`
  #stopsPhase = 0; // and of the last one that ends a phase
  #latestBuild = 0; // order of the last command that may want another session
  #attempt = null; // aborts the build in progress
  #stale = true; // the session does not stand for the settings
  #lossTimes = [];
  #dead = false;

  /** @param {(event: import('../protocol.js').Event, transfer?: Transferable[]) => void} tell */
  constructor(tell) {
    const post = (event, transfer) => {
      this.#stops.observe(event);
      tell(event, transfer);
    };
    this.#post = post;
    this.#trainer = new Trainer(this.#slot, (event, transfer) => {
      if (event.type === 'alarm') {
        this.#wantsPlay = false;
        this.#explain();
      }
      post(event, transfer);
    });
    this.#trainer.onRows = (rows, width) => this.#stops.rows(rows, width);
    this.#evaluator = new Evaluator(this.#slot, this.#files, post, this.#trainer);
  }

  /** @param {import('../protocol.js').Command} command */
  receive(command) {
    if (this.#dead) {
      this.#reply(command, new Error('The engine has stopped. Restart it first.'));
      return;
    }
    const order = ++this.#order;
    this.#note(command.type, order);
    this.#queue
      .run(() => {
        if (this.#dead) throw new Error('The engine has stopped. Restart it first.');
        const handler = this.#handlers[command.type];
        if (handler) return handler(command, order);
        const instrument = INSTRUMENTS[command.type];
        if (!instrument) throw new Error(`There is no command "${command.type}".`);
        this.#requireSession();
        return this.#slot.call((session) => instrument(session, command, this.#trainer.step));
      })
      .then(
        (value) => this.#reply(command, null, value),
        (error) => {
          this.#reply(command, error);
          this.fail(error, command.quiet);
        },
      );
  }

  /** What takes effect on arrival. */
  #note(type, order) {
    if (BUILDS.has(type)) this.#latestBuild = order;
    if (BUILDS.has(type) || type === 'cancel') this.#attempt?.abort();
    if (STOPS_STEPS.has(type)) this.#stopsSteps = order;
    if (STOPS_STEPS.has(type) || type === 'step') this.#stopsPhase = order;
    if (STOPS_TRAINING.has(type)) this.#wantsPlay = false;
    if (type === 'play') this.#wantsPlay = true;
  }

  #reply({ id }, error, value = {}) {
    if (id === undefined) return;
    if (error) this.#post({ type: 'reply', id, ok: false, error: error.message });
    else this.#post({ type: 'reply', id, ok: true, value }, buffersOf(value));
  }

  #handlers = {
    init: async (
      { raw, play, framesPerSecond, evaluates, stepsPerSecond = null, stops = null, alone = true },
      order,
    ) => {
      this.#wishes.ask(raw, false); // what was set since wins
      this.#wantsPlay ||= play;
      this.#framesPerSecond = framesPerSecond;
      this.#evaluator.automatic = evaluates;
      this.#speed.set(stepsPerSecond);
      if (stops) this.#stopWhen(stops); // a runner of a race has none
      this.#setState('loading');
      this.#progress('Loading the engine', 0, null);
      this.#files.begin(raw);
      this.#engine = await this.#loadEngine(raw.backend, alone);
      this.#engineMs = performance.now(); // since the worker began
      const messages = this.#wishes.start(this.#engine);
      this.#post({ type: 'tables', tables: this.#wishes.tables, settings: this.#settings, messages });
      await this.#build(order);
    },

    attach: async ({ samples, real }) => {
      const { session } = this.#slot;
      if (!session) return;
      if (samples) session.attachCanvas('samples', samples);
      if (real) session.attachCanvas('real', real);
      await this.#trainer.draw();
      if (this.#wantsPlay) this.#begin();
    },

    play: async () => {
      if (this.#stale) await this.#build(this.#latestBuild);
      else if (this.#wantsPlay) this.#begin();
      return this.#position;
    },

    pause: async () => {
      await this.#settle();
      return this.#position;
    },

    step: async ({ n, only }, order) => {
      await this.#settle();
      this.#requireSession();
      this.#setState('stepping');
      this.#trainer.resume();
      let left = n;
      while (left > 0 && this.#stopsSteps < order && !this.#trainer.broken) {
        left -= await this.#trainer.run(only, left);
        await nextTask();
      }
      await this.#trainer.show(only);
      this.#rest();
      return this.#position;
    },

    stepClosely: async () => {
      await this.#settle();
      this.#requireSession();
      this.#setState('stepping');
      const updates = await this.#trainer.stepClosely();
      this.#rest();
      return { ...this.#position, updates };
    },

    speed: ({ stepsPerSecond }) => this.#speed.set(stepsPerSecond),

    stops: ({ values }) => this.#stopWhen(values),

    phase: async ({ learner, until, limit }, order) => {
      await this.#settle();
      this.#requireSession();
      let phase = await this.#slot.call((session) => session.beginPhase(learner, until, limit));
      this.#setState('phase');
      this.#trainer.resume();
      while (!phase.ended && this.#stopsPhase <= order && !this.#trainer.broken) {
        await this.#trainer.run(learner, phase.limit - phase.done, true);
        ({ phase } = this.#trainer);
        await nextTask();
      }
      if (!phase.ended) this.#slot.session.endPhase();
      await this.#trainer.show(learner);
      this.#rest();
      return { ended: phase.ended ?? 'stopped', done: phase.done, value: phase.value, ...this.#position };
    },

    reset: async (_, order) => {
      await this.#build(order);
      return this.#position;
    },

    settings: async ({ values }, order) => {
      await this.#change(values, order);
      return { settings: this.#settings };
    },

    cancel: async () => (this.#stale ? this.#setState('stopped') : this.#settle()),

    save: async () => {
      this.#requireSession();
      return {
        ...this.#position,
        preset: this.#settings.preset,
        bytes: await this.#slot.call((session) => session.save()),
      };
    },

    snapshot: ({ n }) => {
      this.#requireSession();
      return this.#trainer.snapshot(n);
    },

    load: ({ bytes }) => this.#load(bytes),

    restore: () => {
      if (!this.#trainer.checkpoint)
        throw new Error('No earlier good state was kept. Reset starts again from the seed.');
      return this.#load(this.#trainer.checkpoint);
    },

    layers: ({ values }) => this.#engine.describeLayers({ ...this.#settings, ...values }),

    evaluate: () => {
      this.#requireSession();
      this.#evaluator.ask();
      this.#evaluateAtRest();
    },

    seen: ({ visible }) => this.#trainer.frames(visible ? this.#framesPerSecond : UNSEEN_FRAMES),

    loseDevice: () => {
      this.#requireSession();
      this.#slot.session.loseDevice();
    },

    dispose: () => {
      this.#dead = true;
      this.#slot.drop();
    },
  };

  get #position() {
    return { step: this.#trainer.step };
  }

  #requireSession() {
    if (this.#stale || !this.#slot.session) {
      throw new Error('Nothing is loaded yet: wait for the event "ready", or reset to load again.');
    }
  }

  // Settings ---------------------------------------------------------------------------------------

  get #settings() {
    return this.#wishes.settings;
  }

  async #change(values, order) {
    if (!this.#engine) {
      this.#wishes.ask(values);
      return;
    }
    const { changed, messages } = this.#wishes.change(values);
    const live = changed.filter((key) => this.#wishes.isLive(key));
    let rebuild = this.#stale || live.length < changed.length;
    if (!rebuild && live.length > 0) {
      const refused = this.#slot.session.set(Object.fromEntries(live.map((key) => [key, this.#settings[key]])));
      rebuild = refused?.length > 0;
    }
    this.#post({ type: 'settings', settings: this.#settings, messages });
    if (rebuild) await this.#build(order);
    else if (this.#wantsPlay) this.#begin();
  }

  // Building ---------------------------------------------------------------------------------------

  /** A new session for the present settings, unless a newer command wants another one anyway. */
  async #build(order, checkpoint = null) {
    this.#stale = true;
    if (order < this.#latestBuild) return;
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#setState('loading');
    try {
      const { session, timings, source } = await this.#create(attempt.signal);
      this.#slot.put(session, (message) => this.#deviceLost(message));
      this.#trainer.start(this.#framesPerSecond, source);
      this.#evaluator.start(this.#wishes.firstLandmark);
      this.#stops.clear();
      if (checkpoint) await this.#trainer.load(checkpoint);
      this.#stale = false;
      this.#post({ type: 'ready', info: session.info(), settings: this.#settings, messages: [], timings });
      await this.#trainer.measure();
      this.#setState('paused'); // the page answers `ready` with canvases, and then training starts
    } catch (error) {
      if (!attempt.signal.aborted) this.#wantsPlay = false;
      if (order === this.#latestBuild) this.#setState('stopped');
      if (!attempt.signal.aborted) throw error;
    } finally {
      this.#attempt = null;
    }
  }

  #create(signal) {
    return createSession({
      engine: this.#engine,
      files: this.#files,
      settings: this.#settings,
      engineMs: this.#engineMs,
      signal,
      makeRoom: () => this.#slot.drop(),
      onProgress: (...progress) => this.#progress(...progress),
    });
  }

  // Training ---------------------------------------------------------------------------------------

  #begin() {
    if (this.#state === 'playing') return;
    this.#trainer.resume();
    this.#setState('playing');
    if (!this.#looping) this.#turns();
  }

  /** One queued turn after another, with room for commands between them. */
  async #turns() {
    this.#looping = true;
    try {
      while (this.#wantsPlay && this.#state === 'playing' && !this.#dead) {
        await this.#queue.run(() => this.#turn());
        await this.#speed.rest();
      }
    } catch (error) {
      if (!(error instanceof DeviceLost)) this.#wantsPlay = false;
      this.fail(error);
      if (this.#state === 'playing') this.#rest();
    } finally {
      this.#looping = false;
    }
  }

  async #turn() {
    if (!this.#wantsPlay || this.#state !== 'playing') return;
    const started = performance.now();
    const most = Math.min(this.#speed.most, this.#stops.most(this.#trainer.step));
    this.#speed.ran(await this.#trainer.run('both', most, this.#stops.watches), started);
    if (this.#speed.isSlow) await this.#trainer.tell();
    this.#evaluator.trained(performance.now() - started);
    if (this.#trainer.checkpointDue) await this.#trainer.keepCheckpoint();
    if (this.#trainer.broken) await this.#settle();
    else if (this.#evaluator.due) await this.#evaluate();
    await this.#stopIfDue();
  }

  async #stopIfDue() {
    const stopped = this.#stops.take(this.#trainer.step);
    if (!stopped || this.#state !== 'playing') return;
    this.#wantsPlay = false;
    await this.#settle();
    this.#post(stopped);
  }

  /** @param {import('../protocol.js').StopConditions} values */
  #stopWhen(values) {
    this.#stops.set(values);
    this.#evaluator.urgent = values.nfd !== null;
    if (values.nfd !== null) this.#evaluator.automatic = true; // it must be measured to be met
  }

  async #evaluate() {
    try {
      if (await this.#evaluator.slice()) await this.#trainer.consult();
    } catch (error) {
      this.fail(error); // what cannot be measured can be trained all the same
    }
  }

  /** At rest what is to be measured is measured, a slice at a time, so that commands do not wait. */
  async #evaluateAtRest() {
    if (this.#evaluating) return;
    this.#evaluating = true;
    const resting = () => this.#state === 'paused' && !this.#stale && !this.#dead && this.#evaluator.busy;
    try {
      await this.#evaluator.prepare();
      while (resting()) {
        await this.#queue.run(() => resting() && this.#evaluate());
        await nextTask();
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.#evaluating = false;
    }
  }

  /** Brings a playing session to rest. */
  async #settle() {
    if (this.#state !== 'playing') return;
    await this.#trainer.show();
    this.#rest();
  }

  #rest() {
    this.#setState('paused');
    this.#evaluateAtRest();
    const { step } = this.#trainer;
    // Keep this state, but later: nobody should wait for it, and something newer may come.
    setTimeout(() => {
      this.#queue
        .run(async () => {
          if (this.#state === 'paused' && this.#trainer.step === step && !this.#dead)
            await this.#trainer.keepCheckpoint();
        })
        .catch((error) => this.fail(error));
    }, 250);
  }

  async #load(bytes) {
    this.#requireSession();
    await this.#settle();
    await this.#trainer.load(bytes);
    this.#evaluator.start(this.#wishes.firstLandmark);
    this.#stops.clear();
    await this.#trainer.show();
    this.#rest();
    return this.#position;
  }

  /** After an alarm: looks for the cause, a little at a time, so that commands do not wait. */
  #explain() {
    this.#queue
      .run(() => !this.#dead && !this.#stale && this.#trainer.explain())
      .then(
        async (more) => {
          if (!more) return;
          await nextTask();
          this.#explain();
        },
        (error) => this.fail(error),
      );
  }

  // When things go wrong ---------------------------------------------------------------------------

  #deviceLost(message) {
    if (this.#dead) return;
    const { checkpoint } = this.#trainer;
    this.#slot.drop();
    this.#stale = true;
    this.#post({ type: 'lost', message });
    this.#setState('lost');
    const now = performance.now();
    this.#lossTimes = [...this.#lossTimes.filter((time) => time > now - 60_000), now];
    if (this.#lossTimes.length >= MOST_LOSSES) {
      this.#wantsPlay = false;
      this.#setState('stopped');
      this.#post({
        type: 'error',
        message: 'The GPU device was lost again and again: its driver may be unstable or out of memory.',
        remedy: USE_CPU,
        fatal: false,
      });
      return;
    }
    this.#queue
      .run(async () => {
        if (this.#state !== 'lost') return; // a newer command has rebuilt already
        await this.#build(this.#latestBuild, checkpoint);
        if (!this.#stale) this.#post({ type: 'restored', step: this.#trainer.step });
      })
      .catch((error) => this.fail(error));
  }

  /**
   * Every error ends here, once: a trap kills the engine, and a lost device is told by itself.
   * @param {boolean} [quiet]  whoever asked says it better
   */
  fail(error, quiet = false) {
    if (this.#dead || error instanceof DeviceLost) return;
    if (error instanceof WebAssembly.RuntimeError || self.ganvasPanic) {
      // The engine has trapped: its memory can no longer be trusted, so nothing of it is called again.
      this.#die(`The engine stopped at an inner error: ${self.ganvasPanic ?? error.message}`);
    } else if (!this.#engine) {
      this.#die(error.message);
    } else if (!quiet) {
      const remedy = !this.#slot.session && this.#settings?.backend === 'gpu' ? USE_CPU : null;
      this.#post({ type: 'error', message: error?.message ?? String(error), remedy, fatal: false });
    }
  }

  #die(message) {
    this.#dead = true;
    this.#wantsPlay = false;
    this.#setState('failed');
    this.#post({ type: 'error', message, remedy: RESTART, fatal: true });
  }

  #setState(state) {
    this.#state = state;
    this.#stops.playing = state === 'playing';
    this.#post({ type: 'state', state, ...this.#position });
  }

  #progress(label, done, total, unit = 'count') {
    this.#post({ type: 'progress', label, done, total, unit });
  }
}
