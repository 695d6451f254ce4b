/**
 * What is begun while the page's own scripts are still on their way: the engine's worker, which page/client.js takes over,
 * and the frames that page/recorded.js shows first.
 */

import { framesUrl, recordedPreset } from './page/recording.js';

try {
  const worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module', name: 'ganvas engine' });
  globalThis.ganvasWorker = worker;
  // Nobody has taken it yet: then the page starts another, and hears itself what is wrong.
  worker.onerror = () => delete globalThis.ganvasWorker;
} catch {
  // as above
}

const recorded = recordedPreset(Object.fromEntries(new URLSearchParams(location.search)));
if (recorded) {
  const link = document.createElement('link');
  Object.assign(link, { rel: 'preload', as: 'image', href: framesUrl(recorded), fetchPriority: 'high' });
  document.head.append(link);
}
