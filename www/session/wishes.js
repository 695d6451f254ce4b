/** The settings of the run: what the visitor asked for, as text, and what the engine makes of it. */

export class Wishes {
  // Once the engine is there; before, they are empty.
  /** In force, every key. */
  settings = /** @type {import('../protocol.js').Settings} */ ({});
  tables = /** @type {import('../protocol.js').Tables} */ ({});
  #engine = /** @type {import('../../types/engine.js').Engine} */ ({});
  /** What was asked for; everything else is a default. @type {Record<string, string>} */
  #raw = {};

  /**
   * Before the engine is there, wishes are only kept; later ones win.
   * @param {import('../protocol.js').RawSettings} values
   */
  ask(values, isNewer = true) {
    const texts = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
    this.#raw = isNewer ? { ...this.#raw, ...texts } : { ...texts, ...this.#raw };
  }

  /** The engine's code is there. @returns {string[]} messages @param {import('../../types/engine.js').Engine} engine */
  start(engine) {
    this.#engine = engine;
    this.tables = engine.tables();
    return this.#resolve();
  }

  /**
   * @returns {{ changed: string[], messages: string[] }} keys of settings that are not what they were
   * @param {import('../protocol.js').RawSettings} values
   */
  change(values) {
    const before = this.settings;
    if (values.preset !== undefined && String(values.preset) !== before.preset) {
      // A preset brings its own defaults: what was tuned for the old one does not carry over.
      const preset = this.tables.presets.find(({ key }) => key === before.preset);
      for (const key of [...Object.keys(preset?.defaults ?? {}), 'start']) delete this.#raw[key];
    }
    this.ask(values);
    const messages = this.#resolve();
    return { changed: Object.keys(this.settings).filter((key) => this.settings[key] !== before[key]), messages };
  }

  /** The step at which samples of the preset are no noise any more; null where nobody has measured that. @returns {number | null} */
  get firstLandmark() {
    return this.tables.presets.find(({ key }) => key === this.settings.preset)?.landmarks?.[0]?.step ?? null;
  }

  /** The file of the weights that the run starts from; null where it starts from zero. @returns {string | null} */
  get trained() {
    return this.settings.start === 'trained' ? `trained/${this.settings.preset}.safetensors` : null;
  }

  /** Whether it is a generator and a discriminator, which every engine has. */
  get isPair() {
    const preset = this.tables.presets.find(({ key }) => key === this.settings.preset);
    return this.tables.algorithms.find(({ key }) => key === preset?.algorithm)?.isPair ?? true;
  }

  /**
   * Where the data come from: a packed file, or a set that is drawn; neither for a world of points.
   * @returns {import('./dataset.js').Origin}
   */
  get origin() {
    const { tables, settings } = this;
    const { file = null, drawn = null } = tables.sets.find(({ key }) => key === settings.data) ?? {};
    if (drawn === null) return { file, drawn };
    const [count, heldOut] = tables.drawnRows;
    const rows = Number(settings.examples) || count;
    return { file, drawn: { indices: drawn, rows, heldOut, seed: Number(settings.seed) } };
  }

  /** @param {string} wanted */
  isLive(wanted) {
    return this.tables.settings.find(({ key }) => key === wanted)?.live ?? false;
  }

  /** Turns wishes into settings; what the engine did not accept is forgotten. */
  #resolve() {
    const { settings, messages } = this.#engine.resolve(this.#raw);
    this.settings = settings;
    const known = Object.keys(this.#raw).filter((key) => key in settings);
    this.#raw = Object.fromEntries(known.map((key) => [key, String(settings[key])]));
    return messages;
  }
}
