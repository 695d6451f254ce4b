/** A run to share: as a link, as an element, and as an iframe. */

import { siteUrl } from '../site.js';
import { queryOf } from './link.js';

/** The site's folder. */
const SITE = siteUrl('.').href;

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
