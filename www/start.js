/** Starts the engine's worker while the page's own scripts are still on their way; page/client.js takes it over. */

try {
  const worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module', name: 'ganvas engine' });
  globalThis.ganvasWorker = worker;
  // Nobody has taken it yet: then the page starts another, and hears itself what is wrong.
  worker.onerror = () => delete globalThis.ganvasWorker;
} catch {
  // as above
}
