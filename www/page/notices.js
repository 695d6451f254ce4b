/** Messages that a visitor can act on and dismiss. */

import { h, icon } from './dom.js';

export class Notices {
  element = h('div', { class: 'notices', role: 'region', 'aria-label': 'Messages' });
  #onRemedy;

  /** @param {(action: string) => void} onRemedy */
  constructor(onRemedy) {
    this.#onRemedy = onRemedy;
  }

  /**
   * @param {'note' | 'warning' | 'error'} kind
   * @param {string} message
   * @param {{ remedies?: { label: string, action: string | (() => void) }[], passing?: boolean, topic?: string }} [options]
   *   passing: the message has had its day as soon as a session runs again
   *   topic: the message takes the place of an earlier one on it
   */
  show(kind, message, { remedies = [], passing = false, topic } = {}) {
    if (this.#all.some((notice) => notice.dataset.message === message)) return;
    if (topic) this.clear(topic);
    const notice = h('div', { class: `notice ${kind}`, role: kind === 'note' ? 'status' : 'alert', data: { message } });
    if (topic) notice.dataset.topic = topic;
    if (passing) notice.classList.add('passing');
    const remove = () => notice.remove();
    notice.append(
      h('p', {}, message),
      ...remedies.map(({ label, action }) =>
        h(
          'button',
          {
            type: 'button',
            class: 'button',
            on: {
              click: () => {
                remove();
                if (typeof action === 'function') action();
                else this.#onRemedy(action);
              },
            },
          },
          label,
        ),
      ),
      h(
        'button',
        { type: 'button', class: 'button quiet square', 'aria-label': 'Dismiss this message', on: { click: remove } },
        icon('close'),
      ),
    );
    this.element.append(notice);
  }

  get #all() {
    return /** @type {HTMLElement[]} */ ([...this.element.children]);
  }

  /** @param {string} topic  that has had its day */
  clear(topic) {
    for (const notice of this.#all) if (notice.dataset.topic === topic) notice.remove();
  }

  /** A session runs again. */
  clearPassing() {
    for (const notice of this.element.querySelectorAll('.passing')) notice.remove();
  }
}
