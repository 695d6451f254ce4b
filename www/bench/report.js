/** What was measured, as a table and as a chart. */

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const element = (tag, text, properties = {}) => Object.assign(document.createElement(tag), { textContent: text, ...properties });

const format = (value) => (Number.isFinite(value) ? number.format(value) : '–');

const isOurs = (key) => key.startsWith('ganvas');

/** The engine to compare with: the fastest that is not ours. */
export function bestOther(row) {
  const others = Object.entries(row.engines).filter(([key, { median }]) => !isOurs(key) && median > 0);
  return others.sort(([, a], [, b]) => a.median - b.median)[0] ?? null;
}

/** A table with a row for each engine and piece of work; `cells` answers the texts of the columns behind those two. */
function table(caption, titles, rows, engines, cells) {
  const whole = element('table', '');
  whole.append(element('caption', caption));
  const head = whole.createTHead().insertRow();
  for (const title of ['Work', 'Engine', ...titles]) head.append(element('th', title, { scope: 'col' }));
  const body = whole.createTBody();
  for (const row of rows) {
    engines.forEach(({ key, name }, index) => {
      const line = body.insertRow();
      if (index === 0) line.append(element('th', `${row.key}: ${row.what}`, { scope: 'rowgroup', rowSpan: engines.length }));
      line.append(element('th', name, { scope: 'row' }));
      const found = row.engines[key] ?? {};
      if (found.median > 0 || found.coldMs > 0) for (const text of cells(row, key, found)) line.append(element('td', text));
      else line.append(element('td', found.problem ?? '–', { colSpan: titles.length }));
    });
  }
  const frame = element('div', '', { className: 'table' });
  frame.append(whole);
  return frame;
}

const percent = (share) => `${format(100 * share)} %`;

/** The tables of what was measured, and what went wrong. */
export function resultViews({ engines, work, device, problems }) {
  const [timed, cold] = [work.filter(({ flops }) => flops > 0), work.filter(({ flops }) => flops === 0)];
  const views = [];
  if (timed.length > 0) {
    const titles = ['ms', 'Quartiles', 'Samples', 'GFLOP/s', 'Share of the peak', 'Against the best other', 'Agrees within'];
    views.push(table('Milliseconds a step: median, and quartiles', titles, timed, engines, (row, key, { median, quartiles, repetitions, difference }) => {
      const [rate, other] = [row.flops / median / 1e6, bestOther(row)];
      const peak = key.endsWith('gpu') ? device?.peakGflops : null;
      const ratio = isOurs(key) && other ? `${format(other[1].median / median)} times as fast` : '';
      return [
        format(median), quartiles.map(format).join(' to '), String(repetitions), format(rate), peak ? percent(rate / peak) : '–', ratio,
        difference.toExponential(0),
      ];
    }));
  }
  const ours = engines.filter(({ key }) => key === 'ganvas-gpu');
  if (ours.length > 0 && timed.length > 0) {
    const titles = ['Encode and submit, ms', 'Share of the step', 'Dispatches', 'Uploads', 'Readbacks awaited'];
    views.push(table('What a step asks of WebGPU', titles, timed, ours, (row, key, { median, encodeMs, calls }) => [
      format(encodeMs), percent(encodeMs / median), format(calls.dispatches), format(calls.uploads), format(calls.readbacks),
    ]));
  }
  if (cold.length > 0) {
    views.push(table('From nothing to the first step', ['Seconds', 'KiB loaded', 'KiB unpacked', 'Files'], cold, engines, (row, key, found) => [
      format(found.coldMs / 1000), format(found.bytes / 1024), format(found.unpackedBytes / 1024), String(found.files),
    ]));
  }
  return [...views, ...problems.map((problem) => element('p', problem, { className: 'problem' }))];
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
  const times = work.flatMap((row) => Object.values(row.engines).map(({ median }) => median).filter((median) => median > 0));
  const svg = shape('svg', { class: 'chart', role: 'img' });
  if (times.length === 0) return svg;
  const [low, high] = [Math.floor(Math.log10(Math.min(...times))), Math.ceil(Math.log10(Math.max(...times)))];
  const x = (ms) => LEFT + (Math.log10(ms) - low) / Math.max(1, high - low) * (WIDTH - LEFT - RIGHT);
  let y = HEAD;
  const marks = [];
  for (const row of work) {
    svg.append(shape('text', { x: 0, y: y + BAR - 2, class: 'work' }, row.key));
    for (const [index, { key, name }] of engines.entries()) {
      const { median } = row.engines[key] ?? {};
      if (!(median > 0)) continue;
      svg.append(shape('text', { x: LEFT - 8, y: y + BAR - 3, class: 'engine' }, name));
      svg.append(shape('rect', { x: LEFT, y, width: Math.max(1, x(median) - LEFT), height: BAR - 2, class: `bar bar-${index} ${isOurs(key) ? 'ours' : ''}` }));
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
  svg.setAttribute('aria-label', 'Milliseconds a step of every engine, on a logarithmic scale. The table below has the numbers.');
  return svg;
}
