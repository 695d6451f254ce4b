/** Everything of the element that can be seen: puts the parts together and hands them what has changed. */

/** @import { Actions, Context, Host, MetricsOf, PanelClass, Tell } from '../../types/page.js' */
/** @import { EventOf, Finding, Info, Learner, PhaseEnd, Pulse, Settings, State, StopConditions, Tables } from '../protocol.js' */

import { Charts } from './charts.js';
import { DataPanel } from './data-panel.js';
import { Desk, tell } from './desk.js';
import { Doctor } from './doctor.js';
import { h } from './dom.js';
import { Flow } from './flow.js';
import { Laboratory } from './laboratory.js';
import { opened } from './later.js';
import { Notices } from './notices.js';
import { PANELS } from './panels.js';
import { PlanPanel } from './plan-panel.js';
import { Quality } from './quality.js';
import { Recent } from './recent.js';
import { RunHead } from './run-head.js';
import { scaleOf } from './scale.js';
import { Sentence } from './sentence.js';
import { SettingsPanel } from './settings-panel.js';
import { Stage } from './stage.js';
import { Status } from './status.js';
import { Transport } from './transport.js';
import { WaysBack } from './ways-back.js';
import { lendWhereWide } from './wide.js';
import { siteUrl } from '../site.js';

/** Parts that stand there: without them the laboratory has all of the width. */
const ON_BENCH = ['samples', 'verdict', 'real', 'transport', 'stops', 'status'];

export class PlaygroundView {
  notices;
  stage;
  waysBack;
  #app;
  #transport;
  #desk;
  #flow;
  #bench;
  #status = new Status();
  #settings;
  #data = new DataPanel();
  #plan;
  #quality;
  #doctor;
  #charts;
  /** The laboratory's own: see panels.js. */
  #panels;
  #laboratory;
  #recent = new Recent();
  #head;
  #sentence = new Sentence();
  #step = 0;
  #imagesInData = NaN;
  /** @type {Tables | null} */
  #tables = null;
  /** @type {Info | null} */
  #info = null;
  /** @type {import('./scale.js').Scale} */
  #scale = 'probability';
  #toldGenerated = false;
  #width;
  #leave = new AbortController();

