/** A further thread of the engine: on the same memory, for loops that the engine's worker shares out. It never comes back. */

self.addEventListener(
  'message',
  async (
    /** @type {MessageEvent<{ script: string, module: WebAssembly.Module, memory: WebAssembly.Memory }>} */ {
      data: { script, module, memory },
    },
  ) => {
    /** @type {import('../types/engine.js').ThreadedEngine} */
    const engine = await import(script);
    await engine.default({ module_or_path: module, memory });
    self.postMessage('ready');
    engine.help();
  },
  { once: true },
);
