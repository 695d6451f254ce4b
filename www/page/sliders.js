/** Numbers that what is shown depends on: moving one draws the pictures anew, whether the run trains or not. */

/** @import { Context } from '../../types/page.js' */
/** @import { Info } from '../protocol.js' */
/** @import { Slider } from '../../types/engine.js' */

import { h } from './dom.js';
import { rangeField } from './range.js';

export class Sliders {
  element = h('section', { class: 'panel sliders' });
  #context;
  #said = h('p', { class: 'caption', role: 'status' });
  /** The places that are not yet told, by slider. @type {Map<string, number>} */
  #wanted = new Map();
  #asking = false;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
  }

  /** Another run begins with all sliders where they stand at first. @param {Info} info */
  ready({ galleries }) {
    this.#wanted.clear();
    this.#said.textContent = '';
    const shown = galleries.filter(({ sliders }) => sliders.length > 0);
    const fields = shown.flatMap(({ name, sliders }) => sliders.map((slider) => this.#field(name, slider)));
    this.element.replaceChildren(h('h2', {}, 'What is shown'), ...fields, this.#said);
  }

  /** @param {string} gallery @param {Slider} slider */
  #field(gallery, slider) {
    return rangeField(`${gallery}: ${slider.name}`, slider, (value) => {
      this.#wanted.set(slider.key, value);
      this.#tell();
    });
  }

  /** One question at a time: of places that come meanwhile the last one counts. */
  async #tell() {
    if (this.#asking) return;
    this.#asking = true;
    for (const [key, value] of this.#wanted) {
      this.#wanted.delete(key);
      try {
        const answer = await this.#context.request({ type: 'slide', key, value });
        this.#said.textContent = 'problem' in answer ? answer.problem : '';
      } catch (error) {
        this.#said.textContent = error.message;
      }
    }
    this.#asking = false;
  }
}
