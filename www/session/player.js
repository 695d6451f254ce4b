/** Trains: turn after turn, or so many steps, or a phase; at rest it measures and keeps what there is. */

import { nextTask } from './queue.js';
import { DeviceLost } from './slot.js';

export class Player {
  #queue;
  #slot;
  #condition;
  #orders;
  #trainer;
  #evaluator;
  #speed;
  #stops;
  #post;
  #fail;
  #looping = false;
  #evaluating = false;

  /**
   * @param {{ queue: import('./queue.js').Queue, slot: import('./slot.js').SessionSlot, condition: import('./condition.js').Condition,
   *   orders: import('./orders.js').Orders, trainer: import('./trainer.js').Trainer,
   *   evaluator: import('./evaluator.js').Evaluator, speed: import('./speed.js').Speed, stops: import('./stops.js').Stops,
   *   post(event: import('../protocol.js').Event): void, fail(error: unknown): void }} parts
   */
  constructor({ queue, slot, condition, orders, trainer, evaluator, speed, stops, post, fail }) {
    this.#queue = queue;
    this.#slot = slot;
    this.#condition = condition;
    this.#orders = orders;
    this.#trainer = trainer;
    this.#evaluator = evaluator;
    this.#speed = speed;
    this.#stops = stops;
    this.#post = post;
    this.#fail = fail;
  }

  begin() {
    if (this.#condition.state === 'playing') return;
    this.#trainer.resume();
    this.#condition.enter('playing');
    if (!this.#looping) this.#turns();
  }

  /** One queued turn after another, with room for commands between them. */
  async #turns() {
    this.#looping = true;
    try {
      while (this.#orders.wantsPlay && this.#condition.state === 'playing' && !this.#condition.dead) {
        await this.#queue.run(() => this.#turn());
        await this.#speed.rest();
      }
    } catch (error) {
      if (!(error instanceof DeviceLost)) this.#orders.wantsPlay = false;
      this.#fail(error);
      if (this.#condition.state === 'playing') this.rest();
    } finally {
      this.#looping = false;
    }
  }

  async #turn() {
    if (!this.#orders.wantsPlay || this.#condition.state !== 'playing') return;
    const started = performance.now();
    const most = Math.min(this.#speed.most, this.#stops.most(this.#trainer.step));
    this.#speed.ran(await this.#trainer.run('both', most, this.#stops.watches), started);
    if (this.#speed.isSlow) await this.#trainer.tell();
    this.#evaluator.trained(performance.now() - started);
    if (this.#trainer.checkpointDue) await this.#trainer.keepCheckpoint();
    if (this.#trainer.broken) await this.settle();
    else if (this.#evaluator.due) await this.#evaluate();
    await this.#stopIfDue();
  }

  async #stopIfDue() {
    const stopped = this.#stops.take(this.#trainer.step);
    if (!stopped || this.#condition.state !== 'playing') return;
    this.#orders.wantsPlay = false;
    await this.settle();
    this.#post(stopped);
  }

  /**
   * Exactly `n` steps, unless another command ends them.
   * @param {number} n
   * @param {import('../protocol.js').Only} only
   * @param {number} order  of the command
   */
  async step(n, only, order) {
    this.#condition.enter('stepping');
    this.#trainer.resume();
    let left = n;
    while (left > 0 && !this.#orders.endSteps(order) && !this.#trainer.broken) {
      left -= await this.#trainer.run(only, left);
      await nextTask();
    }
    await this.#trainer.show(only);
    this.rest();
  }

  /** One step of both; what its updates did. */
  async stepClosely() {
    this.#condition.enter('stepping');
    const updates = await this.#trainer.stepClosely();
    this.rest();
    return updates;
  }

  /**
   * One network learns alone.
   * @param {import('../protocol.js').Learner} learner
   * @param {number | null} until  null: as the story has it
   * @param {number | null} limit  steps at most
   * @param {number} order  of the command
   * @returns {Promise<Omit<import('../protocol.js').PhaseEnd, 'step'>>}
   */
  async phase(learner, until, limit, order) {
    /** @type {import('../protocol.js').Phase} */
    let phase = await this.#slot.call((session) => session.beginPhase(learner, until, limit));
    this.#condition.enter('phase');
    this.#trainer.resume();
    while (!phase.ended && !this.#orders.endPhase(order) && !this.#trainer.broken) {
      await this.#trainer.run(learner, phase.limit - phase.done, true);
      phase = this.#trainer.phase ?? phase;
      await nextTask();
    }
    if (!phase.ended) this.#slot.live.endPhase();
    await this.#trainer.show(learner);
    this.rest();
    return { ended: phase.ended ?? 'stopped', done: phase.done, value: phase.value };
  }

  async #evaluate() {
    try {
      if (await this.#evaluator.slice()) await this.#trainer.consult();
    } catch (error) {
      this.#fail(error); // what cannot be measured can be trained all the same
    }
  }

  /** At rest what is to be measured is measured, a slice at a time, so that commands do not wait. */
  async evaluateAtRest() {
    if (this.#evaluating) return;
    this.#evaluating = true;
    const resting = () =>
      this.#condition.state === 'paused' && !this.#condition.stale && !this.#condition.dead && this.#evaluator.busy;
    try {
      await this.#evaluator.prepare();
      while (resting()) {
        await this.#queue.run(async () => {
          if (resting()) await this.#evaluate();
        });
        await nextTask();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#evaluating = false;
    }
  }

  /** The present state for the page to keep. A run that turns out to be broken by that comes to rest. */
  async snapshot() {
    const taken = await this.#trainer.snapshot();
    if (this.#trainer.broken) await this.settle();
    return taken;
  }

  /** Brings a playing session to rest. */
  async settle() {
    if (this.#condition.state !== 'playing') return;
    await this.#trainer.show();
    this.rest();
  }

  rest() {
    this.#condition.enter('paused');
    this.evaluateAtRest();
    const { step } = this.#trainer;
    // Keep this state, but later: nobody should wait for it, and something newer may come.
    setTimeout(() => {
      this.#queue
        .run(async () => {
          if (this.#condition.state === 'paused' && this.#trainer.step === step && !this.#condition.dead)
            await this.#trainer.keepCheckpoint();
        })
        .catch((error) => this.#fail(error));
    }, 250);
  }

  /** After an alarm: looks for the cause, a little at a time, so that commands do not wait. */
  explain() {
    this.#queue
      .run(() => !this.#condition.dead && !this.#condition.stale && this.#trainer.explain())
      .then(
        async (more) => {
          if (!more) return;
          await nextTask();
          this.explain();
        },
        (error) => this.#fail(error),
      );
  }
}
