/** What pages and workers find in their global object beside the browser's own. */

export {};

declare global {
  /** What the engine said when it trapped. */
  var ganvasPanic: string | undefined;
  /** Only a release build has these, and fills in their names. */
  const THREADED_ENGINE: string | undefined;
  const RELAXED_MODULE: string | undefined;
}
