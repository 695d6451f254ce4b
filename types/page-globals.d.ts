/** What pages find in their global object beside the browser's own. */

import type { results, run } from '../www/bench/bench.js';
import type { GanPlayground } from '../www/gan-playground.js';

declare global {
  interface HTMLElementTagNameMap {
    'gan-playground': GanPlayground;
  }

  /** The worker that start.js made before the page's own scripts came. */
  var ganvasWorker: Worker | undefined;
  /** Defined by its script, once that has loaded. */
  var uPlot: typeof import('uplot');
  /** Of the page that measures, for whoever drives it from outside. */
  var ganvasBench: { results: typeof results; run: typeof run };
}
