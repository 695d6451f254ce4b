/** Brings the main run to a kept state. */

/** @import { Context } from '../../types/page.js' */
/** @import { Settings } from '../protocol.js' */

/**
 * Sets the settings and loads the networks; the run is then at rest there. While it is under way `context.travelling` is
 * true: what the panels hear in that time is no training.
 *
 * @param {Context} context
 * @param {{ settings: Settings, bytes: Uint8Array<ArrayBuffer> }} target
 * @throws {Error} why it failed; the settings may have changed by then
 */
export async function travel(context, { settings, bytes }) {
  const { host, actions, request } = context;
  const differing = () => Object.keys(settings).filter((key) => !same(settings[key], host.settings[key]));
  context.travelling = true;
  try {
    // After a failure there is no session: a new engine, or another attempt.
    if (['failed', 'stopped'].includes(host.status.state)) await host.reset();
    const isLoading = host.status.state === 'loading';
    const paused = host.pause();
    if (isLoading)
      paused.catch(() => {}); // what loads is not waited for, as it will not be needed
    else await paused;
    // It may also be of other settings than those that the page knows of.
    if (isLoading || differing().length > 0) await actions.set(settings);
    const [refused] = differing();
    if (refused) throw new Error(`The engine does not take ${settings[refused]} for ${refused} here`);
    await request({ type: 'load', bytes, quiet: true });
  } finally {
    context.travelling = false;
  }
}

/** The engine's numbers have 32 bits. @param {string | number | null} a @param {string | number} b */
export const same = (a, b) => (typeof a === 'number' ? Math.fround(a) === Math.fround(Number(b)) : a === b);
