/** @typedef {import('../../types/engine.js').Session} Session */

/** A refusal is part of the answer: the run may have become another one since the question was asked. */
const answer =
  /**
   * @template C, R
   * @param {(session: Session, command: C, step: number) => Promise<R> | R} ask
   * @returns {(session: Session, command: C, step: number) => Promise<R | import('../protocol.js').Refusal>}
   */
  (ask) => async (session, command, step) => {
    try {
      return await ask(session, command, step);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      return { problem: error.message };
    }
  };

/**
 * Commands that only look at the session: by type, a function of the session and the command whose value is the reply.
 * They run between steps and wish nothing for the training. The third argument is the step that the run stands at.
 *
 * @typedef {'plan' | 'profile' | 'samples' | 'inside' | 'generate' | 'ask' | 'slide' | 'pageLatents' | 'plane' | 'draw'} InstrumentType
 * @type {{ [T in InstrumentType]: (session: Session, command: import('../protocol.js').OrderOf<T>, step: number) =>
 *   import('../protocol.js').Answer<T> }}
 */
export const INSTRUMENTS = {
  plan: async (session) => ({ plans: session.plans() }),
  profile: answer(async (session) => session.profile()),
  samples: async (session, { n, seed, label }, step) => ({ step, ...(await session.samples(n, seed, label)) }),
  inside: (session, { overview, tile, kind, averages }) =>
    session.inside(overview, tile ?? undefined, kind === 'real', averages),
  generate: answer(async (session, { latents, labels }) => {
    await session.follow();
    return { examples: session.generate(latents, labels) };
  }),
  ask: answer(async (session, { probe, inputs }, step) => ({ step, ...(await session.ask(probe, inputs)) })),
  slide: answer(async (session, { key, value }) => {
    await session.setInput(key, value);
    return { value };
  }),
  pageLatents: answer((session) => session.pageLatents()),
  plane: answer(async (session) => {
    await session.follow();
    return session.plane();
  }),
  draw: (session) => session.draw(),
};
