/** What the controls do. */

/** @import { Actions, Host } from '../../types/page.js' */
/** @import { RawSettings, Request } from '../protocol.js' */

import { download } from './dom.js';

/** Of a network that learns alone in a game without phases; as many as a phase has at most. */
const PHASE_STEPS = 2_000;

/** For calls whose failure the worker also reports as an event. */
export function ignore() {}

/**
 * @param {Host} host
 * @param {{ ask(values: RawSettings): Promise<void>, remedy(action: string): void, request: Request,
 *   run: import('./run.js').Run, emit(name: string, detail: object): void }} inner
 *   ask: for other settings, as a visitor; run: what is known of it; emit: an event of the element
 * @returns {Actions}
 */
export const actionsOf = (host, { ask, remedy, request, run, emit }) => ({
  play: () => host.play().catch(ignore),
  toggle: () => host.toggle().catch(ignore),
  step: (only) => host.step(1, { only }).catch(ignore),
  steps: (only) => host.step(PHASE_STEPS, { only }).catch(ignore),
  phase: (learner) => host.phase(learner).catch(ignore),
  evaluate: () => host.evaluate().catch(ignore),
  reset: () => host.reset().catch(ignore),
  undo: () => host.undo().catch(ignore),
  cancel: () => request({ type: 'cancel' }).catch(ignore),
  change: (values) => ask(values).catch(ignore),
  set: ask,
  remedy,
  save: async () => {
    const saved = await request({ type: 'save' }).catch(ignore);
    if (saved) download(saved.bytes, `ganvas-${saved.preset}-step-${saved.step}.safetensors`);
  },
  plan: () => request({ type: 'plan' }),
  request,
  run,
  tellUndoable: (message) => emit('undoable', { message }),
});
