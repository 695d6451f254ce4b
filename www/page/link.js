/** A run in an address: only what differs from the default. */

/** @import { Settings, Tables } from '../protocol.js' */

/** @typedef {{ step: number, next: string, now: string }} Landmark  next: what comes there; now: what is true from there on */

/**
 * The settings that a link must name: those that neither the default nor the preset implies.
 * @param {Settings} settings
 * @param {Tables} tables
 * @returns {[string, string][]}
 */
export function differing(settings, tables) {
  const preset = tables.presets.find(({ key }) => key === settings.preset);
  return tables.settings
    .filter(({ key }) => key in settings) // others do not apply
    .filter(({ key, default: standard }) => String(settings[key]) !== String(preset?.defaults?.[key] ?? standard))
    .map(({ key }) => [key, String(settings[key])]);
}

/**
 * What makes the run another one than the preset's: settings that belong to presets and are not as the preset has them.
 * @param {Settings} settings
 * @param {Tables} tables
 * @returns {[string, string][]}
 */
export function shapeOf(settings, tables) {
  const ofRun = new Set(tables.settings.filter(({ group }) => group === 'run').map(({ key }) => key));
  return differing(settings, tables).filter(([key]) => !ofRun.has(key));
}

/**
 * What the run comes to, ascending by step, as `ganvas measure` recorded it for its preset; another run has none, and neither has one that was trained before.
 * @param {Settings} settings
 * @param {Tables} tables
 * @returns {Landmark[]}
 */
export function landmarksOf(settings, tables) {
  const preset = tables.presets.find(({ key }) => key === settings.preset);
  return shapeOf(settings, tables).length > 0 || settings.start === 'trained' ? [] : (preset?.landmarks ?? []);
}

/** @param {[string, string][]} entries  with a "?", or nothing */
export function queryOf(entries) {
  const text = new URLSearchParams(entries).toString().replaceAll('%2C', ',');
  return text && `?${text}`;
}
