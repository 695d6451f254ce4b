/** What ways-back.js loads, in one file. */

export { Exhibit } from './exhibit.js';
export { Keeper } from './keeper.js';
export { Scrubber } from './scrubber.js';
export { Undo } from './undo.js';
