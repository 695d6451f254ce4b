/** What was measured, as a table and as a chart. */

/** @import { Found, Line, Named, Results, Row, Table } from '../../types/bench.js' */

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
/** @template {keyof HTMLElementTagNameMap} T @param {T} tag @param {string} text @param {object} [properties] */
const element = (tag, text, properties = {}) =>
  Object.assign(document.createElement(tag), { textContent: text, ...properties });

/** @param {number | undefined} value */
const format = (value) => (value !== undefined && Number.isFinite(value) ? number.format(value) : '–');

/** @param {string} key */
const isOurs = (key) => key.startsWith('ganvas');

/** The engine to compare with: the fastest that is not ours. @param {Row} row @returns {[string, Found] | null} */
export function bestOther(row) {
  const time = (/** @type {[string, Found]} */ [, { median }]) => median ?? 0;
  const others = Object.entries(row.engines).filter((found) => !isOurs(found[0]) && time(found) > 0);
  return others.sort((a, b) => time(a) - time(b))[0] ?? null;
}

/** @param {number} share */
const percent = (share) => `${format(100 * share)} %`;

const COLUMNS = [
  'ms',
  'Quartiles',
  'Samples',
  'GFLOP/s',
  'Share of the peak',
  'Share of copying',
  'Against the best other',
  'Agrees within',
];
const CALLS = ['Encode and submit, ms', 'Share of the step', 'Dispatches', 'Uploads', 'Readbacks awaited'];
const COLD = ['Seconds', 'KiB loaded', 'KiB unpacked', 'Files'];

/**
 * The tables of what was measured. A line is the work, the engine, and the other cells, or what went wrong in their place.
 *
 * @param {Results} results
 * @returns {Table[]}
 */
function tables({ engines, work, device }) {
  const [timed, cold] = [work.filter(({ flops }) => flops > 0), work.filter(({ flops }) => flops === 0)];
  /**
   * @param {string} caption
   * @param {string[]} titles
   * @param {Row[]} rows
   * @param {Named[]} some
   * @param {(row: Row, key: string, found: Found) => string[]} cells
   * @returns {Table}
   */
  const table = (caption, titles, rows, some, cells) => ({
    caption,
    titles: ['Work', 'Engine', ...titles],
    rows: rows.map((row) => ({
      work: `${row.key}: ${row.what}`,
      lines: some.map(({ key, name }) => {
        const found = row.engines[key] ?? {};
        if ((found.median ?? 0) > 0 || (found.coldMs ?? 0) > 0) return { engine: name, cells: cells(row, key, found) };
        return { engine: name, cells: /** @type {string[]} */ ([]), problem: found.problem ?? '–' };
      }),
    })),
  });
  /** @param {Row} row @param {string} key @param {Found} found */
  const times = (row, key, { median = NaN, quartiles = [NaN, NaN], repetitions, difference = NaN }) => {
    const [rate, other] = [row.flops / median / 1e6, bestOther(row)];
    const most = key.endsWith('gpu') ? device : null;
    /** @param {number} value @param {number} [limit] */
    const share = (value, limit = 0) => (value > 0 && limit > 0 ? percent(value / limit) : '–');
    const ratio = isOurs(key) && other ? `${format((other[1].median ?? NaN) / median)} times as fast` : '';
    return [
      format(median),
      quartiles.map(format).join(' to '),
      String(repetitions),
      format(rate),
      share(rate, most?.peakGflops),
      share((row.bytes ?? NaN) / median / 1e6, most?.copyGbPerSecond),
      ratio,
      difference.toExponential(0),
    ];
  };
  /** @param {Row} _row @param {string} _key @param {Found} found */
  const calls = (_row, _key, { encodeMs = NaN, median = NaN, calls: counts = {} }) => [
    format(encodeMs),
    percent(encodeMs / median),
    ...[counts.dispatches, counts.uploads, counts.readbacks].map(format),
  ];
  /** @param {Row} _row @param {string} _key @param {Found} found */
  const loaded = (_row, _key, { coldMs = NaN, bytes = NaN, unpackedBytes = NaN, files }) => [
    format(coldMs / 1000),
    format(bytes / 1024),
    format(unpackedBytes / 1024),
    String(files),
  ];
  const gpu = engines.filter(({ key }) => key === 'ganvas-gpu');
  return [
    table('Milliseconds a step: median, and quartiles', COLUMNS, timed, engines, times),
    table('What a step asks of WebGPU', CALLS, timed, gpu, calls),
    table('From nothing to the first step', COLD, cold, engines, loaded),
  ].filter(({ rows }) => rows.some(({ lines }) => lines.length > 0));
}

