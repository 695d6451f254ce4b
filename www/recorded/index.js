/** Recorded runs, written by `ganvas timelapse`; not by hand. */

/** The preset of a link that names none. */
export const FIRST = 'dcgan-mnist';

/** The seed of all of them, and of a link that names none. */
export const SEED = 7;

/**
 * By preset. page: columns and rows of samples; size: pixels of a frame, of which there is one for each of
 * `steps`, one below the other; settings: SHA-256 of the preset's settings
 * @type {Record<string, { page: number[], size: number[], steps: number[], settings: string }>}
 */
export const RECORDED = {
  'cgan-mnist': {
    page: [10, 8],
    size: [298, 238],
    steps: [0, 8, 11, 17, 24, 34, 49, 70, 101, 145, 209, 300],
    settings: 'c8ce37b6c57e4b40c816f9ee6a9f830dbd7a98d3cf4aac3cae7bc610365f4a31',
  },
};