  /**
   * @param {Host} host
   * @param {ShadowRoot} shadow
   * @param {Actions} actions  what the controls do
   */
  constructor(host, shadow, actions) {
    this.notices = new Notices(actions.remedy);
    this.stage = new Stage(actions, () => this.#head.recorded(this.stage.timeLapse.end));
    this.#transport = new Transport(actions, (file) => this.#open(host, file));
    this.#settings = new SettingsPanel(actions.change);
    this.#plan = new PlanPanel(actions.plan);
    this.#charts = new Charts(host, ({ message }) => this.#noCurves(message));
    this.#quality = new Quality(host, actions.evaluate);
    /** @type {Context} */
    const context = {
      host,
      actions,
      request: actions.request,
      notices: this.notices,
      stage: this.stage,
      open: (key) => this.#laboratory.open(key),
    };
    this.#flow = new Flow(context);
    this.stage.flow(this.#flow);
    this.waysBack = new WaysBack(context, () => this.#remember(actions.run));
    this.#doctor = new Doctor(context);
    this.#desk = new Desk(context, this.#transport);
    this.#head = new RunHead(actions.change, this.#desk.share);
    this.#panels = PANELS.map((Panel) => new Panel(context));
    this.#laboratory = new Laboratory(
      [
        ['doctor', this.#doctor],
        ['quality', this.#quality],
        ['losses', this.#charts],
        ['settings', this.#settings],
        ['data', this.#data],
        ['data', this.#plan],
        ...this.#panels.map(
          (panel) => /** @type {const} */ ([/** @type {PanelClass} */ (panel.constructor).control, panel]),
        ),
      ],
      { inAddress: host.hasAttribute('from-query'), signal: this.#leave.signal },
    );
    const curves = h('div', { class: 'curves' });
    const bench = [
      this.notices,
      { element: this.waysBack.banner },
      this.#head,
      this.stage,
      this.#sentence,
      this.#transport.phases,
      { element: this.#desk.stopLine },
      { element: this.waysBack.strip },
      this.#desk,
      this.#status,
      { element: curves },
    ].map(({ element }) => element);
    this.#bench = h('div', { class: 'bench' }, ...bench);
    const lab = h('div', { class: 'lab' }, this.#bench, this.#laboratory.element);
    this.#app = h('div', { class: 'app', hidden: true }, lab, this.#sentence.spoken, this.waysBack.bar);
    const files = ['playground.css', 'vendor/uPlot.min.css', ...PANELS.flatMap(({ stylesheets = [] }) => stylesheets)];
    shadow.replaceChildren(...files.map((file) => this.#stylesheet(file)), this.#app);
    this.#listen();
    this.#width = lendWhereWide(this.#app, this.#laboratory, 'losses', curves);
  }

  /** The app stays hidden until its own style is there; the charts also take their colours from it. @param {string} file */
  #stylesheet(file) {
    const link = h('link', { rel: 'stylesheet', href: siteUrl(file).href });
    if (file === 'playground.css') {
      for (const type of ['load', 'error'])
        link.addEventListener(type, () => {
          this.#app.hidden = false;
          this.#startCharts();
        });
    }
    return link;
  }

  #startCharts() {
    if (this.#leave.signal.aborted) return;
    this.#charts.start();
    this.#quality.paint();
    this.#tell('paint');
  }

  /** @param {string} problem */
  #noCurves(problem) {
    const remedies = [{ label: 'Try again', action: () => this.#startCharts() }];
    this.notices.show('warning', problem, { topic: 'curves', remedies });
  }

  /** Calls a method of every panel that has it, and of what stands with the transport. @type {Tell} */
  #tell = (method, ...values) => {
    for (const part of [this.waysBack, this.#desk]) part.tell(method, ...values);
    tell(this.#flow, method, values);
    for (const panel of this.#panels) tell(panel, method, values);
  };

  #listen() {
    const { signal } = this.#leave;
    document.addEventListener('keydown', (event) => this.#desk.keys.handle(event), { signal });
    document.addEventListener('pointerdown', () => this.#desk.keys.point(), { signal, capture: true });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#startCharts(), { signal });
  }

  /** @param {Set<string>} controls */
  controls(controls) {
    this.stage.show(controls);
    this.#head.controls(controls);
    this.#sentence.element.hidden = !controls.has('verdict');
    this.#desk.controls(controls);
    this.#status.element.hidden = !controls.has('status');
    this.waysBack.tell('controls', controls);
    this.#bench.classList.toggle('empty', !ON_BENCH.some((control) => controls.has(control)));
    this.#laboratory.controls(controls);
  }

  /** What link or element ask for. @param {Record<string, string>} raw @param {boolean} calm  no motion */
  begin(raw, calm) {
    this.stage.begin(raw, calm);
  }

  /** @param {Tables} tables @param {Settings} settings */
  tables(tables, settings) {
    this.#tables = tables;
    this.#settings.build(tables);
    this.#doctor.build(tables);
    this.#tell('tables', tables);
    this.settings(settings);
  }

  /** @param {Settings} settings */
  settings(settings) {
    this.#settings.show(settings);
    if (this.#tables) {
      this.stage.timeLapse.settings(settings, this.#tables);
      this.#head.settings(settings, this.#tables);
    }
    this.#doctor.settings(settings);
    this.#tell('settings', settings);
  }

  /** @param {Info} info @param {Settings} settings */
  ready(info, settings) {
    this.stage.hideProgress();
    this.notices.clearPassing();
    this.#imagesInData = info.data.count;
    this.stage.info(info);
    this.#info = info;
    this.#scale = scaleOf(info);
    this.#recent.metrics = info.metrics;
    this.stage.verdict.scale(this.#scale);
    this.#transport.info(info);
    this.#transport.phases.scale(this.#scale);
    this.#charts.show(info, this.#scale, settings.penalty !== 'none');
    this.settings(settings);
    this.#status.info(info);
    this.#data.info(info);
    this.#plan.changed();
    this.#doctor.clear();
    this.#laboratory.mark('measure', '');
    this.#tell('ready', info, settings);
    if (info.data.generated && !this.#toldGenerated) this.notices.show('warning', info.data.note);
    this.#toldGenerated = info.data.generated;
  }

  /** @param {Pulse} gradients */
  pulse(gradients) {
    this.#tell('pulse', gradients);
  }

  /** @param {string} message */
  tuned(message) {
    this.#status.tuned(message);
  }

  /** @param {MetricsOf} metrics @param {State} state */
  metrics(metrics, state) {
    this.#enter(metrics.stage);
    const hasMoved = metrics.step !== this.#step && metrics.rows.length === 0; // without learning
    if (metrics.step < this.#step) this.#goBack(metrics.step);
    else if (hasMoved) this.#jump();
    this.#step = metrics.step;
    this.#recent.push(metrics.rows, metrics.width);
    this.#charts.push(metrics.rows, metrics.width);
    this.stage.verdict.update(this.#recent);
    this.#status.update(metrics, this.#imagesInData);
    this.stage.describe(metrics.step);
    this.stage.timeLapse.run(state, metrics.drawn);
    this.#head.run(state, metrics.step, metrics.drawn);
    if (state === 'phase' && metrics.phase) {
      this.#transport.phases.update(metrics.phase);
      this.#flow.learns(metrics.phase.learner);
    }
    this.#narrate(state, hasMoved);
    this.#tell('metrics', metrics, state);
  }

  /** The networks of another stage are in place. @param {number} stage */
  #enter(stage) {
    if (!this.#info || stage === this.#info.stage) return;
    this.#info.stage = stage;
    this.#status.stage(this.#info);
    this.#plan.changed();
  }

  /** @param {State} state @param {boolean} wantsPlay */
  state(state, wantsPlay, step = this.#step) {
    this.#step = step;
    if (state !== 'loading') this.stage.hideProgress();
    this.#transport.update(state, wantsPlay);
    this.#status.state(state);
    // While it plays, the picture may be of an earlier step.
    if (state !== 'playing') this.stage.timeLapse.run(state, step);
    if (state === 'paused' && !wantsPlay) this.#charts.due();
    this.#head.run(state, step);
    this.#narrate(state, true);
    this.#tell('state', state, step);
  }

  /** Speed and stops are in force. @param {number | null} speed @param {StopConditions} stops */
  pacing(speed, stops) {
    this.#tell('speed', speed);
    this.#tell('stops', stops);
  }

  /** @param {EventOf<'stopped'>} event */
  stopped(event) {
    this.#tell('stopped', event);
  }

  /** @param {PhaseEnd & { learner: Learner }} end */
  phaseEnded(end) {
    this.#transport.phases.ended(end);
  }

  /** @param {number | undefined} share @param {import('../protocol.js').Quality | undefined} result @param {string | undefined} problem */
  evaluation(share, result, problem) {
    if (result) this.#tell('evaluation', result);
    if (result) this.#quality.show(result);
    else this.#quality.progress(share, problem);
  }

  /** @param {Finding[]} findings */
  findings(findings) {
    this.#doctor.show(findings);
    this.#laboratory.mark('measure', findings.some(({ severity }) => severity === 'alarm') ? 'Alarm' : '');
  }

  /** The run went back to an earlier state; what was measured after it is undone. @param {number} step */
  #goBack(step) {
    this.#recent.truncate(step);
    this.#charts.truncate(step);
    this.#quality.truncate(step);
    this.#tell('truncate', step);
  }

  /** The run went ahead to a later state without the steps between. */
  #jump() {
    this.#recent.clear();
    this.#charts.break();
    this.#quality.break();
    this.#tell('break');
  }

  /** @param {number} step */
  restored(step) {
    this.#goBack(step);
    this.notices.clearPassing();
    this.notices.show(
      'note',
      step > 0
        ? `The run is back, at step ${step}: the last state that was kept.`
        : 'The run is back at its start: no later state had been kept.',
    );
  }

  /** What is known of the run, to be put back by a call. @param {import('./run.js').Run} run */
  #remember(run) {
    const { metrics, quality } = run;
    const [rows, curves, qualities] = [this.#recent.rows, this.#charts.history.copy, this.#quality.history.copy];
    return () => {
      Object.assign(run, { metrics, quality });
      this.#recent.rows = rows;
      this.#charts.recall(curves);
      if (quality) this.#tell('evaluation', quality);
      this.#quality.recall(qualities, quality);
      this.stage.verdict.update(this.#recent);
      this.#narrate(run.state, true);
    };
  }

  clearHistory() {
    this.#recent.clear();
    this.#charts.clear();
    this.#quality.clear();
    this.stage.verdict.clear();
    this.#tell('clear');
  }

  /** The engine is started anew. */
  forget() {
    this.notices.clearPassing();
    this.clearHistory();
    this.#step = 0;
  }

  destroy() {
    this.#leave.abort();
    this.#width.disconnect();
    this.#charts.stop();
    this.#quality.stop();
    this.#tell('destroy');
  }

  /** @param {State} state */
  #narrate(state, changed = false) {
    const fromNoise = this.#info?.latentDim !== 0;
    const warming = this.#settings.help('critic_warmup');
    const run = { state, step: this.#step, recent: this.#recent, scale: this.#scale, fromNoise, warming };
    this.#sentence.say(run, changed);
  }

  /** Opens a saved run; its code comes with the first. @param {Host} host @param {Blob} file */
  async #open(host, file) {
    if (file.size > 1e9)
      return this.notices.show('warning', 'A saved run has at most 1 GB: the file is something else.');
    const load = () => import('./open-file.js');
    const code = await opened(this.notices, 'Opening a saved run', load, () => this.#open(host, file));
    await code?.openFile(host, file).catch(() => {}); // a notice says it
  }
}
