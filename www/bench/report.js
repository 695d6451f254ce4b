/** What was measured, as a table and as a chart. */

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const element = (tag, text, properties = {}) =>
  Object.assign(document.createElement(tag), { textContent: text, ...properties });

const format = (value) => (Number.isFinite(value) ? number.format(value) : '–');

const isOurs = (key) => key.startsWith('ganvas');

/** The engine to compare with: the fastest that is not ours. */
export function bestOther(row) {
  const others = Object.entries(row.engines).filter(([key, { median }]) => !isOurs(key) && median > 0);
  return others.sort(([, a], [, b]) => a.median - b.median)[0] ?? null;
}

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
 * @returns {{ caption: string, titles: string[], rows: { work: string, lines: { engine: string, cells: string[], problem?: string }[] }[] }[]}
 */
function tables({ engines, work, device }) {
  const [timed, cold] = [work.filter(({ flops }) => flops > 0), work.filter(({ flops }) => flops === 0)];
  const table = (caption, titles, rows, some, cells) => ({
    caption,
    titles: ['Work', 'Engine', ...titles],
    rows: rows.map((row) => ({
      work: `${row.key}: ${row.what}`,
      lines: some.map(({ key, name }) => {
        const found = row.engines[key] ?? {};
        if (found.median > 0 || found.coldMs > 0) return { engine: name, cells: cells(row, key, found) };
        return { engine: name, cells: [], problem: found.problem ?? '–' };
      }),
    })),
  });
  const times = (row, key, { median, quartiles, repetitions, difference }) => {
    const [rate, other] = [row.flops / median / 1e6, bestOther(row)];
    const most = key.endsWith('gpu') ? device : null;
    const share = (value, limit) => (value > 0 && limit > 0 ? percent(value / limit) : '–');
    const ratio = isOurs(key) && other ? `${format(other[1].median / median)} times as fast` : '';
    return [
      format(median),
      quartiles.map(format).join(' to '),
      String(repetitions),
      format(rate),
      share(rate, most?.peakGflops),
      share(row.bytes / median / 1e6, most?.copyGbPerSecond),
      ratio,
      difference.toExponential(0),
    ];
  };
  const calls = (row, key, found) => [
    format(found.encodeMs),
    percent(found.encodeMs / found.median),
    ...['dispatches', 'uploads', 'readbacks'].map((what) => format(found.calls[what])),
  ];
  const loaded = (row, key, found) => [
    format(found.coldMs / 1000),
    format(found.bytes / 1024),
    format(found.unpackedBytes / 1024),
    String(found.files),
  ];
  const gpu = engines.filter(({ key }) => key === 'ganvas-gpu');
  return [
    table('Milliseconds a step: median, and quartiles', COLUMNS, timed, engines, times),
    table('What a step asks of WebGPU', CALLS, timed, gpu, calls),
    table('From nothing to the first step', COLD, cold, engines, loaded),
  ].filter(({ rows }) => rows.some(({ lines }) => lines.length > 0));
}

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

/** The tables, and what went wrong. */
export const resultViews = (results) => [
  ...tables(results).map(view),
  ...results.problems.map((problem) => element('p', problem, { className: 'problem' })),
];

/** The same as Markdown. */
export function markdown(results) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
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
function shape(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text) node.textContent = text;
  return node;
}

const [WIDTH, LEFT, RIGHT, BAR, GAP, HEAD] = [960, 300, 90, 14, 14, 24];

/** Bars on a logarithmic scale, a group for each piece of work: shorter is faster. */
export function svgChart({ engines, work: all }) {
  const work = all.filter((row) => Object.values(row.engines).some(({ median }) => median > 0));
  const times = work.flatMap((row) =>
    Object.values(row.engines)
      .map(({ median }) => median)
      .filter((median) => median > 0),
  );
  const svg = shape('svg', { class: 'chart', role: 'img' });
  if (times.length === 0) return svg;
  const [low, high] = [Math.floor(Math.log10(Math.min(...times))), Math.ceil(Math.log10(Math.max(...times)))];
  const x = (ms) => LEFT + ((Math.log10(ms) - low) / Math.max(1, high - low)) * (WIDTH - LEFT - RIGHT);
  let y = HEAD;
  const marks = [];
  for (const row of work) {
    svg.append(shape('text', { x: 0, y: y + BAR - 2, class: 'work' }, row.key));
    for (const [index, { key, name }] of engines.entries()) {
      const { median } = row.engines[key] ?? {};
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
