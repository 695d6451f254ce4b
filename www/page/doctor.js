/** The doctor: what is wrong with the run, the evidence, and what helps; and runs that are broken on purpose. */

/** @import { Context } from '../../types/page.js' */
/** @import { Finding, RawSettings, Settings, SomeSettings, Tables } from '../protocol.js' */

import { Cure } from './cure.js';
import { button, formatCount, guard, h, said, setDisabled, uniqueId } from './dom.js';
import { sparkline } from './sparkline.js';

/** What the exhibits' buttons say, by the defect that they provoke. */
/** @type {Record<string, string>} */
const MAKE = {
  mode_collapse: 'Make it collapse',
  discriminator_too_strong: 'Let the detective win',
  vanishing_gradient: 'Make the gradient vanish',
  oscillation: 'Make it oscillate',
  checkerboard: 'Make a checkerboard',
  exploding: 'Make it explode',
  dead_critic: 'Silence the critic',
  memorising: 'Make it memorise',
};
/** @type {Partial<Record<Finding['severity'], string>>} */
const SEVERITIES = { watch: 'Watch: ', alarm: 'Alarm: ' };
const MOST_BEFORE = 8; // runs that one can go back to, each with its networks

export class Doctor {
  element;
  #findings = h('div', { class: 'findings' });
  #spoken = h('p', { class: 'visually-hidden', role: 'status' });
  #exhibits = h('div', { class: 'row exhibits' });
  #context;
  /** @type {Tables | null} */
  #tables = null;
  /** @type {Tables['presets'][number] | null | undefined} */
  #preset = null;
  /**
   * Findings as they stand in the page, and what they are the same by.
   * @type {{ element: HTMLElement, evidence: HTMLElement, pictures: HTMLElement }[]}
   */
  #rows = [];
  #same = '';
  /**
   * The runs before the doctor changed something, the latest last; `kept` is null where only the settings are left.
   * @type {{ settings: Settings, kept: import('./snapshots.js').Kept | null }[]}
   */
  #before = [];
  #back = button('Back to the run before', () => this.#return());
  #said = said();
  /** The cure that was applied last. @type {Cure | null} */
  #cure = null;
  #course = h('p', { class: 'course', role: 'status', hidden: true });
  #busy = false;

