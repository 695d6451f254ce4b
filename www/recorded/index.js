/** Recorded runs, written by `ganvas timelapse`; not by hand. */

/** The preset of a link that names none. */
export const FIRST = 'quick-mnist';

/** The seed of all of them, and of a link that names none. */
export const SEED = 7;

/**
 * By preset. page: columns and rows of samples, side by side without gaps; image: width and height of one;
 * steps: of the frames, which stand one below the other; settings: SHA-256 of the preset's settings
 * @type {Record<string, { page: [number, number], image: [number, number], steps: number[], settings: string }>}
 */
export const RECORDED = {
  'quick-mnist': {
    page: [10, 8],
    image: [28, 28],
    steps: [0, 20, 31, 47, 72, 110, 168, 256, 392, 600],
    settings: '120adaadcc51f2260788b28a6abf6955870b96916739334d50d92bd6c3b4175d',
  },
};
