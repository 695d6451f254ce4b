/** @import { PanelClass } from '../../types/page.js' */

import { ExplainDoor, InsideDoor, TimelineDoor } from './doors.js';
import { later } from './later.js';
import { Presence } from './presence.js';

/**
 * The panels of the laboratory below the main parts, in the order of the page. A panel is a class with
 *
 * - `static control`: its name in CONTROLS of protocol.js
 * - `static group`: the tab it stands under, see GROUPS of laboratory.js (if missing, laboratory.js knows or says "See inside")
 * - `static stylesheets`: its style sheets, as addresses relative to the site (may be missing)
 * - `constructor(context)`: `context.host` is the `<gan-playground>`; `context.request(command, transfer)` sends a
 *   Command and resolves to its reply; `context.actions` is what the controls do; `context.notices` shows messages;
 *   `context.stage` has the pictures; `context.open(key)` opens a tab; `travel(context, ...)` of travel.js brings the run
 *   to a kept state, and what is heard meanwhile is no training
 * - `element`: what is seen of it
 *
 * and whichever of these methods it wants to be called: `tables(tables)`, `ready(info, settings)`, `settings(settings)`,
 * `metrics(metrics, state)`, `state(state, step)`, `evaluation(result)`, `pulse(gradients)`, `truncate(step)` (what was
 * measured after this step is undone), `break()` (the run jumped ahead), `clear()` (another run), `paint()` (colours are
 * there or have changed), `shown(visible, offered)` (whether its tab is open and it is shown there: out of sight a panel
 * computes nothing; and whether the page has it at all), `destroy()`.
 */
/**
 * Those that need little of what happened before they are seen come later; what is static is said here then.
 * @type {PanelClass[]}
 */
export const PANELS = [
  Presence,
  later(
    { control: 'explain', stylesheets: ['page/explain.css'], door: ExplainDoor, isPatient: true },
    async () => (await import('./explain.js')).Explain,
  ),
  later(
    { control: 'inside', stylesheets: ['page/inside.css'], ofPair: 'Inside', door: InsideDoor },
    async () => (await import('./inside.js')).Inside,
  ),
  later(
    {
      control: 'plane',
      stylesheets: ['page/plane.css'],
      wanted: ({ data }) => data.form === 'point',
      onStage: true,
    },
    async () => (await import('./plane-panel.js')).PlanePanel,
  ),
  later(
    { control: 'probe', group: 'play', stylesheets: ['page/probe.css'], wanted: ({ probes }) => probes.length > 0 },
    async () => (await import('./probe-panel.js')).ProbePanel,
  ),
  later(
    {
      control: 'sliders',
      group: 'play',
      stylesheets: [],
      wanted: ({ galleries }) => galleries.some(({ sliders }) => sliders.length > 0),
    },
    async () => (await import('./sliders.js')).Sliders,
  ),
  later(
    { control: 'latent', stylesheets: ['page/latent.css'], ofPair: 'Latent space' },
    async () => (await import('./latent-panel.js')).LatentPanel,
  ),
  later(
    { control: 'layers', stylesheets: ['page/layers.css'], ofPair: 'Layers' },
    async () => (await import('./layers.js')).Layers,
  ),
  later({ control: 'timeline', stylesheets: ['page/timeline.css'], door: TimelineDoor }, async ({ waysBack }) => {
    await waysBack?.come();
    return (await import('./timeline.js')).Timeline;
  }),
  later(
    { control: 'race', stylesheets: ['page/timeline.css', 'page/race.css'] },
    async () => (await import('./race.js')).Race,
  ),
  later(
    {
      control: 'data',
      group: 'data',
      stylesheets: [],
      wanted: ({ classesFrom, data }) => data.form === 'image' && classesFrom === 'labels',
    },
    async () => (await import('./dataset-panel.js')).DatasetPanel,
  ),
  later(
    { control: 'data', group: 'data', stylesheets: ['page/profile.css'] },
    async () => (await import('./profile.js')).Profile,
  ),
];
