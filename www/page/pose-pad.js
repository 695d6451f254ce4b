/** A pad for poses: joints of a stick figure that are dragged, or moved with the arrow keys. Bones keep their lengths. */

import { h } from './dom.js';
import { ARROWS } from './pad.js';

/** @typedef {[x: number, y: number]} Place  right and down, 1 is the side of the square */

/** Of the side: how far an arrow leads, how near the border joints may come, and points of the drawing on a side. */
const [STEP, MARGIN, POINTS] = [1 / 32, 0.04, 320];

/** @param {Place} a @param {Place} b @returns {Place} */
const middle = ([a, b], [c, d]) => [(a + c) / 2, (b + d) / 2];
/** @param {Place} from @param {Place} to @returns {Place} */
const way = ([a, b], [c, d]) => [c - a, d - b];

/**
 * Joints after one of them was drawn to a place. It keeps its distance to what it hangs from, and what hangs from it comes
 * along; one that hangs from itself takes all with it. The figure stays in the picture, on the floor on which it began.
 * @param {Place[]} joints
 * @param {[number, number][]} hangs  of each joint the two from whose middle it hangs
 * @param {number} moved
 * @param {Place} to
 * @returns {Place[]}
 */
export function moveJoint(joints, hangs, moved, to) {
  const [first, second] = hangs[moved];
  const isBody = (/** @type {number} */ joint) => hangs[joint][0] === joint;
  /** @param {number} joint @returns {boolean} */
  const comesAlong = (joint) => joint === moved || isBody(moved) || (!isBody(joint) && hangs[joint].every(comesAlong));
  let by = way(joints[moved], to);
  if (!isBody(moved)) {
    const from = middle(joints[first], joints[second]);
    const [wanted, bone] = [way(from, to), Math.hypot(...way(from, joints[moved]))];
    const length = Math.hypot(...wanted);
    if (length < 1e-6) return joints; // it points nowhere
    by = way(joints[moved], [from[0] + (wanted[0] / length) * bone, from[1] + (wanted[1] / length) * bone]);
  }
  const drawn = joints.map(([x, y], joint) => (comesAlong(joint) ? [x + by[0], y + by[1]] : [x, y]));
  const ends = (/** @type {number} */ axis, /** @type {Place[]} */ all) => {
    const values = all.map((place) => place[axis]);
    return [Math.min(...values), Math.max(...values)];
  };
  const places = /** @type {Place[]} */ (drawn);
  const [left, right] = ends(0, places);
  const aside = Math.max(0, MARGIN - left) - Math.max(0, right - (1 - MARGIN));
  const down = ends(1, joints)[1] - ends(1, places)[1];
  return places.map(([x, y]) => [x + aside, y + down]);
}

export class PosePad {
  element;
  #input;
  #changed;
  /** @type {Place[]} */
  #joints;
  /** The one that the pointer has. */
  #held = 0;
  #canvas = h('canvas', { width: POINTS, height: POINTS });
  #handles;

  /** @param {import('../../types/engine.js').ProbeInput} input @param {() => void} changed */
  constructor(input, changed) {
    this.#input = input;
    this.#changed = changed;
    this.#joints = input.start;
    this.#handles = input.names.map((name, joint) =>
      h('button', {
        type: 'button',
        class: 'joint',
        'aria-label': `${name}: move with the arrow keys`,
        title: name,
        on: { keydown: (event) => this.#key(event, joint) },
      }),
    );
    this.element = h(
      'div',
      {
        class: 'drawing-pad pose-pad',
        role: 'group',
        'aria-label': `${input.name}: drag the joints, or go from one to the next with Tab and move it with the arrow keys`,
        on: {
          pointerdown: (event) => this.#press(event),
          pointermove: (event) => this.element.hasPointerCapture(event.pointerId) && this.#drag(event),
        },
      },
      this.#canvas,
      ...this.#handles,
    );
    this.paint();
  }

  /** Where the joints are, right and down of each, from 0 to 1, by the key of the input. */
  get pictures() {
    return { [this.#input.key]: Float32Array.from(this.#joints.flat(), (value) => Math.min(1, Math.max(0, value))) };
  }

  /** Who only stands there is somebody: it is asked about at once. */
  begins = true;
  words = 'Drag the joints: the run paints somebody in that pose.';
  remark = '';

  /** @returns {HTMLElement[]} */
  tools() {
    return [];
  }

  clear() {
    this.#set(this.#input.start);
  }

  /** @param {Place[]} joints */
  #set(joints) {
    this.#joints = joints;
    this.paint();
    this.#changed();
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    const at = this.#place(event);
    const distances = this.#joints.map((joint) => Math.hypot(...way(joint, at)));
    this.#held = distances.indexOf(Math.min(...distances));
    this.#handles[this.#held].focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    this.#drag(event);
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    this.#set(moveJoint(this.#joints, this.#input.hangs, this.#held, this.#place(event)));
  }

  /** @param {PointerEvent} event @returns {Place} */
  #place({ clientX, clientY }) {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  }

  /** @param {KeyboardEvent} event @param {number} joint */
  #key(event, joint) {
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
    const [x, y] = this.#joints[joint];
    this.#set(moveJoint(this.#joints, this.#input.hangs, joint, [x + arrow[0] * STEP, y + arrow[1] * STEP]));
  }

  paint() {
    const context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d'));
    const { limbs } = this.#input;
    context.clearRect(0, 0, POINTS, POINTS);
    context.strokeStyle = '#fff';
    context.lineWidth = POINTS / 40;
    context.lineCap = 'round';
    for (const ends of [...limbs, ...this.#across()]) {
      context.beginPath();
      for (const end of ends) {
        const [x, y] = typeof end === 'number' ? this.#joints[end] : end;
        context.lineTo(x * POINTS, y * POINTS);
      }
      context.stroke();
    }
    this.#handles.forEach((handle, joint) => {
      const [x, y] = this.#joints[joint];
      handle.style.left = `${x * 100}%`;
      handle.style.top = `${y * 100}%`;
    });
  }

  /** Lines that are no limbs: from the middle of two joints to what hangs there, and between these two. */
  #across() {
    return this.#input.hangs.flatMap(([first, second], joint) => {
      if (first === second) return [];
      const [from, to] = [this.#joints[first], this.#joints[second]];
      return [
        [this.#joints[joint], middle(from, to)],
        [from, to],
      ];
    });
  }
}
