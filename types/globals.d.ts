/** What scripts find in their global object beside the browser's own. */

export {};

declare global {
  /** The worker that start.js made before the page's own scripts came. */
  var ganvasWorker: Worker | undefined;
  /** What the engine said when it trapped. */
  var ganvasPanic: string | undefined;
  /** Only a release build has these, and fills in their names. */
  const THREADED_ENGINE: string | undefined;
  const RELAXED_MODULE: string | undefined;
}
