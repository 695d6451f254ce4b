/** What the page of measurements has measured. */

import type { Timing } from '../www/bench/measure.js';

/** What an engine did with a piece of work: timed, started cold, or failed. */
export interface Found extends Partial<Timing> {
  problem?: string;
  difference?: number;
  firstMs?: number;
  losses?: unknown[];
  coldMs?: number;
  bytes?: number;
  unpackedBytes?: number;
  files?: number;
}

export interface Row {
  key: string;
  what: string;
  flops: number;
  bytes?: number;
  engines: Record<string, Found>;
}

export interface Device {
  peakGflops?: number;
  copyGbPerSecond?: number;
  [fact: string]: unknown;
}

export interface Named {
  key: string;
  name: string;
}

export interface Results {
  begun: string | null;
  finished: string | null;
  device: Device | null;
  engines: Named[];
  work: Row[];
  problems: string[];
}

export interface Line {
  engine: string;
  cells: string[];
  problem?: string;
}

export interface Table {
  caption: string;
  titles: string[];
  rows: { work: string; lines: Line[] }[];
}
