/** Holds what wasm-bindgen wrote against engine.d.ts: compiled when there is a build, see xtask/src/scripts.rs. */

import * as built from '../target/relaxed/declared/ganvas-whole.js';
import type { Engine, Session } from './engine.js';

/** wasm-bindgen says of bytes not that they are a copy of their own, and of a list not how long it is. */
interface Written extends Omit<Session, 'save' | 'stepClosely'> {
  save(): Promise<Uint8Array>;
  stepClosely(): Promise<unknown[]>;
}

export const engine: Omit<Engine, 'Session' | 'exportOnnx'> & {
  exportOnnx(...values: Parameters<Engine['exportOnnx']>): Uint8Array;
  Session: { create(...values: Parameters<Engine['Session']['create']>): Promise<Written> };
} = built;
