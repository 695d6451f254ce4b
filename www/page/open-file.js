/**
 * Opening a saved run: where it was saved with other settings than those of now, both are listed and the visitor chooses.
 * The engine has the last word on whether a file fits; here only what the file says of itself is read.
 */

/** @import { Host } from '../../types/page.js' */
/** @import { Settings, Tables } from '../protocol.js' */

import { openDialog } from './dialog.js';
import { h } from './dom.js';

/** @typedef {{ key: string, name: string, saved: string, own: string }} Difference */

/** A header beyond that is no saved run's. */
const LONGEST_HEADER = 1 << 20;

/**
 * What a safetensors file says of itself, as words; null where it says nothing that can be read.
 * @param {Blob} file
 * @returns {Promise<Record<string, string> | null>}
 */
async function wordsOf(file) {
  const start = new DataView(await file.slice(0, 8).arrayBuffer());
  if (start.byteLength < 8) return null;
  const length = start.getBigUint64(0, true);
  if (length > LONGEST_HEADER) return null;
  try {
    return JSON.parse(await file.slice(8, 8 + Number(length)).text()).__metadata__ ?? null;
  } catch {
    return null;
  }
}

/**
 * What a run was saved with and is otherwise now, in the order of the settings.
 * @param {Record<string, string>} words
 * @param {Settings} settings
 * @param {Tables} tables
 * @returns {Difference[]}
 */
function differencesOf(words, settings, tables) {
  return tables.settings
    .filter((setting) => isOfRun(setting) && setting.key in words && setting.key in settings)
    .filter(({ key }) => !isSame(words[key], settings[key]))
    .map(({ key, name }) => ({ key, name, saved: words[key], own: String(settings[key]) }));
}

/** Whether what is learned depends on it. @param {Tables['settings'][number]} setting */
const isOfRun = ({ key, group }) => group !== 'run' || ['seed', 'start'].includes(key);

/** Numbers are compared as such: the file may write them otherwise. @param {string} saved @param {string | number} own */
function isSame(saved, own) {
  if (saved === String(own)) return true;
  return saved.trim() !== '' && String(own).trim() !== '' && Number(saved) === Number(own);
}

/**
 * Opens a saved run, after a question where it was saved with other settings.
 * @param {Host} host
 * @param {Blob} file
 * @returns {Promise<void>}  as soon as it is opened or the question stands
 */
export async function openFile(host, file) {
  const { settings, tables } = host;
  const words = tables && (await wordsOf(file));
  if (!tables || !words?.preset) return void (await host.load(file)); // the engine says what is wrong with it
  const [saved, own] = [words.preset, settings.preset].map((key) =>
    tables.presets.find((preset) => preset.key === key),
  );
  if (saved && saved !== own) {
    // The settings that it was saved with are those of its own preset.
    const text = `It is a run of “${saved.name}”; here is “${own?.name}”, whose networks are others.`;
    return ask(host, file, words, text, []);
  }
  const differences = differencesOf(words, settings, tables);
  if (differences.length === 0) return void (await host.load(file));
  return ask(host, file, words, 'It was saved with other settings than those of now.', differences);
}

/**
 * @param {Host} host @param {Blob} file @param {Record<string, string>} words @param {string} text
 * @param {Difference[]} differences
 */
function ask(host, file, words, text, differences) {
  const { tables } = host;
  const keys = tables?.settings.filter(isOfRun).map(({ key }) => key) ?? [];
  const saved = Object.fromEntries(keys.filter((key) => key in words).map((key) => [key, words[key]]));
  /** @param {string} label @param {string} kind @param {() => Promise<unknown>} action */
  const choice = (label, kind, action) =>
    h(
      'button',
      {
        type: 'button',
        class: `button ${kind}`,
        on: {
          click: (event) => {
            /** @type {HTMLElement} */ (event.currentTarget).closest('dialog')?.close();
            action().catch(() => {}); // a notice says it
          },
        },
      },
      label,
    );
  const isOther = differences.length === 0;
  const name = tables?.presets.find(({ key }) => key === words.preset)?.name;
  const take = choice(
    isOther ? `Switch to \u201c${name}\u201d` : 'Take the file\u2019s settings',
    'primary',
    async () => {
      await host.set({ ...saved, preset: words.preset });
      await host.load(file);
    },
  );
  /** @param {Difference} difference */
  const row = ({ name, saved, own }) =>
    h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, saved || 'none'), h('td', {}, own || 'none'));
  const head = h('tr', {}, ...['Setting', 'In the file', 'Now'].map((name) => h('th', { scope: 'col' }, name)));
  const [table, note, other] =
    differences.length > 0
      ? [
          [h('table', { class: 'differences' }, h('thead', {}, head), h('tbody', {}, ...differences.map(row)))],
          'With yours it goes on from the saved weights, if the networks are of the same shapes; if not, nothing changes and a message says why.',
          choice('Keep mine', '', () => host.load(file)),
        ]
      : [[], 'Your current run ends; Undo brings it back.', choice('Cancel', '', async () => {})];
  openDialog(
    host,
    `Open the run of step ${words.step ?? '?'}`,
    h('p', {}, text),
    ...table,
    h('p', { class: 'note' }, `With the file\u2019s settings it goes on as it would have. ${note}`),
    h('div', { class: 'buttons' }, take, other),
  );
}
