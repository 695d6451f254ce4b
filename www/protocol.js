/**
 * The closed set of messages between the page and its worker, and the events that leave the element.
 *
 * The page sends Commands, the worker sends Events, and nothing else crosses. Any command may carry
 * an `id`; the worker then answers it with exactly one `reply`, after the command has taken effect.
 *
 * @module
 */

/** @typedef {'both' | 'generator' | 'discriminator'} Only  which networks a step updates */
/** @typedef {'loading' | 'paused' | 'playing' | 'stepping' | 'lost' | 'stopped' | 'failed'} State */
/** @typedef {Record<string, string | number>} Settings  as Rust's settings table names them */

/**
 * @typedef {{ type: 'init', raw: Record<string, string>, play: boolean, framesPerSecond: number }} Init
 *   raw: what attributes and URL say, unchecked; framesPerSecond: at most so many pictures
 * @typedef {{ type: 'attach', samples: OffscreenCanvas | null, real: OffscreenCanvas | null }} Attach
 *   answers every `ready`: a session draws into canvases that no other session has touched
 * @typedef {{ type: 'play' }} Play
 * @typedef {{ type: 'pause' }} Pause
 * @typedef {{ type: 'step', n: number, only: Only }} Step
 * @typedef {{ type: 'reset' }} Reset            same settings, same seed, so the same start
 * @typedef {{ type: 'settings', values: Settings }} ChangeSettings
 * @typedef {{ type: 'cancel' }} Cancel          gives up the loading in progress
 * @typedef {{ type: 'save' }} Save
 * @typedef {{ type: 'load', bytes: Uint8Array }} Load
 * @typedef {{ type: 'restore' }} Restore        back to the last good state that the worker kept
 * @typedef {{ type: 'plan' }} Plan              what a training step consists of: { plans }, see PlanInfo in src/web/session.rs
 * @typedef {{ type: 'samples', n: number, seed: number | null }} Samples
 * @typedef {{ type: 'loseDevice' }} LoseDevice
 * @typedef {{ type: 'dispose' }} Dispose
 *
 * @typedef {(Init | Attach | Play | Pause | Step | Reset | ChangeSettings | Cancel | Save | Load | Restore
 *   | Plan | Samples | LoseDevice | Dispose) & { id?: number }} Command
 */

/**
 * @typedef {{ label: string, action: 'restart' | 'reset' | 'restore' | 'cpu' }} Remedy
 *   what one click can do about it
 *
 * @typedef {{ type: 'tables', tables: object, settings: Settings, messages: string[] }} TablesEvent
 *   once, as soon as the engine's code is there: enough to draw the settings
 * @typedef {{ type: 'progress', label: string, done: number, total: number | null, unit: 'bytes' | 'count' }} Progress
 *   total is null where nobody can know it
 * @typedef {{ type: 'ready', info: object, settings: Settings, messages: string[], timings: object }} Ready
 *   after every build of a session
 * @typedef {{ type: 'settings', settings: Settings, messages: string[] }} SettingsEvent
 *   settings changed without a new session
 * @typedef {{ type: 'metrics', step: number, epoch: number, images: number, rows: Float64Array, width: number,
 *   stepsPerSecond: number | null, imagesPerSecond: number | null }} Metrics
 * @typedef {{ type: 'state', state: State, step: number }} StateEvent
 * @typedef {{ type: 'alarm', message: string, step: number, remedies: Remedy[] }} Alarm
 *   once more when a replay has found where the first number came that is not finite
 * @typedef {{ type: 'lost', message: string }} Lost
 * @typedef {{ type: 'restored', step: number }} Restored
 * @typedef {{ type: 'error', message: string, remedy: Remedy | null, fatal: boolean }} ErrorEvent
 *   fatal: this engine is dead and only a new worker helps
 * @typedef {{ type: 'reply', id: number, ok: boolean, value?: any, error?: string }} Reply
 *
 * @typedef {TablesEvent | Progress | Ready | SettingsEvent | Metrics | StateEvent | Alarm | Lost | Restored
 *   | ErrorEvent | Reply} Event
 */

/** The events that `<gan-playground>` dispatches, and that embed.html forwards. */
export const ELEMENT_EVENTS = Object.freeze(['ready', 'progress', 'metrics', 'alarm', 'lost', 'restored', 'error']);

/** What `controls="..."` may name, in the order of the page. */
export const CONTROLS = Object.freeze(['samples', 'verdict', 'real', 'transport', 'status', 'losses', 'settings', 'data']);
