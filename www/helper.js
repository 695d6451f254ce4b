/** A further thread of the engine: on the same memory, for loops that the engine's worker shares out. It never comes back. */

self.addEventListener(
  'message',
  async ({ data: { script, module, memory } }) => {
    const engine = await import(script);
    await engine.default({ module_or_path: module, memory });
    self.postMessage('ready');
    engine.help();
  },
  { once: true },
);
