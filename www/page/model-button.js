/** Saves the generator as an ONNX model; the code for that comes when it is first wanted. */

/** @import { Context } from '../../types/page.js' */

import { download, h, icon } from './dom.js';

export class ModelButton {
  static control = 'transport';
  element;
  #host;
  #notices;

  /** @param {Pick<Context, 'host' | 'notices'>} context */
  constructor({ host, notices }) {
    this.#host = host;
    this.#notices = notices;
    const title = 'Save what the generator has learned as an ONNX model, which other programs open';
    this.element = h(
      'button',
      { type: 'button', class: 'button quiet', title, on: { click: () => this.#save() } },
      icon('save'),
      'ONNX',
    );
  }

  async #save() {
    const { settings, status } = this.#host;
    try {
      const model = await this.#host.exportOnnx();
      download(await model.arrayBuffer(), `ganvas-${settings.preset}-step-${status.step}.onnx`);
    } catch (error) {
      this.#notices.show('warning', `No ONNX model was saved: ${error.message}`, { topic: 'onnx', passing: true });
    }
  }
}