  /** @param {Context} context  the timeline's `keepRun` and `goBackTo` are in it once it is there */
  constructor(context) {
    this.#context = context;
    this.#back.hidden = true;
    this.element = guard(
      h(
        'section',
        { class: 'panel doctor', 'aria-label': 'The doctor' },
        h('h2', {}, 'The doctor'),
        this.#course,
        this.#findings,
        this.#spoken,
        h('div', { class: 'row before' }, this.#back, this.#said.element),
        h('h3', {}, 'Break it on purpose'),
        h(
          'p',
          { class: 'detail' },
          'Each starts a run that shows what can go wrong. Once the doctor has found it, the cure is a button beside the finding. Your current run is kept; you can come back to it.',
        ),
        this.#exhibits,
      ),
    );
  }

  /** @param {Tables} tables */
  build(tables) {
    this.#tables = tables;
    const exhibits = tables.presets.filter(({ provokes }) => provokes);
    const several = (/** @type {Tables['presets'][number]} */ { provokes }) =>
      exhibits.filter((other) => other.provokes === provokes).length > 1;
    this.#exhibits.replaceChildren(
      ...exhibits.map((preset) =>
        h(
          'button',
          {
            type: 'button',
            class: 'button',
            title: preset.note,
            data: { preset: preset.key },
            on: { click: () => this.#apply({ preset: preset.key }) },
          },
          `${MAKE[preset.provokes ?? ''] ?? preset.name}${several(preset) ? ` (${preset.defaults.data === 'mnist' ? 'digits' : 'points'})` : ''}`,
        ),
      ),
    );
  }

  /** @param {Settings} settings */
  settings(settings) {
    this.#preset = this.#presetOf(settings);
    if (this.#cure && !this.#cure.isInForce(settings) && !this.#busy) this.#treat(null);

    for (const button of /** @type {Iterable<HTMLElement>} */ (this.#exhibits.children))
      button.setAttribute('aria-pressed', String(button.dataset.preset === settings.preset));
  }

  /** @param {Settings} settings */
  #presetOf({ preset }) {
    return this.#tables?.presets.find(({ key }) => key === preset);
  }

  // Leaving and coming back ------------------------------------------------------------------------

  /** The run as it stands is kept first. @param {RawSettings} change @param {Cure | null} [cure]  where it is one */
  #apply(change, cure = null) {
    const { asks } = this.#context.waysBack ?? {};
    if (this.#busy) return this.#context.actions.change(change); // the run is being kept already
    return this.#alone(async () => {
      this.#treat(cure);
      const { host, keepRun, actions, waysBack } = this.#context;
      const {
        settings,
        status: { step },
      } = host;
      const name = this.#presetOf(settings)?.name;
      this.#said.say('Keeping the run \u2026');
      const { kept, problem } = (await keepRun?.()) ?? { kept: null, problem: 'there is no timeline' };
      this.#before = [...this.#before.slice(1 - MOST_BEFORE), { settings, kept }];
      const why = problem.replace(/\.$/, '');
      if (!kept)
        this.#said.say(
          `${name} at step ${formatCount(step)} could not be kept: ${why}. Going back restarts it from its seed.`,
          true,
        );
      else if (problem)
        this.#said.say(
          `${name} could not be kept as it was at step ${formatCount(step)}: ${why}. It is kept as of step ${formatCount(kept.step)}.`,
          true,
        );
      else this.#said.say(`${name} is kept as it was at step ${formatCount(kept.step)}.`);
      if (waysBack?.asks !== asks) return; // something else has been asked for meanwhile
      await actions.set(change);
      cure?.begin(host.status.step);
      this.#treat(cure?.isInForce(host.settings) ? cure : null);
    });
  }

  #return() {
    return this.#alone(async () => {
      this.#treat(null);
      const last = this.#before.at(-1);
      if (!last) return;
      const { settings, kept } = last;
      const name = this.#presetOf(settings)?.name;
      if (kept) {
        this.#said.say(`Going back to ${name} \u2026`);
        const problem = await this.#context.goBackTo?.(kept);
        if (problem) {
          this.#said.say(problem, true);
          return;
        }
        this.#said.say(`${name} stands at step ${formatCount(kept.step)} again, as you left it. Press Play to go on.`);
      } else {
        await this.#context.actions.set(settings);
        this.#said.say(`${name} starts anew.`);
      }
      this.#before.pop();
    });
  }

  /** One thing at a time; what fails has been told as a notice by then. @param {() => Promise<void>} work */
  async #alone(work) {
    if (this.#busy) return;
    this.#busy = true;
    this.#update();
    await work().catch(() => {});
    this.#busy = false;
    this.#update();
  }

  #update() {
    this.#back.hidden = this.#before.length === 0;
    for (const one of [this.#back, ...this.#findings.querySelectorAll('button')]) setDisabled(one, this.#busy);
  }

  // What it says -----------------------------------------------------------------------------------

  /** The same findings keep their place, so that a button stays under the finger while numbers change. @param {Finding[]} findings */
  show(findings) {
    const { step } = this.#context.host.status;
    this.#cure?.see(step, findings);
    this.#treat(this.#cure);
    const isAtWork = this.#cure?.isAtWork ?? false;
    const same = JSON.stringify([isAtWork, findings.map(({ key, severity, change }) => [key, severity, change])]);
    if (same !== this.#same) {
      this.#same = same;
      this.#rows = findings.map((finding) => this.#row(finding, isAtWork));
      this.#findings.replaceChildren(...this.#rows.map(({ element }) => element));
      this.#spoken.textContent = `The doctor: ${findings.map(({ name }) => name).join(', ')}`;
    }
    findings.forEach(({ evidence, watched }, i) => {
      this.#rows[i].evidence.textContent = `${evidence[0].toUpperCase()}${evidence.slice(1)}.`;
      this.#rows[i].pictures.replaceChildren(...watched.map(sparkline));
    });
    if (findings.length === 0) this.clear();
  }

  /** @param {Finding} finding @param {boolean} isAtWork  a cure is under way: nothing else is offered meanwhile */
  #row(finding, isAtWork) {
    const { key, name, severity, remedy, change } = finding;
    const [evidence, pictures] = [h('p', {}), h('div', { class: 'pictures' })];
    const element = h(
      'article',
      { class: `finding ${severity}` },
      h('h3', {}, h('span', { class: 'severity' }, (key !== 'watching' && SEVERITIES[severity]) || ''), name),
      evidence,
      pictures,
      remedy ? h('p', { class: 'remedy' }, remedy) : null,
      ...(change && !isAtWork ? this.#offer(finding, change) : []),
    );
    return { element, evidence, pictures };
  }

  /** A button, what it changes and how long that takes. @param {Finding} finding @param {SomeSettings} change */
  #offer(finding, change) {
    const cure = () => new Cure(finding, change, this.#context.host.status.step);
    const takes = finding.takes ? ` It usually takes about ${formatCount(finding.takes)} steps.` : '';
    const list = h('p', { class: 'detail', id: uniqueId('cure') }, `Changes: ${this.#words(change)}.${takes}`);
    const apply = button('Apply the cure', () => this.#apply(change, cure()));
    apply.setAttribute('aria-describedby', list.id);
    return [list, apply];
  }

  /** @param {Cure | null} cure  which is under way from now on */
  #treat(cure) {
    this.#cure = cure;
    const words = cure?.words ?? '';
    if (this.#course.textContent !== words) this.#course.textContent = words; // else it would be read out again
    this.#course.hidden = !cure;
  }

  clear() {
    const note = this.#preset?.provokes ? ` ${this.#preset.note}` : '';
    this.#same = '';
    this.#findings.replaceChildren(h('p', { class: 'detail' }, `No diagnosis yet.${note}`));
  }

  /** Settings as the panel names them: those that are other than now. @param {SomeSettings} change */
  #words(change) {
    const { settings } = this.#context.host;
    return Object.entries(change)
      .filter(([key, value]) => String(settings[key]) !== String(value))
      .map(([key, value]) => {
        const setting = this.#tables?.settings.find((row) => row.key === key);
        const choice = setting?.choices?.find((each) => each.value === String(value));
        return `${setting?.name ?? key} to ${choice?.name ?? value}`;
      })
      .join(', ');
  }
}
