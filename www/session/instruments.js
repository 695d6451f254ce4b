/**
 * Commands that only look at the session: by type, a function of the session and the command whose value is the reply.
 * They run between steps and wish nothing for the training.
 *
 * @type {Record<string, (session: object, command: object) => any>}
 */
export const INSTRUMENTS = {
  draw: (session) => session.draw(),
};
