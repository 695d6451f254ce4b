/**
 * Pictures that a visitor gives: the browser decodes them, and what is left is the middle square, grey, in the size that a run
 * takes. The program in a terminal does the same (src/bin/ganvas/apply/).
 */

/** @typedef {{ pixels: Uint8ClampedArray, side: number }} Square  red, green, blue and opacity, row by row */

const MOST_BYTES = 100_000_000;
const MOST_PIXELS = 64_000_000;
const LONGEST = 16_384;
/** Sides of the square that is averaged; what is larger the browser makes smaller first. */
const AVERAGED = 1_024;
/** From 0 to 1: what lies this near together has no contrast to stretch; and a border above this is paper. */
const [FLAT, BRIGHT] = [8 / 255, 0.5];

/** Why a file is no picture for a run, in words for whoever gave it. */
export class Unusable extends Error {}

/** @param {number} width @param {number} height */
function admit(width, height) {
  if (Math.max(width, height) <= LONGEST && width * height <= MOST_PIXELS) return;
  throw new Unusable(
    `This picture has ${width} by ${height} pixels; up to ${MOST_PIXELS / 1e6} million are taken. Make it smaller first.`,
  );
}

/** @param {Uint8Array} bytes @param {number} at @param {string} text */
const says = (bytes, at, text) => [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));

/** Frames of a GIF, two at most. @param {Uint8Array} bytes */
function framesOf(bytes) {
  const table = (/** @type {number} */ flags) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  let at = 13 + table(bytes[10]);
  let frames = 0;
  while (at < bytes.length && frames < 2) {
    if (bytes[at] === 0x2c) {
      frames += 1;
      at += 11 + table(bytes[at + 9]);
    } else if (bytes[at] === 0x21) at += 2;
    else break;
    while (bytes[at]) at += bytes[at] + 1; // blocks, of which an empty one is the last
    at += 1;
  }
  return frames;
}

/** Whether a picture moves, by the bytes of its file. @param {Uint8Array<ArrayBuffer>} bytes */
export function moves(bytes) {
  if (says(bytes, 0, 'GIF8')) return framesOf(bytes) > 1;
  if (says(bytes, 8, 'WEBPVP8X')) return (bytes[20] & 2) !== 0;
  if (!says(bytes, 1, 'PNG')) return false;
  const view = new DataView(bytes.buffer);
  for (let at = 8; at + 8 <= bytes.length && !says(bytes, at + 4, 'IDAT'); at += 12 + view.getUint32(at))
    if (says(bytes, at + 4, 'acTL')) return true;
  return false;
}

/**
 * The middle square of a picture, before white where it is transparent.
 * @param {File} file
 * @returns {Promise<Square>}
 * @throws {Unusable}
 */
export async function squareOf(file) {
  const name = file.name ? `\u201c${file.name}\u201d` : 'This';
  if (file.size > MOST_BYTES)
    throw new Unusable(`${name} has ${Math.round(file.size / 1e6)} MB, more than is read here.`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (file.type === 'image/svg+xml' || /\.svgz?$/i.test(file.name))
    throw new Unusable(`${name} is an SVG, a drawing without pixels. Save it as PNG first.`);
  // What would fill the memory is refused before it does.
  if (says(bytes, 1, 'PNG') && bytes.length >= 24) {
    const view = new DataView(bytes.buffer);
    admit(view.getUint32(16), view.getUint32(20));
  }
  if (moves(bytes))
    throw new Unusable(`${name} moves, and a run takes one picture. Save one of its frames as PNG first.`);
  /** @type {ImageBitmap} */
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    throw new Unusable(`${name} is no picture that this browser can read. A PNG or JPEG would work.`);
  }
  try {
    const { width, height } = picture;
    admit(width, height);
    const square = Math.min(width, height);
    const side = Math.min(square, AVERAGED);
    const context = new OffscreenCanvas(side, side).getContext('2d');
    if (!context) throw new Unusable('This browser has no memory left for a picture. Close other pages first.');
    context.fillStyle = '#fff';
    context.fillRect(0, 0, side, side);
    context.imageSmoothingQuality = 'high';
    const [left, top] = [width, height].map((extent) => Math.floor((extent - square) / 2));
    context.drawImage(picture, left, top, square, square, 0, 0, side, side);
    return { pixels: context.getImageData(0, 0, side, side).data, side };
  } finally {
    picture.close();
  }
}

/**
 * How bright a square is, in another size: each pixel is the mean of what it covers. What had another size before is stretched
 * from black to white: ink on a photograph is grey, and so is its paper.
 * @param {Square} square
 * @param {number} side
 * @returns {{ values: Float32Array, isBright: boolean }}  row by row, from 0 to 1; whether its border is paper
 */
export function greyOf({ pixels, side: from }, side) {
  const each = from / side;
  const covered = Array.from({ length: side }, (_, at) => {
    const [start, end] = [at * each, (at + 1) * each];
    /** @type {[number, number][]} */
    const shares = [];
    for (let pixel = Math.floor(start); pixel < Math.min(from, Math.ceil(end)); pixel++)
      shares.push([pixel, (Math.min(pixel + 1, end) - Math.max(pixel, start)) / each]);
    return shares;
  });
  const grey = (/** @type {number} */ at) =>
    (0.299 * pixels[4 * at] + 0.587 * pixels[4 * at + 1] + 0.114 * pixels[4 * at + 2]) / 255;
  const values = Float32Array.from({ length: side * side }, (_, at) => {
    let sum = 0;
    for (const [y, down] of covered[Math.floor(at / side)])
      for (const [x, across] of covered[at % side]) sum += down * across * grey(y * from + x);
    return sum;
  });
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const last = side - 1;
  if (from !== side && high - low > FLAT) values.forEach((value, at) => (values[at] = (value - low) / (high - low)));
  const border = values.filter((_, at) => [at % side, Math.floor(at / side)].some((place) => !place || place === last));
  return { values, isBright: border.reduce((sum, value) => sum + value, 0) / border.length > BRIGHT };
}
