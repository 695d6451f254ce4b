/** How a page drives an embedded playground: it asks by postMessage, and listens to answers and events. */

/** An element of the page, which has it. @template {HTMLElement} E @param {string} id @param {new () => E} kind @returns {E} */
function element(id, kind) {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`The page has no ${id}.`);
}

const frame = /** @type {HTMLIFrameElement} */ (document.querySelector('iframe'));
const answer = element('answer', HTMLElement);
const eventLine = element('event', HTMLElement);
/** @type {Map<number, { resolve(value: any): void, reject(reason: Error): void }>}  any: each method has its own answer */
const waiting = new Map();
let lastId = 0;

/** Calls a method of the playground in the frame. @param {string} method @param {...unknown} args @returns {Promise<any>} */
function ask(method, ...args) {
  return new Promise((resolve, reject) => {
    const id = ++lastId;
    waiting.set(id, { resolve, reject });
    // Nothing here is secret, so it does not matter who is in the frame.
    frame.contentWindow?.postMessage({ ganvas: 1, id, method, args }, '*');
  });
}

addEventListener('message', ({ source, data }) => {
  if (source !== frame.contentWindow || data?.ganvas !== 1) return;
  if (data.event) {
    show(data.event, data.detail);
    return;
  }
  const call = waiting.get(data.id);
  waiting.delete(data.id);
  if (data.ok) call?.resolve(data.value);
  else call?.reject(new Error(data.error));
});

/** @param {string} event @param {any} detail  as the element's events have it */
function show(event, detail) {
  if (event === 'ready') answer.textContent = 'The playground is ready.';
  if (event === 'metrics')
    eventLine.textContent = `Step ${detail.step}: D’s loss ${number(detail.losses.d_loss)}, G’s ${number(detail.losses.g_loss)}.`;
  if (event === 'stopped' || event === 'alarm' || event === 'error') answer.textContent = detail.message;
}

/** @param {number | null} value */
const number = (value) => (value !== null && Number.isFinite(value) ? value.toFixed(3) : 'not measured');

/** Says what came of it. @param {string | null} name @param {Promise<any>} call */
async function say(name, call) {
  try {
    const value = await call;
    answer.textContent =
      value?.step === undefined ? `${name}: done.` : `${name}: at step ${value.step}, ${value.state}.`;
  } catch (error) {
    answer.textContent = `${name}: ${error.message}`;
  }
}

for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-method]'))) {
  const { method = '', args = '[]' } = button.dataset;
  button.addEventListener('click', () => say(button.textContent, ask(method, ...JSON.parse(args))));
}

const draw = element('draw', HTMLElement);
draw.addEventListener('click', () => say(draw.textContent, drawSamples()));

async function drawSamples() {
  const picture = await ask('samples', 16, { seed: 3 });
  const canvas = element('samples', HTMLCanvasElement);
  [canvas.width, canvas.height] = [picture.width, picture.height];
  canvas.getContext('2d')?.putImageData(picture, 0, 0);
  canvas.hidden = false;
}
