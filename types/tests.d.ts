/** What the browser tests see of the page. */

import type { Run } from '../www/page/run.js';
import type { Host } from './page.js';

/** What tests put into a page. Any: they ask for what they expect. */
declare global {
  var axe: { run(context: Document, options: object): Promise<{ violations: any[] }> };
  var events: any[];
  var ask: (method: string, ...args: unknown[]) => Promise<any>;
  var reached: [step: number, ms: number][];
  var reports: string[];
  var intruder: unknown;
  var visitMarks: Record<string, number>;
  var spoilt: boolean;
  var engineMemory: WebAssembly.Memory;
  var gpuBytes: number;
}

export type Status = Run['status'];

/** The element, with what `record` of tests/browser/harness.js writes down. */
export type Playground = Host & {
  // Notes of single tests.
  kept?: Blob;
  turns?: number[];
  // Any: events differ in what they hold, and tests ask for what they expect.
  seen: { name: string; detail: any }[];
  rows: number[][];
};
