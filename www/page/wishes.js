/** What attributes and the URL ask for at the start, and the URL that asks for the present settings. */

/** Attributes that are no settings. */
const NOT_SETTINGS = new Set(['controls', 'autoplay', 'background', 'from-query', 'id', 'class', 'style', 'hidden', 'title', 'lang', 'dir', 'role', 'tabindex', 'slot', 'part']);

/**
 * @param {HTMLElement} element
 * @param {object} assigned  settings that a script set before the start; they win over attributes
 * @returns {{ settings: Record<string, string>, autoplay: boolean, controls: string | null }}
 *   settings: unchecked text, for the engine to judge; controls: only if the URL names them
 */
export function initialSettings(element, assigned) {
  const settings = {};
  for (const { name, value } of element.attributes) {
    if (!NOT_SETTINGS.has(name) && !/^(aria-|data-|on)/.test(name)) settings[name] = value;
  }
  for (const [key, value] of Object.entries(assigned)) settings[key] = String(value);
  let autoplay = element.hasAttribute('autoplay') && isYes(element.getAttribute('autoplay'));
  let controls = null;
  if (element.hasAttribute('from-query')) {
    for (const [key, value] of new URLSearchParams(location.search)) {
      if (key === 'autoplay') autoplay = isYes(value);
      else if (key === 'controls') controls = value;
      else if (key !== 'background') settings[key] = value;
    }
  }
  return { settings, autoplay, controls };
}

const isYes = (value) => !['0', 'false', 'no', 'off'].includes(value.trim().toLowerCase());

/**
 * Puts what differs from the defaults into the address, so that it can be shared as it is.
 * @param {import('../protocol.js').Settings} settings
 * @param {object} tables
 */
export function rememberInUrl(settings, tables) {
  const preset = tables.presets.find(({ key }) => key === settings.preset);
  const old = new URLSearchParams(location.search);
  const query = new URLSearchParams();
  for (const setting of tables.settings) {
    const standard = preset?.defaults?.[setting.key] ?? setting.default;
    if (String(settings[setting.key]) !== String(standard)) query.set(setting.key, settings[setting.key]);
  }
  for (const key of ['controls', 'autoplay', 'background']) if (old.has(key)) query.set(key, old.get(key));
  const text = query.toString();
  try {
    history.replaceState(null, '', `${location.pathname}${text ? `?${text}` : ''}${location.hash}`);
  } catch {
    // Some embedding pages do not allow it; the run does not depend on it.
  }
}
