/** A modal dialog: the browser keeps the focus in it and closes it with Escape. */

/** @import { Host } from '../../types/page.js' */

import { h, icon, uniqueId } from './dom.js';

/**
 * Opens a dialog within the playground; it is gone when it is closed, and the focus goes back to where it was.
 * @param {Host} host
 * @param {string} title
 * @param {...Node} content
 */
export function openDialog(host, title, ...content) {
  const id = uniqueId('dialog');
  const close = h(
    'button',
    { type: 'button', class: 'button quiet square', 'aria-label': 'Close', on: { click: () => dialog.close() } },
    icon('close'),
  );
  const dialog = h(
    'dialog',
    { class: 'dialog', 'aria-labelledby': id, on: { close: () => dialog.remove() } },
    h('header', {}, h('h2', { id }, title), close),
    ...content,
  );
  host.shadowRoot.querySelector('.app')?.append(dialog);
  dialog.showModal();
}