/** @param {Table} table */
function view({ caption, titles, rows }) {
  const table = element('table', '');
  table.append(element('caption', caption));
  const head = table.createTHead().insertRow();
  for (const title of titles) head.append(element('th', title, { scope: 'col' }));
  const body = table.createTBody();
  for (const { work, lines } of rows) {
    lines.forEach(({ engine, cells, problem }, index) => {
      const line = body.insertRow();
      if (index === 0) line.append(element('th', work, { scope: 'rowgroup', rowSpan: lines.length }));
      line.append(element('th', engine, { scope: 'row' }));
      if (problem) line.append(element('td', problem, { colSpan: titles.length - 2 }));
      else for (const text of cells) line.append(element('td', text));
    });
  }
  const frame = element('div', '', { className: 'table' });
  frame.append(table);
  return frame;
}

/** The tables, and what went wrong. @param {Results} results */
export const resultViews = (results) => [
  ...tables(results).map(view),
  ...results.problems.map((problem) => element('p', problem, { className: 'problem' })),
];

/** The same as Markdown. @param {Results} results */
export function markdown(results) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  const parts = tables(results).map(({ caption, titles, rows }) =>
    [
      `### ${caption}`,
      '',
      line(titles),
      line(titles.map(() => '---')),
      ...rows.flatMap(({ work, lines }) =>
        lines.map(({ engine, cells, problem }) =>
          line([work, engine, ...(problem ? [problem, ...titles.slice(3).map(() => '')] : cells)]),
        ),
      ),
    ].join('\n'),
  );
  return [...parts, ...results.problems.map((problem) => `- ${problem}`)].join('\n\n');
}

const SVG = 'http://www.w3.org/2000/svg';
/** @param {string} tag @param {Record<string, string | number>} attributes @param {string} [text] */
function shape(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  if (text) node.textContent = text;
  return node;
}

const [WIDTH, LEFT, RIGHT, BAR, GAP, HEAD] = [960, 300, 90, 14, 14, 24];

/** Bars on a logarithmic scale, a group for each piece of work: shorter is faster. @param {Results} results */
export function svgChart({ engines, work: all }) {
  const work = all.filter((row) => Object.values(row.engines).some(({ median = 0 }) => median > 0));
  const times = work.flatMap((row) =>
    Object.values(row.engines)
      .map(({ median = 0 }) => median)
      .filter((median) => median > 0),
  );
  const svg = shape('svg', { class: 'chart', role: 'img' });
  if (times.length === 0) return svg;
  const [low, high] = [Math.floor(Math.log10(Math.min(...times))), Math.ceil(Math.log10(Math.max(...times)))];
  const x = (/** @type {number} */ ms) =>
    LEFT + ((Math.log10(ms) - low) / Math.max(1, high - low)) * (WIDTH - LEFT - RIGHT);
  let y = HEAD;
  const marks = [];
  for (const row of work) {
    svg.append(shape('text', { x: 0, y: y + BAR - 2, class: 'work' }, row.key));
    for (const [index, { key, name }] of engines.entries()) {
      const { median = 0 } = row.engines[key] ?? {};
      if (!(median > 0)) continue;
      svg.append(shape('text', { x: LEFT - 8, y: y + BAR - 3, class: 'engine' }, name));
      svg.append(
        shape('rect', {
          x: LEFT,
          y,
          width: Math.max(1, x(median) - LEFT),
          height: BAR - 2,
          class: `bar bar-${index} ${isOurs(key) ? 'ours' : ''}`,
        }),
      );
      svg.append(shape('text', { x: x(median) + 5, y: y + BAR - 3 }, `${format(median)} ms`));
      y += BAR;
    }
    y += GAP;
  }
  for (let power = low; power <= high; power += 1) {
    marks.push(shape('line', { x1: x(10 ** power), x2: x(10 ** power), y1: HEAD - 6, y2: y - GAP, class: 'grid' }));
    marks.push(shape('text', { x: x(10 ** power), y: HEAD - 10, class: 'scale' }, `${format(10 ** power)} ms`));
  }
  svg.prepend(...marks);
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${y}`);
  svg.setAttribute(
    'aria-label',
    'Milliseconds a step of every engine, on a logarithmic scale. The table below has the numbers.',
  );
  return svg;
}
