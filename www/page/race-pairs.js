/** Pairs of runs that are ready to race, and what runners are called: by what differs. */

/** @import { Choice, SettingRow } from '../../types/engine.js' */
/** @import { RawSettings, Settings, SomeSettings, Tables } from '../protocol.js' */

/**
 * What sets a runner apart from the settings that all begin with; name: if there is a better one than these values.
 * @typedef {{ values: SomeSettings, name?: string }} Variant
 * @typedef {{ name: string, preset: string, variants: [Variant, Variant] }} Pair
 *   preset: whose settings both begin with
 */

/** @param {string} name @param {string} preset @param {string} first @param {SomeSettings} one @param {string} second @param {SomeSettings} other @returns {Pair} */
const pair = (name, preset, first, one, second, other) => ({
  name,
  preset,
  variants: [
    { name: first, values: one },
    { name: second, values: other },
  ],
});

/** By the form of the data. @type {Record<'image' | 'plane' | 'line', Pair[]>} */
export const PAIRS = {
  image: [
    pair('DCGAN against WGAN-GP', 'dcgan-mnist', 'DCGAN', {}, 'WGAN-GP', { preset: 'wgan-gp-mnist' }),
    pair('With and without batch norm', 'gan-mnist', 'Batch norm', {}, 'No norm', { generator_norm: 'none' }),
    pair('One rate against two time scales', 'gan-mnist', 'One rate', {}, 'D four times as fast', {
      discriminator_learning_rate: 8e-4,
    }),
    pair('With and without classes', 'quick-mnist', 'Classes', {}, 'No classes', { labels: 'none' }),
  ],
  plane: [
    pair('GAN against WGAN-GP', 'gan-ring8', 'GAN', {}, 'WGAN-GP', { preset: 'wgan-gp-ring8' }),
    pair('With and without R1', 'gan-r1-ring8', 'R1', {}, 'No penalty', { penalty: 'none' }),
    pair('One rate against two time scales', 'gan-ring8', 'One rate', {}, 'D four times as fast', {
      discriminator_learning_rate: 4e-3,
    }),
    pair('Non-saturating against minimax loss', 'gan-ring8', 'Non-saturating', {}, 'Minimax', { loss: 'minimax' }),
  ],
  line: [pair('With and without R1', 'dirac-r1', 'R1', {}, 'No penalty', { penalty: 'none' })],
};

/** What all have in common: otherwise it would be no race. */
export const COMMON = ['seed', 'data', 'examples', 'points'];

/** In which settings a runner may differ; of the presets, those that learn this data. @param {Tables} tables @param {Settings} settings */
export function changeable({ settings: rows, presets }, { preset, data }) {
  const goes = (/** @type {Choice} */ { value }) =>
    value === preset || presets.find(({ key }) => key === value)?.defaults.data === data;
  return rows
    .filter(({ key }) => !COMMON.includes(key))
    .map((row) => (row.key === 'preset' ? { ...row, choices: row.choices?.filter(goes) } : row));
}

/** @typedef {keyof typeof PAIRS} DataForm */

/** What a data set consists of: pictures, points of the plane, or numbers. @param {Tables} tables @param {string} data @returns {DataForm} */
export function formOf({ sets }, data) {
  if (sets.some(({ key }) => key === data)) return 'image';
  return data === 'origin' ? 'line' : 'plane';
}

/** All settings that runs of this preset begin with beside the present one: with its seed, its backend and its world. @param {Tables} tables @param {Settings} now @param {string} wanted @returns {Settings} */
export function beginning(tables, now, wanted) {
  const { defaults } = tables.presets.find(({ key }) => key === wanted) ?? { defaults: {} };
  const ofRun = tables.settings.filter(({ group }) => group === 'run').map(({ key }) => [key, now[key]]);
  const world = formOf(tables, now.data) === 'plane' ? { data: now.data, points: now.points } : {};
  return /** @type {Settings} */ ({
    ...Object.fromEntries(ofRun),
    ...defaults,
    ...world,
    preset: wanted,
    start: 'zero',
  });
}

/** A setting's value as one reads it. @param {SettingRow | undefined} row @param {string | number} value */
function inWords(row, value) {
  if (!row) return String(value);
  const { key, name, kind, choices, unit } = row;
  const choice = choices?.find((each) => each.value === String(value))?.name;
  if (key === 'preset') return choice ?? String(value);
  if (kind === 'switch') return `${name}: ${String(value) === '1' ? 'on' : 'off'}`;
  return `${name}: ${choice ?? value}${unit ? ` ${unit}` : ''}`;
}

/**
 * What each is called: by the settings in which any of them differ.
 * @param {Variant[]} variants @param {RawSettings} base  what all begin with @param {Tables} tables
 */
export function namesOf(variants, base, tables) {
  const keys = [...new Set(variants.flatMap(({ values }) => Object.keys(values)))];
  return variants.map(({ values, name }) => {
    // Another preset has values of its own for the rest.
    const own = 'preset' in values ? Object.keys(values) : keys;
    const words = own.map((key) =>
      inWords(
        tables.settings.find((row) => row.key === key),
        /** @type {string | number} */ (values[key] ?? base[key]),
      ),
    );
    return name ?? (words.join(', ') || 'This run');
  });
}
