/** What happens in a training step, in the order in which it happens, told with the numbers of one step. */

/** @import { Info, Update } from '../protocol.js' */

import { formatCount, formatShort } from './dom.js';
import { FORMATS, rated } from './scale.js';

/**
 * @typedef {{ who: 'D' | 'G', step: string, title: string, text: string, lit: string[], part: string, back?: boolean, end?: string }} Caption
 *   who: learns; step: what is done, as marks in the sources name it; lit: parts of the diagram; part: selector of the part of the page where the data is; back: a gradient
 *   flows, against the arrows; end: what the diagram says below D
 */

const SAMPLES = '.picture.samples';
const REAL = '.picture.real';
const VERDICT = '.verdict';
const LOSSES = '.charts .chart';

/**
 * @param {[Update, Update]} updates  D's and G's
 * @param {Info} info
 * @param {import('./scale.js').Scale} scale
 * @returns {Caption[]}
 */
export function captionsOf([d, g], { batchSize, latentDim, data }, scale) {
  const batch = formatCount(batchSize);
  const verb = scale === 'score' ? 'scores' : 'rates';
  /** @param {string} what @param {number} value */
  const rates = (what, value) => `${what} ${rated(value, scale)}`;
  const numbers = latentDim === 1 ? 'a random number' : `${formatCount(latentDim)} random numbers`;
  /** @param {'D' | 'G'} who @param {string} more @returns {Caption} */
  const noise = (who, more) => ({
    who,
    step: 'noise',
    title: 'Noise',
    text: `${batch} times, ${numbers} are drawn: z.${more}`.replace('a random number are', 'a random number is'),
    lit: ['z'],
    part: SAMPLES,
  });
  /** @param {'D' | 'G'} who @param {string} more @returns {Caption} */
  const fakes = (who, more) => ({
    who,
    step: 'forge',
    title: 'G makes forgeries',
    text: `The generator makes ${batch} forgeries of z${more}`,
    lit: ['z', 'G', 'fake'],
    part: SAMPLES,
  });
  /** @param {'D' | 'G'} who @param {number} value @param {string} text @returns {Caption} */
  const loss = (who, value, text) => ({
    who,
    step: 'loss',
    title: `${who}\u2019s loss`,
    text: `${text} ${formatShort(value)}.`,
    lit: ['D', 'end'],
    part: LOSSES,
    end: `\u2193 loss ${formatShort(value)}`,
  });
  /** @param {'D' | 'G'} who @param {Update} update @returns {Caption} */
  const moves = (who, { moved, length, pageBefore, pageAfter }) => ({
    who,
    step: 'update',
    title: `${who}\u2019s weights move`,
    lit: [who],
    part: who === 'G' ? SAMPLES : VERDICT,
    text: `All in all by ${formatShort(moved)}, where their length is ${formatShort(length)}. D ${verb} the forgeries of the grid ${FORMATS[scale](pageAfter)} now; it was ${FORMATS[scale](pageBefore)} before.`,
  });
  /** @param {Update} update */
  const gradient = ({ gradient: value }) => `\u2191 gradient ${formatShort(value)}`;
  /** @param {Update} update */
  const held = ({ frozenCount, frozenChanged }) =>
    frozenChanged === 0
      ? `none of its ${formatCount(frozenCount)} weights has changed`
      : `${formatCount(frozenChanged)} of its weights have changed`;
  return [
    noise('D', d.updates > 1 ? ` (D learns ${formatCount(d.updates)} times in this step; this is the last time.)` : ''),
    fakes('D', '. The grid shows those of noise that always stays the same.'),
    {
      who: 'D',
      step: 'originals',
      title: 'Originals',
      text: `${batch} of the ${formatCount(data.count)} originals come from the data set.`,
      lit: ['real'],
      part: REAL,
    },
    {
      who: 'D',
      step: 'judge',
      title: 'D judges both',
      text: `On average it ${verb} ${rates('originals', d.real)} and ${rates('forgeries', d.fake)}.`,
      lit: ['fake', 'D', 'real'],
      part: VERDICT,
    },
    loss('D', d.loss, 'How wrong these verdicts are, in one number:'),
    {
      who: 'D',
      step: 'gradient',
      title: 'Gradients flow back into D',
      lit: ['end', 'D'],
      part: LOSSES,
      back: true,
      end: gradient(d),
      text: `For each of D\u2019s ${formatCount(d.count)} weights: which way would the loss fall? All together have the length ${formatShort(d.gradient)}. G is frozen: ${held(d)}.`,
    },
    moves('D', d),
    noise('G', ' This time no originals are needed.'),
    fakes('G', '.'),
    {
      who: 'G',
      step: 'judge',
      title: 'D judges, but does not learn',
      text: `It ${verb} ${rates('these forgeries', g.fake)} on average.`,
      lit: ['fake', 'D'],
      part: VERDICT,
    },
    loss('G', g.loss, 'The less D is taken in, the higher:'),
    {
      who: 'G',
      step: 'gradient',
      title: 'Gradients flow through D into G',
      lit: ['end', 'D', 'fake', 'G'],
      part: LOSSES,
      back: true,
      end: gradient(g),
      text: `D is frozen (${held(g)}), but it says in which direction each forgery would look more real. For G\u2019s ${formatCount(g.count)} weights that makes a gradient of length ${formatShort(g.gradient)}.`,
    },
    moves('G', g),
  ];
}
