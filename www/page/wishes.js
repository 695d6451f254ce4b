/** What attributes and the URL ask for at the start, and the URL that asks for the present settings. */

/** @import { Tables } from '../protocol.js' */

import { differing, queryOf } from './link.js';
import { speedOf } from './pacing.js';

/** Attributes that are no settings. */
const NOT_SETTINGS = new Set([
  'controls',
  'autoplay',
  'speed',
  'background',
  'from-query',
  'id',
  'class',
  'style',
  'hidden',
  'title',
  'lang',
  'dir',
  'role',
  'tabindex',
  'slot',
  'part',
]);
/** What the URL may say beside settings. */
const BESIDE = ['controls', 'autoplay', 'speed'];
const YES = ['', '1', 'true', 'yes', 'on'];
const NO = ['0', 'false', 'no', 'off'];

/**
 * @typedef {{ settings: Record<string, string>, autoplay: boolean, controls: string | null, speed: number | null, messages: string[] }} StartWishes
 *   settings: unchecked text, for the engine to judge; controls: only if the URL names them; messages: what could not be used
 */

/**
 * @param {HTMLElement} element
 * @param {object} assigned  settings that a script set before the start; they win over attributes
 * @returns {StartWishes}
 */
export function initialSettings(element, assigned) {
  /** @type {Record<string, string>} */
  const settings = {};
  for (const { name, value } of element.attributes) {
    if (!NOT_SETTINGS.has(name) && !/^(aria-|data-|on)/.test(name)) settings[name] = value;
  }
  for (const [key, value] of Object.entries(assigned)) settings[key] = String(value);
  /** @type {Record<string, string | null>} */
  const beside = { autoplay: element.getAttribute('autoplay'), speed: element.getAttribute('speed'), controls: null };
  if (element.hasAttribute('from-query')) {
    for (const [key, value] of new URLSearchParams(location.search)) {
      if (BESIDE.includes(key)) beside[key] = value;
      else if (key !== 'background') settings[key] = value; // presence.js reads it
    }
  }
  const messages = [];
  let speed = null;
  try {
    speed = speedOf(beside.speed);
  } catch (error) {
    messages.push(`${error.message} It trains as fast as it goes.`);
  }
  const word = beside.autoplay?.trim().toLowerCase();
  const autoplay = word !== undefined && !NO.includes(word);
  if (autoplay && !YES.includes(word))
    messages.push(`autoplay takes 0 or 1; "${word.slice(0, 40)}" is neither. Training starts by itself.`);
  return { settings, autoplay, controls: beside.controls, speed, messages };
}

/**
 * Puts what differs from the defaults into the address, so that it can be shared as it is.
 * @param {import('../protocol.js').Settings} settings
 * @param {Tables} tables
 * @param {number | null} speed
 */
export function rememberInUrl(settings, tables, speed) {
  const old = new URLSearchParams(location.search);
  const entries = differing(settings, tables);
  for (const key of ['controls', 'autoplay', 'background']) {
    const kept = old.get(key);
    if (kept !== null) entries.push([key, kept]);
  }
  if (speed !== null) entries.push(['speed', String(speed)]);
  const query = queryOf(entries);
  try {
    history.replaceState(null, '', `${location.pathname}${query}${location.hash}`);
  } catch {
    // Some embedding pages do not allow it; the run does not depend on it.
  }
}
