/** Where the training data comes from, and what the run occupies. */

import { facts, formatBytes, formatCount, h } from './dom.js';
import { GROUPS } from './groups.js';

export class DataPanel {
  element;
  #list = h('dl', { class: 'facts' });
  #note = h('p', { class: 'data-note', hidden: true });

  constructor() {
    this.element = h(
      'section',
      { class: 'panel data', 'aria-label': 'Data' },
      h('h2', {}, 'Data'),
      this.#note,
      this.#list,
    );
  }

  /** @param {import('../protocol.js').Info} info */
  info({ classesFrom, data, memoryBytes, batchSize, latentDim, dispatches, backend, isPair }) {
    const what = data.form === 'point' ? 'points' : 'images';
    this.#note.hidden = !data.note;
    this.#note.textContent = data.note ?? '';
    this.#note.classList.toggle('generated', data.generated);
    /** @type {([string, Node | string] | null)[]} */
    const rows = [
      ['Name', data.name],
      [
        what === 'points' ? 'Points' : 'Images',
        `${formatCount(data.count)} for training${data.testCount ? `, ${formatCount(data.testCount)} kept aside for tests` : ''}`,
      ],
      data.made ? ['Made', data.made] : null,
      ['File', data.sizeBytes ? formatBytes(data.sizeBytes) : 'none: made in this tab'],
      data.checksum ? ['SHA-256', h('code', {}, data.checksum)] : null,
      classesFrom && GROUPS[classesFrom] ? ['Classes', GROUPS[classesFrom]] : null,
      ['Source', linked(data.source)],
      data.licence ? ['Licence', linked(data.licence)] : null,
      [
        'Batch',
        `${formatCount(batchSize)} ${what}${latentDim ? `; each forgery is made from ${formatCount(latentDim)} ${latentDim === 1 ? 'random number' : 'random numbers'}` : ''}`,
      ],
      ['Memory of the run', `${formatBytes(memoryBytes)}${backend === 'gpu' ? ' on the graphics device' : ''}`],
    ];
    if (dispatches)
      rows.push([
        'Dispatches',
        isPair
          ? `${formatCount(dispatches.discriminator)} for the discriminator's update, ${formatCount(dispatches.generator)} for the generator's`
          : `${formatCount(dispatches.discriminator)} for the detective's turn, ${formatCount(dispatches.generator)} for the forger's`,
      ]);
    facts(
      this.#list,
      rows.filter((row) => row !== null),
    );
  }
}

/** An address becomes a link; any other text stays as it is. @param {string} text */
function linked(text) {
  if (!/^https?:\/\/\S+$/.test(text ?? '')) return text || '\u2013';
  return h('a', { href: text, target: '_blank', rel: 'noopener' }, text);
}
