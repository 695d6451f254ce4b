/** What ways-back.js loads, in one file. */

export { Exhibit } from './exhibit.js';
export { Keeper } from './keeper.js';
export { Undo } from './undo.js';
