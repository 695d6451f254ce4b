/** What to look at now, by where the run is: the first condition that holds says it, in words for what is drawn. */

/** @import { Finding, Info, Quality } from '../protocol.js' */

import { formatCount, formatPercent } from './dom.js';

/**
 * @typedef {'points' | 'digits' | 'rows' | 'pictures'} Kind  rows: what went in, what came out, and mostly the truth
 * @typedef {{ kind: Kind, step: number, trainedSteps: number | null, now: string | null, next: string | null, alarm: Finding | null,
 *   real: number, fake: number, isProbability: boolean, isFlat: boolean, modes: [covered: number, count: number] | null, watch: string }} Facts
 *   trainedSteps: of the weights that the run began with; now, next: landmarks; real, fake: D's mean outputs of the last steps
 *   isFlat: the samples have not changed by much for some evaluations; watch: the algorithm's own word
 * @typedef {{ key: string, holds(facts: Facts): boolean, says: Partial<Record<Kind | 'any', (facts: Facts) => string>> }} Condition
 */

const FAR_AHEAD = 0.8; // D's lead, in shares
const FOOLED = -0.1;
const FLAT_AFTER = 5; // evaluations
const FLAT_BY = 0.03;

/** @type {Condition[]} */
export const CONDITIONS = [
  {
    key: 'alarm',
    holds: ({ alarm }) => alarm !== null,
    says: {
      any: ({ alarm }) => `The doctor sounds an alarm: ${alarm?.name}. ${alarm?.evidence} Measure has the remedy.`,
    },
  },
  {
    key: 'ahead',
    holds: ({ isProbability, real, fake }) => isProbability && real - fake > FAR_AHEAD,
    says: {
      any: ({ real, fake }) =>
        `D is far ahead: it rates originals ${formatPercent(real)} real and forgeries ${formatPercent(fake)}. Watch G\u2019s loss: if it only climbs, D says no more which way is better.`,
    },
  },
  {
    key: 'fooled',
    holds: ({ isProbability, real, fake }) => isProbability && real - fake < FOOLED,
    says: {
      any: ({ real, fake }) =>
        `D is fooled: it rates forgeries ${formatPercent(fake)} real and originals ${formatPercent(real)}. Watch D\u2019s loss: it should fall again within some steps.`,
    },
  },
  {
    key: 'trained',
    holds: ({ trainedSteps }) => trainedSteps !== null,
    says: {
      points: ({ trainedSteps }) =>
        `These networks begin where ours were after ${formatCount(trainedSteps)} steps. See whether each mode keeps its share of the points while they go on.`,
      digits: ({ trainedSteps }) =>
        `These networks begin where ours were after ${formatCount(trainedSteps)} steps. See whether strokes stay whole and every class stays while they go on.`,
      rows: ({ trainedSteps }) =>
        `These networks begin where ours were after ${formatCount(trainedSteps)} steps. Compare the rows: where does the result still differ from what it should be?`,
      pictures: ({ trainedSteps }) =>
        `These networks begin where ours were after ${formatCount(trainedSteps)} steps. See what varies from picture to picture, and what does not.`,
    },
  },
  {
    key: 'start',
    holds: ({ step }) => step === 0,
    says: {
      points: () =>
        'Nothing is learned yet: the forgeries lie in one heap. With the first steps the heap moves towards a mode.',
      digits: () => 'Nothing is learned yet: the forgeries are noise. Strokes come first.',
      rows: () =>
        'Nothing is learned yet: the result has nothing to do with what went in. Follow one column from row to row.',
      pictures: () => 'Nothing is learned yet: the pictures are noise. Colours come first.',
    },
  },
  {
    key: 'first landmark',
    holds: ({ now, next }) => now === null && next !== null,
    says: { any: ({ next }) => `The first landmark is still ahead: ${next}. Look at one tile, not at all of them.` },
  },
  {
    key: 'flat',
    holds: ({ isFlat }) => isFlat,
    says: {
      points: ({ modes }) =>
        `A plateau: ${modes ? `${modes[0]} of ${modes[1]} modes are covered, and ` : ''}the last evaluations differ by little. Do points jump from mode to mode, or does each stay?`,
      digits: () =>
        'A plateau: the last evaluations differ by little. Look for strokes that break, and for a class that is drawn too seldom.',
      rows: () =>
        'A plateau: the last evaluations differ by little. Look for the column where result and truth differ most.',
      pictures: () => 'A plateau: the last evaluations differ by little. Look for what never varies.',
    },
  },
  {
    key: 'next landmark',
    holds: ({ next }) => next !== null,
    says: { any: ({ now, next }) => `By now: ${now}. Next: ${next}.` },
  },
  {
    key: 'modes',
    holds: ({ kind, modes }) => kind === 'points' && modes !== null,
    says: {
      points: ({ modes }) =>
        modes && modes[0] < modes[1]
          ? `${modes[0]} of ${modes[1]} modes are covered. Watch whether the forgeries spread to another one or leave one for it.`
          : `All ${modes?.[1]} modes are covered. Watch whether they stay: a mode that is left shows first as a thin cloud.`,
    },
  },
  {
    key: 'going on',
    holds: () => true,
    says: {
      points: () => 'Watch where the cloud of forgeries goes: towards one mode, or to all.',
      digits: ({ watch }) => `${watch} Look at single strokes, and whether all classes are drawn.`,
      rows: ({ watch }) => watch,
      pictures: ({ watch }) => watch,
    },
  },
];

/** @param {Facts} facts */
export function watchNow(facts) {
  for (const { holds, says } of CONDITIONS) {
    const words = says[facts.kind] ?? says.any;
    if (words && holds(facts)) return words(facts);
  }
  return facts.watch;
}

/** What is drawn. @param {Pick<Info, 'data' | 'galleries' | 'page'>} info @returns {Kind} */
export function kindOf({ data, galleries }) {
  if (data.form === 'point') return 'points';
  if ((galleries[0]?.rows ?? []).length > 0) return 'rows';
  return /digit|mnist/i.test(data.name) ? 'digits' : 'pictures';
}

/** The number that says how good samples are, as far as it is known. @param {Quality} quality @returns {number} */
export function figureOf(quality) {
  if (quality.form === 'image') return quality.nfd ?? NaN;
  if (quality.form === 'point') return quality.modes ?? NaN;
  const values = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (quality));
  return Number(values[quality.measures[0]?.key] ?? NaN);
}

/** Whether the last figures differ by little; too few do not say. @param {number[]} figures */
export function isFlat(figures) {
  const last = figures.slice(-FLAT_AFTER);
  if (last.length < FLAT_AFTER || !last.every(Number.isFinite)) return false;
  const [low, high] = [Math.min(...last), Math.max(...last)];
  return high - low <= FLAT_BY * Math.max(Math.abs(low), Math.abs(high));
}
