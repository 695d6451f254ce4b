/** The two curves over all steps: losses, and the discriminator's mean output. Drawn by uPlot. */

import { formatCount, formatFixed, formatPercent, h } from './dom.js';
import { History } from './history.js';

const HEIGHT = 236;

const CHARTS = [
  {
    title: 'Losses',
    detail: 'Each network lowers its own; neither is meant to reach zero.',
    columns: [1, 2],
    series: [
      { name: 'Detective', role: 'discriminator', color: '--blue', dash: [] },
      { name: 'Forger', role: 'generator', color: '--orange', dash: [7, 4] },
    ],
    range: (_, min, max) => (min === null ? [0, 2] : [Math.min(0, min), Math.max(max * 1.05, 0.1)]),
    format: (value) => formatFixed(value, 2),
    line: null,
  },
  {
    title: 'The verdict over time',
    detail: 'Mean output of the discriminator. Where the curves meet at one half, it is guessing.',
    columns: [3, 4],
    series: [
      { name: 'Originals', role: 'D(x)', color: '--blue', dash: [] },
      { name: 'Forgeries', role: 'D(G(z))', color: '--orange', dash: [7, 4] },
    ],
    range: () => [0, 1],
    format: formatPercent,
    line: 0.5,
  },
];

/** uPlot comes as a script that defines one global; it is fetched when the first chart needs it. */
let library = null;
function loadUPlot() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = new URL('../vendor/uPlot.iife.min.js', import.meta.url).href;
    script.addEventListener('load', () => resolve(globalThis.uPlot));
    script.addEventListener('error', () => {
      library = null;
      reject(new Error('The chart library vendor/uPlot.iife.min.js did not load, so there are no curves. Training is not affected.'));
    });
    document.head.append(script);
  });
  return library;
}

export class Charts {
  element = h('div', { class: 'charts' });
  #host;
  #history = new History(4);
  #charts = CHARTS.map((spec) => new Chart(spec));
  #resize = new ResizeObserver(() => this.#charts.forEach((chart) => chart.resize()));

  /** @param {HTMLElement} host  whose style defines the colours */
  constructor(host) {
    this.#host = host;
    this.element.append(...this.#charts.map((chart) => chart.element));
  }

  async start() {
    const uPlot = await loadUPlot();
    const colors = getComputedStyle(this.#host);
    for (const chart of this.#charts) {
      chart.draw(uPlot, (name) => colors.getPropertyValue(name).trim());
      chart.update(this.#history.data);
      this.#resize.observe(chart.element);
    }
  }

  /** @param {Float64Array} rows  [step, d_loss, g_loss, d_real, d_fake] one after another */
  push(rows, width) {
    for (let at = 0; at < rows.length; at += width) this.#history.push(rows[at], rows.subarray(at + 1, at + width));
    this.#update();
  }

  truncate(step) {
    this.#history.truncate(step);
    this.#update();
  }

  clear() {
    this.#history.clear();
    this.#update();
  }

  stop() {
    this.#resize.disconnect();
    for (const chart of this.#charts) chart.stop();
  }

  #update() {
    for (const chart of this.#charts) chart.update(this.#history.data);
  }
}

class Chart {
  element;
  #spec;
  #plot = null;
  #canvas = h('div', { class: 'plot', role: 'img' });
  #values;
  #data = [[]];
  #describedAt = -Infinity;

  constructor(spec) {
    this.#spec = spec;
    this.#values = spec.series.map(() => h('span', { class: 'value' }, '\u2013'));
    const legend = spec.series.map(({ name, role, color, dash }, i) => h('span', { class: `key ${color.slice(2)}${dash.length ? ' dashed' : ''}` },
      h('span', { class: 'swatch' }), `${name} `, h('span', { class: 'role' }, role), this.#values[i]));
    this.element = h('section', { class: 'panel chart', 'aria-label': spec.title },
      h('h2', {}, spec.title), h('p', { class: 'detail' }, spec.detail), h('div', { class: 'legend' }, ...legend), this.#canvas);
  }

  draw(uPlot, color) {
    this.#plot?.destroy();
    const axis = { stroke: color('--muted'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false }, font: '12px system-ui, sans-serif' };
    const { series, range, format, line } = this.#spec;
    this.#plot = new uPlot({
      width: Math.max(200, this.#canvas.clientWidth),
      height: HEIGHT,
      padding: [8, 12, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: 'ganvas-step' }, drag: { x: false, y: false }, points: { size: 6 } },
      scales: { x: { time: false, range: (_, min, max) => [min ?? 0, Math.max(max ?? 0, (min ?? 0) + 10)] }, y: { range } },
      axes: [
        { ...axis, size: 26, label: 'step', labelSize: 18, labelGap: 0, labelFont: axis.font, values: (_, splits) => splits.map((step) => (Number.isInteger(step) ? formatCount(step) : '')) },
        { ...axis, size: 48, values: (_, splits) => splits.map((value) => format(value)) },
      ],
      series: [{}, ...series.map((each) => ({
        stroke: color(each.color), width: 1.75, dash: each.dash, points: { show: false }, spanGaps: true,
      }))],
      hooks: {
        drawAxes: line === null ? [] : [(plot) => dashedLine(plot, line, color('--muted'))],
        setCursor: [() => this.#showValues()],
      },
    }, this.#own(), this.#canvas);
  }

  update(data) {
    this.#data = data;
    this.#plot?.setData(this.#own());
    this.#showValues();
    const now = performance.now();
    if (now - this.#describedAt < 2000) return;
    this.#describedAt = now;
    const { title, series, format } = this.#spec;
    const [steps, ...own] = this.#own();
    const values = series.map(({ name, role }, i) => `${name}, ${role}: ${format(own[i].at(-1) ?? NaN)}`);
    this.#canvas.setAttribute('aria-label', steps.length ? `${title} up to step ${formatCount(steps.at(-1))}. ${values.join('. ')}.` : `${title}: nothing measured yet.`);
  }

  resize() {
    const width = this.#canvas.clientWidth;
    if (this.#plot && width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height: HEIGHT });
  }

  stop() {
    this.#plot?.destroy();
    this.#plot = null;
  }

  #own() {
    return [this.#data[0], ...this.#spec.columns.map((column) => this.#data[column] ?? [])];
  }

  /** Under the pointer if there is one, else the newest. */
  #showValues() {
    const index = this.#plot?.cursor.idx ?? this.#data[0].length - 1;
    this.#own().slice(1).forEach((values, i) => {
      this.#values[i].textContent = this.#spec.format(values[index] ?? NaN);
    });
  }
}

function dashedLine(plot, value, color) {
  const { ctx, bbox } = plot;
  const y = Math.round(plot.valToPos(value, 'y', true)) + 0.5;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([2, 4]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
