/** What pages and workers find in their global object beside the browser's own. */

export {};

declare global {
  /** What the engine said when it trapped. */
  var ganvasPanic: string | undefined;
  /** Only a release build has these, and fills in their names. */
  const HAS_THREADS: boolean | undefined;
  const HAS_RELAXED: boolean | undefined;
}
