/**
 * How responsive the page's main thread is while it trains on the CPU: tasks of over 50 ms, as the browser counts them.
 *
 *     node tests/browser/long-tasks.js [QUERY] [SECONDS] [isolated]
 *
 * With "isolated" the CPU backend has threads.
 * It prints what it saw. Nothing is judged: on a busy machine a task also gets long because something else runs.
 */

import { launch, open, serve, until } from './harness.js';

const [query = 'preset=dcgan-mnist', seconds = '10', isolated] = process.argv.slice(2);
const server = await serve({ isolated: isolated === 'isolated' });
const browser = await launch({ webgpu: false });
try {
  const { page } = await open(browser, server.url(`?backend=cpu&${query}`));
  await until(page, ({ step }) => step > 0);
  const { tasks, frames, steps } = await page.evaluate(
    async (ms) => {
      /** @type {number[]} */
      const tasks = [];
      const observer = new PerformanceObserver((list) =>
        tasks.push(...list.getEntries().map(({ duration }) => Math.round(duration))),
      );
      observer.observe({ type: 'longtask' });
      const playground = document.querySelector('gan-playground');
      const from = playground.status.step;
      let frames = 0;
      const end = performance.now() + ms;
      while (performance.now() < end) {
        await new Promise(requestAnimationFrame);
        frames += 1;
      }
      observer.disconnect();
      return { tasks, frames, steps: playground.status.step - from };
    },
    Number(seconds) * 1000,
  );
  console.log(
    `${seconds} s of training (${query}): ${steps} steps, ${(frames / Number(seconds)).toFixed(1)} frames a second`,
  );
  console.log(
    `tasks over 50 ms: ${tasks.length}${tasks.length ? `, the longest ${Math.max(...tasks)} ms, together ${tasks.reduce((sum, task) => sum + task, 0)} ms` : ''}`,
  );
} finally {
  await browser.close();
  await server.close();
}
