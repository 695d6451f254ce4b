/** A number over the last steps as a small picture, with the threshold that a rule of the doctor's compares it with. */

import { formatCount, h } from './dom.js';

const WIDTH = 240;
const HEIGHT = 64;
/** Values that differ by more than this factor are drawn by their size in powers of ten. */
const WIDE = 30;

/** @param {import('../protocol.js').Watched} watched @returns {HTMLElement} */
export function sparkline({ name, points, silent, now, finds }) {
  if (points.length === 0) return h('p', { class: 'detail' }, `${name}: not measured yet.`);
  const steps = points.filter((_, i) => i % 2 === 0);
  const values = points.filter((_, i) => i % 2 === 1);
  const limits = [...silent].filter(Number.isFinite);
  const last = steps[steps.length - 1];
  const isWide =
    Math.min(...values, ...limits) > 0 && Math.max(...values, ...limits) > WIDE * Math.min(...values, ...limits);
  const scaled = isWide ? Math.log : Number;
  const all = [...values, ...limits].map(scaled);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const room = (most - least || Math.abs(most) || 1) * 0.15;
  const x = (/** @type {number} */ step) =>
    (last > steps[0] ? ((step - steps[0]) / (last - steps[0])) * (WIDTH - 6) : WIDTH - 6) + 1;
  const y = (/** @type {number} */ value) => HEIGHT * (1 - (scaled(value) - least + room) / (most - least + 2 * room));
  const [low, high] = silent;
  const line = [...values].map((value, i) => `${x(steps[i]).toFixed(1)},${y(value).toFixed(1)}`).join('L');
  const zones = [...(Number.isFinite(low) ? [[y(low), HEIGHT]] : []), ...(Number.isFinite(high) ? [[0, y(high)]] : [])];
  const picture = svg(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: 'img',
      class: 'sparkline',
      'aria-label': `${name}: ${now} at step ${formatCount(last)}. Alarm ${finds}.`,
    },
    ...zones.map(([from, to]) => svg('rect', { class: 'zone', x: 0, width: WIDTH, y: from, height: to - from })),
    ...limits.map((limit) => svg('path', { class: 'threshold', d: `M0,${y(limit)}H${WIDTH}` })),
    svg('path', { class: 'line', d: `M${line}` }),
    svg('circle', { class: 'now', cx: x(last), cy: y(values[values.length - 1]), r: 4 }),
  );
  return h(
    'figure',
    { class: 'watched' },
    h('figcaption', { 'aria-hidden': 'true' }, name, h('strong', {}, now)),
    picture,
    h('p', { class: 'detail finds', 'aria-hidden': 'true' }, `Alarm ${finds}`),
  );
}

/** @param {string} tag @param {Record<string, string | number>} attributes @param {...Node} children */
function svg(tag, attributes, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}
