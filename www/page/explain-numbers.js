/** What each side of a game minimises, as formulas with names and with the numbers of the last step. */

/** @import { Info, Settings } from '../protocol.js' */
/** @import { Formula } from './formula.js' */
/** @import { Game } from './explain-games.js' */

import { GAMES, TOLD } from './explain-games.js';
import { LOSSES, PENALTIES } from './explain-losses.js';
import { read, replaced, simplified, worth } from './formula.js';

/**
 * @typedef {{ side: 'D' | 'G', symbols: Formula, verdict: Formula | null, total: Formula | null, isAbout: boolean,
 *   loss: 'd_loss' | 'g_loss', learner?: string }} Side
 *   symbols: all that it minimises, in symbols; verdict: its adversarial loss by D's mean outputs; null: they do not say it
 *   total: all that it minimises by what the engine reports; null: that is the adversarial loss alone; isAbout: a term of it is
 *   only about right; learner: who learns, where it is not D or G
 * @typedef {Record<string, number>} Values  what the engine reports of a step, by its key; NaN: not in this step
 */

/** The row of what is played. @param {Pick<Info, 'algorithm'>} info @returns {Game | undefined} */
export const gameOf = ({ algorithm }) => GAMES[algorithm];

/** The row as it is in a stage, under a loss. @param {Game} game @param {Pick<Info, 'loss'>} info @param {number} stage */
export const stageOf = (game, { loss }, stage) => ({
  ...game,
  ...game.byLoss?.[loss],
  ...(game.stages?.[stage] && { learner: undefined, ...game.stages[stage] }),
});

/** The penalty that a pair's D minimises too. @param {Pick<Info, 'isPair'>} info @param {Settings} settings */
export const penaltyOf = ({ isPair }, { penalty }) => (isPair ? PENALTIES[penalty] : undefined);

/**
 * @param {Pick<Info, 'algorithm' | 'isPair' | 'loss' | 'classesFrom' | 'metrics'>} info
 * @param {Settings} settings
 * @param {number} stage  the number of the one whose networks are in place
 * @returns {Side[]}  without a side that has nothing to minimise
 */
export function sidesOf(info, settings, stage) {
  const game = gameOf(info);
  if (!game) return [];
  const penalty = penaltyOf(info, settings);
  const { real, fake } = info.isPair && info.classesFrom ? TOLD : game;
  const loss = LOSSES[info.loss];
  const minimised = stageOf(game, info, stage);
  const { learner } = minimised;
  const formulas = {
    D: minimised.D && penalty ? `${minimised.D} + penalty_weight * penalty` : minimised.D,
    G: minimised.G,
  };
  const outputs = { real: read(real), fake: read(fake) };
  const valueOf = weightsOf(settings);
  return /** @type {const} */ (['D', 'G'])
    .filter((side) => formulas[side])
    .map((side) => {
      const own = side === 'D' ? game.tells : game.fools;
      const adversarial = read(game.both ? `both(${own ?? loss[side]})` : (own ?? loss[side]));
      /** @type {Record<string, Formula>} */
      const inSymbols = { [key(side)]: replaced(adversarial, (name) => outputs[/** @type {'real'} */ (name)]) };
      for (const [name, text] of Object.entries(game.terms ?? {})) inSymbols[name] = read(text);
      if (penalty) inSymbols.penalty = read(penalty.math);
      const all = simplified(read(formulas[side]), valueOf);
      const symbols = replaced(all, (name) => inSymbols[name] ?? weightSymbol(name));
      const isAlone = all.kind === 'name' && all.name === key(side);
      const isSaid = (own ?? loss[side]).match(/\b(real|fake)\b/) !== null && mentions(all, key(side));
      const live = penalty && read(penalty.live);
      // What is not reported stays as it is written.
      const isReported = (/** @type {string} */ name) => info.metrics.includes(name);
      const left = (/** @type {string} */ name) =>
        name === 'penalty' ? live : isReported(name) ? undefined : inSymbols[name];
      const total = isAlone ? null : replaced(all, left);
      const isAbout = Boolean(penalty?.isAbout) && side === 'D';
      return {
        side,
        symbols,
        verdict: isSaid ? adversarial : null,
        total,
        isAbout,
        loss: key(side),
        ...(side === 'D' && learner ? { learner } : {}),
      };
    });
}

/** @param {'D' | 'G'} side */
const key = (side) => (side === 'D' ? 'd_loss' : 'g_loss');
/** @param {Formula} formula @param {string} name */
const mentions = (formula, name) => {
  let found = false;
  replaced(formula, (other) => void (found ||= other === name));
  return found;
};
/** A weight is a lambda, named after what it weighs. @param {string} name @returns {Formula | undefined} */
const weightSymbol = (name) =>
  name.endsWith('_weight') ? { kind: 'name', name: `lambda_${name.slice(0, -'_weight'.length)}` } : undefined;

/** Values of settings that are numbers. @param {Settings} settings @returns {(name: string) => number | undefined} */
export function weightsOf(settings) {
  return (name) => {
    const value = settings[name];
    return value === undefined || value === '' || !Number.isFinite(Number(value)) ? undefined : Number(value);
  };
}

/**
 * What stands for names in a formula of a step: what was reported, weights, and D's mean outputs. Where the formula is of
 * scores and sigmoids are reported, the scores are worked back.
 *
 * @param {Values} values
 * @param {Settings} settings
 * @param {string} loss
 * @returns {(name: string) => number | undefined}
 */
export function numbersOf(values, settings, loss) {
  const weight = weightsOf(settings);
  const output = (/** @type {number} */ value) => (LOSSES[loss]?.isScore ? Math.log(value / (1 - value)) : value);
  return (name) => {
    const value = { real: output(values.d_real), fake: output(values.d_fake) }[name] ?? values[name] ?? weight(name);
    return value !== undefined && Number.isFinite(value) ? value : undefined;
  };
}

/**
 * Whether a formula of means comes to what is reported, by the three digits that are shown.
 * @param {Formula} formula @param {number} reported @param {(name: string) => number | undefined} numbers
 */
export function comesTo(formula, reported, numbers) {
  const value = worth(formula, numbers);
  return { value, isExact: Math.abs(value - reported) <= 5e-4 * Math.max(0.01, Math.abs(reported)) };
}
