/**
 * Draws what `ganvas bench --growth --out FILE.json` has measured: `node benches/growth.js FILE.json` writes FILE.svg beside it.
 * All axes are logarithmic; the dashed line is the arithmetic, at the median rate of all samples, so where the other runs along
 * it time grows as the arithmetic does.
 */

import { readFile, writeFile } from 'node:fs/promises';

const [FACTOR, TOP, LEFT, RIGHT, BOTTOM] = [44, 34, 56, 24, 40]; // pixels a factor of two, and around a panel
/** @type {Record<string, [key: Extent, title: string, wide: number]>} */
const AXES = {
  batch: ['batch', 'Batch', 1],
  channels: ['channels', 'Channels', 1],
  pixels: ['side', 'Pixels along a side', 2],
};
const STYLE = `svg { font: 11px sans-serif; background: white; } .title { font-weight: 600; } .across { text-anchor: middle; }
.up { text-anchor: end; } .grid { stroke: black; opacity: 0.15; } .flops { stroke: #555; stroke-dasharray: 5 4; fill: none; }
.ms { stroke: #0072b2; stroke-width: 2; fill: none; } .dot { fill: #0072b2; } .spread { stroke: #0072b2; }`;

/**
 * @typedef {'batch' | 'channels' | 'side'} Extent
 * @typedef {{ grows: string, ms: number, ms_quartiles: [number, number], gflop: number, gflops: number } & Record<Extent, number>} Row
 */

/** @param {number[]} values */
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
/** @param {number} value */
const fixed = (value) => Number(value.toFixed(1));

/** @param {Row[]} rows */
export function chart(rows) {
  const rate = median(rows.map(({ gflops }) => gflops));
  const all = rows.flatMap(({ ms, ms_quartiles: quartiles, gflop }) => [ms, ...quartiles, (gflop / rate) * 1e3]);
  const [least, most] = [10 ** Math.floor(Math.log10(Math.min(...all))), Math.max(...all)];
  const bottom = TOP + FACTOR * Math.log2(most / least);
  /** @param {number} ms */
  const y = (ms) => fixed(bottom - FACTOR * Math.log2(ms / least));
  const parts = [];
  let left = LEFT;
  for (const [grows, [key, title, wide]] of Object.entries(AXES)) {
    const own = rows.filter((row) => row.grows === grows);
    const first = own[0][key];
    /** @param {number} value */
    const x = (value) => fixed(left + wide * FACTOR * Math.log2(value / first) + 12);
    const end = x(own.at(-1)[key]) + 12;
    parts.push(`<text class="title" x="${left}" y="${TOP - 18}">${title}</text>`);
    for (let ms = least; ms <= most; ms *= 10) {
      parts.push(`<line class="grid" x1="${left}" x2="${end}" y1="${y(ms)}" y2="${y(ms)}"/>`);
      if (left === LEFT) parts.push(`<text class="up" x="${left - 6}" y="${y(ms) + 4}">${ms} ms</text>`);
    }
    /** @param {string} kind @param {(row: Row) => number} value */
    const line = (kind, value) =>
      `<polyline class="${kind}" points="${own.map((row) => `${x(row[key])},${y(value(row))}`).join(' ')}"/>`;
    parts.push(
      line('flops', ({ gflop }) => (gflop / rate) * 1e3),
      line('ms', ({ ms }) => ms),
    );
    for (const row of own) {
      const [at, [lower, upper]] = [x(row[key]), row.ms_quartiles];
      parts.push(
        `<line class="spread" x1="${at}" x2="${at}" y1="${y(lower)}" y2="${y(upper)}"/>`,
        `<circle class="dot" cx="${at}" cy="${y(row.ms)}" r="3"/>`,
        `<text class="across" x="${at}" y="${fixed(bottom + 16)}">${row[key]}</text>`,
      );
    }
    left = fixed(end + RIGHT);
  }
  const height = fixed(bottom + BOTTOM);
  parts.push(
    `<text x="${LEFT}" y="${height - 6}">Solid: milliseconds a step, with quartiles. Dashed: its arithmetic at ${rate.toFixed(1)} GFLOP/s.</text>`,
  );
  const label =
    'Milliseconds a step over batch, channels and pixels, beside the arithmetic, on logarithmic scales. The table has the numbers.';
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${Math.max(left, 480)} ${height}" aria-label="${label}"><style>${STYLE}</style>\n${parts.join('\n')}\n</svg>\n`;
}

const [file] = process.argv.slice(2);
if (!file?.endsWith('.json')) {
  console.error('usage: node benches/growth.js FILE.json');
  process.exit(2);
}
const { growth } = JSON.parse(await readFile(file, 'utf8'));
if (!growth?.length) {
  console.error(`${file} has no growth: \`ganvas bench --growth --out ${file}\` writes it`);
  process.exit(1);
}
await writeFile(file.replace(/json$/, 'svg'), chart(growth));
