/** What was measured, as a table and as a chart. */

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const element = (tag, text, properties = {}) => Object.assign(document.createElement(tag), { textContent: text, ...properties });

const format = (value) => (Number.isFinite(value) ? number.format(value) : '–');

/** The engine to compare with: the fastest that is not ours. */
export function bestOther(row) {
  const others = Object.entries(row.engines).filter(([key, { median }]) => !key.startsWith('ganvas') && median > 0);
  return others.sort(([, a], [, b]) => a.median - b.median)[0] ?? null;
}

export function resultTable({ engines, work, device, problems }) {
  const table = element('table', '');
  table.append(element('caption', 'Milliseconds a step: median, and quartiles'));
  const head = table.createTHead().insertRow();
  for (const title of ['Work', 'Engine', 'ms', 'Quartiles', 'GFLOP/s', 'Share of the peak', 'Against the best other', 'Agrees within']) {
    head.append(element('th', title, { scope: 'col' }));
  }
  const body = table.createTBody();
  for (const row of work) {
    const other = bestOther(row);
    engines.forEach(({ key, name }, index) => {
      const cells = body.insertRow();
      if (index === 0) cells.append(element('th', `${row.key}: ${row.what}`, { scope: 'rowgroup', rowSpan: engines.length }));
      const { median, quartiles, problem, difference } = row.engines[key] ?? {};
      cells.append(element('th', name, { scope: 'row' }));
      if (!(median > 0)) {
        cells.append(element('td', problem ?? '–', { colSpan: 6 }));
        return;
      }
      const rate = row.flops / median / 1e6;
      const peak = key === 'ganvas-gpu' || key.endsWith('webgpu') ? device?.peakGflops : null;
      const ratio = key.startsWith('ganvas') && other ? `${format(other[1].median / median)} times as fast` : '';
      const texts = [format(median), quartiles.map(format).join(' to '), format(rate), peak ? `${format(100 * rate / peak)} %` : '–', ratio, difference.toExponential(0)];
      for (const text of texts) cells.append(element('td', text));
    });
  }
  const whole = element('div', '', { className: 'table' });
  whole.append(table);
  for (const problem of problems) whole.append(element('p', problem, { className: 'problem' }));
  return whole;
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
export function svgChart({ engines, work }) {
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
      svg.append(shape('rect', { x: LEFT, y, width: Math.max(1, x(median) - LEFT), height: BAR - 2, class: `bar bar-${index} ${key.startsWith('ganvas') ? 'ours' : ''}` }));
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
