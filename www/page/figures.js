/** Measured figures, as one says them. */

import { formatFixed } from './dom.js';

/** Words of keys that are not written as other words are. @type {Record<string, string>} */
const WORDS = { nfd: 'nFD', iou: 'IoU', l1: 'L1', psnr: 'PSNR', ssim: 'SSIM' };

/**
 * What was reached of goals like `nfd ≤ 2`; what was not measured is left out.
 * @param {[goal: string, value: number | undefined][]} figures
 * @param {(wanted: string) => string} [also]  what is said of the bound
 */
export function reached(figures, also = () => '') {
  return figures
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([goal, value]) => {
      const [, name = goal, wanted = ''] = /^(\S+) (.*)$/.exec(goal) ?? [];
      const words = name
        .split('_')
        .map((word) => WORDS[word] ?? word)
        .join(' ');
      return `${words} ${formatFixed(Number(value), 2)}${also(wanted)}`;
    });
}
