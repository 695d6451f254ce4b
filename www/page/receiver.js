/** What becomes of the worker's events: each goes to what is known of the run, to the view, and to listeners of the element. */

/** @import { EventOf, Settings, Told } from '../protocol.js' */

/**
 * @typedef {{ run: import('./run.js').Run, view: import('./view.js').PlaygroundView, attach(): void,
 *   settingsChanged(): void, emit(name: string, detail: object): void }} Receiving
 *   attach: gives a new session its canvases; settingsChanged: without a new session; emit: dispatches an event
 */

/** @param {Receiving} element @param {Told} event */
export function receive(element, event) {
  /** @type {(element: Receiving, event: Told) => void} */ (HANDLERS[event.type])(element, event);
}

/** @type {{ [T in Told['type']]: (element: Receiving, event: EventOf<T>) => void }} */
const HANDLERS = {
  tables: ({ run, view }, { tables, settings, messages }) => {
    run.tables = tables;
    run.settings = { ...settings };
    view.tables(tables, settings);
    for (const message of messages) view.notices.show('warning', message);
  },

  settings: ({ run, view, settingsChanged }, { settings, messages }) => {
    run.settings = { ...settings };
    view.settings(settings);
    for (const message of messages) view.notices.show('warning', message);
    settingsChanged();
  },

  progress: ({ view, emit }, event) => {
    view.stage.progress(event);
    const { label, done, total, unit } = event;
    emit('progress', { label, done, total, unit });
  },

  preview: ({ view }, images) => view.stage.preview(images),

  ready: ({ run, view, attach, emit }, event) => {
    const { info, settings, timings } = event;
    run.ready(event);
    view.ready(info, settings);
    if (!run.recovering) view.clearHistory();
    run.recovering = false;
    attach();
    emit('ready', { info, settings: { ...settings }, timings });
  },

  metrics: ({ run, view, emit }, event) => {
    const { d_loss, g_loss, d_real, d_fake } = run.measured(event);
    const { type: _, ...metrics } = event;
    view.metrics(metrics, run.state);
    emit('metrics', { ...metrics, losses: { d_loss, g_loss }, metrics: { d_real, d_fake } });
  },

  evaluation: ({ run, view, emit }, { share, result, problem }) => {
    view.evaluation(share, result, problem);
    if (problem) run.rejectEvaluations(problem);
    if (!result) return;
    run.evaluated(result);
    emit('evaluation', result);
  },

  doctor: ({ run, view, emit }, { findings }) => {
    run.findings = findings;
    view.findings(findings);
    emit('doctor', { findings });
  },

  pulse: ({ view }, gradients) => view.pulse(gradients),

  tuned: ({ view }, { message }) => view.tuned(message),

  state: ({ run, view }, { state, step }) => {
    run.state = state;
    run.step = step;
    if (state === 'stopped' || state === 'failed') run.wantsPlay = false;
    view.state(state, run.wantsPlay, step);
  },

  stopped: ({ run, view, emit }, event) => {
    run.wantsPlay = false;
    view.stopped(event);
    const { reason, step, value, message } = event;
    emit('stopped', { reason, step, value, message });
  },

  alarm: ({ run, view, emit }, { message, step, remedies }) => {
    run.wantsPlay = false;
    view.notices.show('error', message, { remedies, passing: true, topic: 'alarm' });
    emit('alarm', { message, step });
  },

  lost: ({ run, view, emit }, { message }) => {
    run.recovering = true; // the curves up to the last kept state stay
    view.notices.show('warning', `The graphics device was lost (${message}). The run is being rebuilt.`, {
      passing: true,
    });
    emit('lost', { message });
  },

  restored: ({ view, emit }, { step }) => {
    view.restored(step);
    emit('restored', { step });
  },

  error: ({ run, view, emit }, { message, remedy, fatal }) => {
    if (fatal) run.rejectEvaluations(message);
    view.notices.show('error', message, { remedies: remedy ? [remedy] : [], passing: true });
    emit('error', { message, fatal });
  },
};
