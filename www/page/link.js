/** A run as a link, as an element, and as an iframe: only what differs from the default. */

/** @import { Settings, Tables } from '../protocol.js' */

import { siteUrl } from '../site.js';

/** @typedef {{ step: number, next: string, now: string }} Landmark  next: what comes there; now: what is true from there on */

/** The site's folder. */
const SITE = siteUrl('.').href;

/**
 * The settings that a link must name: those that neither the default nor the preset implies.
 * @param {Settings} settings
 * @param {Tables} tables
 * @returns {[string, string][]}
 */
export function differing(settings, tables) {
  const preset = tables.presets.find(({ key }) => key === settings.preset);
  return tables.settings
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
 * What the run comes to, ascending by step, as `ganvas measure` recorded it for its preset; another run has none.
 * @param {Settings} settings
 * @param {Tables} tables
 * @returns {Landmark[]}
 */
export function landmarksOf(settings, tables) {
  const preset = tables.presets.find(({ key }) => key === settings.preset);
  return shapeOf(settings, tables).length > 0 ? [] : (preset?.landmarks ?? []);
}

/** @param {[string, string][]} entries  with a "?", or nothing */
export function queryOf(entries) {
  const text = new URLSearchParams(entries).toString().replaceAll('%2C', ',');
  return text && `?${text}`;
}

/**
 * @param {[string, string][]} settings  as `differing` has them
 * @param {{ autoplay: boolean, speed: number | null, background: string | null, controls: string[] | null }} start
 *   background: what a hidden tab does; controls: null for all
 * @returns {{ link: string, element: string, frame: string }}
 */
export function sharedForms(settings, { autoplay, speed, background, controls }) {
  const more = [...settings];
  if (speed !== null) more.push(['speed', String(speed)]);
  if (background !== null) more.push(['background', background]);
  if (controls) more.push(['controls', controls.join(',')]);
  const attributes = more.map(([key, value]) => ` ${key}="${escaped(value)}"`).join('');
  const framed = SITE + 'embed.html' + queryOf(autoplay ? [...more, ['autoplay', '1']] : more);
  return {
    link: SITE + queryOf(autoplay ? more : [...more, ['autoplay', '0']]), // the page itself starts, embed.html does not
    element: `<script type="module" src="${SITE}gan-playground.js"></script>\n<gan-playground${attributes}${autoplay ? ' autoplay' : ''}></gan-playground>`,
    frame: `<iframe src="${escaped(framed)}"\n        sandbox="allow-scripts allow-same-origin" title="GAN playground" width="100%" height="900"></iframe>`,
  };
}

/** @param {string} text */
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
