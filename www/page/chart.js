/** One chart with its title and values. Drawn by uPlot. */

/** @import uPlot from 'uplot' */

import { formatCount, h, isKnown } from './dom.js';
import { range } from './draw.js';
import { siteUrl } from '../site.js';

const HEIGHT = 236;
const DESCRIBED_MS = 2_000; // between two descriptions

/** @param {string} color @param {string} other @param {number} [share]  of the other, in percent */
const mixed = (color, other, share) => (share ? `color-mix(in srgb, ${color}, ${other} ${share}%)` : color);

/** uPlot comes as a script that defines one global; it is fetched when the first chart is drawn. @type {Promise<typeof uPlot> | null} */
let library = null;
/** @returns {Promise<typeof uPlot>} */
export function loadUPlot() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = siteUrl('vendor/uPlot.iife.min.js').href;
    script.addEventListener('load', () => resolve(globalThis.uPlot));
    script.addEventListener('error', () => {
      library = null;
      reject(
        new Error(
          'The chart library vendor/uPlot.iife.min.js did not load, so there are no curves. Training is not affected.',
        ),
      );
    });
    document.head.append(script);
  });
  return library;
}

/**
 * @typedef {(number | null)[][]} Data  what it is drawn over, then the series; null where nothing is known
 * @typedef {{ name: string, role: string, color: string, dash: number[], mark?: string, shade?: number }} Line
 * @typedef {(name: string) => string} Colour  of a CSS variable
 * @typedef {(plot: uPlot, min: number | null, max: number | null) => [number, number]} Range
 *
 * @typedef {{ title: string, detail: string, columns: number[], x?: string, height?: number, line?: number, log?: boolean,
 *   series: Line[], range: Range, format: (value: number) => string, axisFormat?: (value: number) => string }} Spec
 *   columns: which of the data are shown; x: what they are drawn over (step); line: a value to compare with;
 *   mark: a letter on the line; shade: so much of the text's colour is mixed into the line's, in percent
 */

export class Chart {
  element;
  #spec;
  /** @type {uPlot | null} */
  #plot = null;
  #canvas = h('div', { class: 'plot', role: 'img' });
  /** @type {HTMLElement[]} */
  #values;
  /** @type {Data} */
  #data = [[]];
  /** @type {number[][]} */
  #gaps = [];
  #wanted = false;
  #describedAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | number} */
  #timer = 0;
  #resize = new ResizeObserver(() => this.#fit());

  /** @param {Spec} spec */
  constructor(spec) {
    this.#spec = spec;
    this.#values = spec.series.map(() => h('span', { class: 'value' }, '\u2013'));
    const legend = spec.series.map(({ name, role, color, dash, shade }, i) => {
      const swatch = h('span', { class: 'swatch' });
      if (shade) swatch.style.borderColor = mixed(`var(${color})`, 'var(--ink)', shade);
      return h(
        'span',
        { class: `key ${color.slice(2)}${dash.length ? ' dashed' : ''}` },
        swatch,
        `${name} `,
        h('span', { class: 'role' }, role),
        this.#values[i],
      );
    });
    this.element = h(
      'section',
      { class: 'panel chart', 'aria-label': spec.title },
      h('h2', {}, spec.title),
      h('p', { class: 'detail' }, spec.detail),
      h('div', { class: 'legend' }, ...legend),
      this.#canvas,
    );
  }

