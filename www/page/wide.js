/** From so many pixels on, the curves have a row of their own below the stage. */
const WIDE = 1560;

/**
 * Gives a panel a place outside of the laboratory while there is room for it.
 * @param {HTMLElement} app  whose width counts
 * @param {import('./laboratory.js').Laboratory} laboratory
 * @param {string} control
 * @param {HTMLElement} place
 * @returns {ResizeObserver} to end it
 */
export function lendWhereWide(app, laboratory, control, place) {
  let isWide = false;
  const observer = new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width >= WIDE === isWide) return;
    isWide = !isWide;
    laboratory.lend(control, isWide ? place : null);
  });
  observer.observe(app);
  return observer;
}