  /** Draws it, in the colours of this moment. @param {HTMLElement} host  whose style defines them */
  async paint(host) {
    this.#wanted = true;
    const library = await loadUPlot().catch(/** @returns {null} */ () => null); // who asked for it says why it is missing
    if (!library || !this.#wanted) return;
    const style = getComputedStyle(host);
    this.#draw(library, (name) => style.getPropertyValue(name).trim());
  }

  /** @param {typeof uPlot} library @param {Colour} color */
  #draw(library, color) {
    this.#plot?.destroy();
    const axis = {
      stroke: color('--muted'),
      grid: { stroke: color('--line'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
    };
    const { series, range, format, axisFormat = format, line, log, x = 'step', height = HEIGHT } = this.#spec;
    this.#plot = new library(
      {
        width: Math.max(200, this.#canvas.clientWidth),
        height,
        padding: [8, 24, 0, 0], // on the right for half of the last number
        legend: { show: false },
        cursor: {
          sync: x === 'step' ? { key: 'ganvas-step' } : undefined,
          drag: { x: false, y: false },
          points: { size: 6 },
        },
        scales: {
          x: {
            time: false,
            range: (/** @type {uPlot} */ _, /** @type {number} */ min, /** @type {number} */ max) => [
              min ?? 0,
              Math.max(max ?? 0, (min ?? 0) + 10),
            ],
          },
          y: { range, distr: log ? 3 : 1 },
        },
        axes: [
          {
            ...axis,
            size: 26,
            label: x,
            labelSize: 18,
            labelGap: 0,
            labelFont: axis.font,
            values: (_, splits) => splits.map((at) => (Number.isInteger(at) ? formatCount(at) : '')),
          },
          {
            ...axis,
            grid: { ...axis.grid, ...(log && { filter: decades }) },
            size: 48,
            values: (_, splits) => splits.map((value) => (value === null ? null : axisFormat(value))),
          },
        ],
        series: [
          {},
          ...series.map((each) => ({
            stroke: mixed(color(each.color), color('--ink'), each.shade),
            width: 1.75,
            dash: each.dash,
            points: { size: 6 }, // shown where there are few

            // Over a step in which a network was not updated the line goes on; over steps that are not known it does not.
            gaps: (/** @type {uPlot} */ plot) =>
              this.#gaps.map(
                ([from, to]) => /** @type {[number, number]} */ ([this.#across(plot, from), this.#across(plot, to)]),
              ),
          })),
        ],
        hooks: {
          drawAxes: line === undefined ? [] : [(plot) => dashedLine(plot, line, color('--muted'))],
          draw: series.some(({ mark }) => mark) ? [(plot) => letters(plot, series, color)] : [],
          setCursor: [() => this.#showValues()],
        },
      },
      /** @type {uPlot.AlignedData} */ (this.#own()),
      this.#canvas,
    );
    this.#resize.observe(this.element);
  }

  /** @param {Data} data @param {number[][]} [gaps]  between which places no line is drawn */
  update(data, gaps = []) {
    this.#data = data;
    this.#gaps = gaps;
    this.#plot?.setData(/** @type {uPlot.AlignedData} */ (this.#own()));
    this.#showValues();
    clearTimeout(this.#timer);
    const wait = this.#describedAt + DESCRIBED_MS - performance.now();
    if (wait > 0) this.#timer = setTimeout(() => this.#describe(), wait);
    else this.#describe();
  }

  /** Where a place in the data is drawn. @param {uPlot} plot @param {number} index */
  #across(plot, index) {
    return plot.valToPos(plot.data[0][index], 'x', true);
  }

  /** For those who hear it. */
  #describe() {
    this.#describedAt = performance.now();
    const { title, series, format, x = 'step' } = this.#spec;
    const [steps, ...own] = this.#own();
    /** @param {(number | null)[]} values */
    const course = (values) => {
      const known = values.filter(isKnown);
      const [low, high] = range(known);
      return `${format(known.at(-1) ?? NaN)}${known.length > 1 ? `, at first ${format(known[0])}, between ${format(low)} and ${format(high)}` : ''}`;
    };
    const at = formatCount(steps.at(-1));
    this.#canvas.setAttribute(
      'aria-label',
      steps.length
        ? `${title} up to ${x === 'step' ? `step ${at}` : `${at} ${x}`}. ${series.map(({ name, role }, i) => `${name}${role && `, ${role}`}: ${course(own[i])}.`).join(' ')}`
        : `${title}: nothing measured yet.`,
    );
  }

  #fit() {
    const width = this.#canvas.clientWidth;
    if (this.#plot && width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height: this.#plot.height });
  }

  stop() {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#resize.disconnect();
    this.#plot?.destroy();
    this.#plot = null;
  }

  /** What it is drawn over, then the columns that are shown. @returns {Data} */
  #own() {
    return [this.#data[0], ...this.#spec.columns.map((column) => this.#data[column] ?? [])];
  }

  /** Under the pointer if there is one, else the newest. */
  #showValues() {
    const index = this.#plot?.cursor.idx ?? this.#data[0].length - 1;
    this.#own()
      .slice(1)
      .forEach((values, i) => {
        this.#values[i].textContent = this.#spec.format(values[index] ?? NaN);
      });
  }
}

/**
 * The marks of lines at three places each, beside those of other lines.
 * @param {uPlot} plot
 * @param {Line[]} series
 * @param {Colour} color
 */
function letters(plot, series, color) {
  const { ctx, data } = plot;
  const last = data[0].length - 1;
  ctx.save();
  ctx.font = `bold ${13 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.lineWidth = 4 * devicePixelRatio;
  ctx.strokeStyle = color('--surface');
  series.forEach(({ mark, color: name, shade }, i) => {
    for (const part of [0.3, 0.65, 1]) {
      const at = Math.max(Math.min(1, last), Math.round((part - 0.05 * i) * last));
      const value = data[i + 1][at];
      if (!mark || !isKnown(value)) continue;
      /** @type {[number, number]} */
      const place = [plot.valToPos(data[0][at], 'x', true), plot.valToPos(value, 'y', true)];
      ctx.fillStyle = mixed(color(name), color('--ink'), shade);
      ctx.strokeText(mark, ...place);
      ctx.fillText(mark, ...place);
    }
  });
  ctx.restore();
}

/** Lines at 1, 10, 100 only. @param {uPlot} _ @param {number[]} splits */
const decades = (_, splits) => splits.map((value) => (Number.isInteger(Math.log10(value)) ? value : null));

/** @param {uPlot} plot @param {number} value @param {string} color */
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
