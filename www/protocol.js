/**
 * The closed set of messages between the page and its worker, and the events that leave the element.
 *
 * The page sends Commands, the worker sends Events, and nothing else crosses. Any command may carry
 * an `id`; the worker then answers it with exactly one `reply`, after the command has taken effect.
 *
 * @module
 */

/** @typedef {'both' | 'generator' | 'discriminator'} Only  which networks a step updates */
/** @typedef {'loading' | 'paused' | 'playing' | 'stepping' | 'phase' | 'lost' | 'stopped' | 'failed'} State */
/** @typedef {'generator' | 'discriminator'} Learner */
/**
 * @typedef {Record<string, string | number>} SomeSettings  as Rust's settings table names them
 * @typedef {SomeSettings & { preset: string, seed: number, data: string, points: string, backend: 'auto' | 'gpu' | 'cpu', loss: string,
 *   penalty: string, labels: string }} Settings  all of them; those that scripts look at by themselves are named here
 */
/** @typedef {Readonly<Record<string, string | number | boolean>>} RawSettings  as somebody asks for them, for the engine to judge */
/** @typedef {ImageQuality | PointQuality | GameQuality} Quality */

/**
 * What the engine says of itself, of settings and of a session.
 *
 * @typedef {import('../types/engine.js').Tables} Tables
 * @typedef {import('../types/engine.js').Info} Info
 * @typedef {import('../types/engine.js').SessionTimings & { engineMs: number, fetchMs: number, createMs: number }} Timings
 *   milliseconds; engineMs: from the worker's beginning until the engine was there
 * @typedef {import('../types/engine.js').Look} Look
 */

/**
 * @typedef {{ learner: Learner, value: number, until: number, done: number, limit: number,
 *   ended: null | 'reached' | 'limit' }} Phase
 *   value: what is compared with `until`: D's mean output on fakes; the difference of the scores with the Wasserstein loss
 * @typedef {{ ended: 'reached' | 'limit' | 'stopped', done: number, value: number | null, step: number }} PhaseEnd
 */

/**
 * When playing stops by itself; null or false: not for that.
 *
 * @typedef {{ step: number | null, nfd: number | null, balance: number | null, alarm: boolean }} StopConditions
 *   balance: how near D's mean output on fakes (of ten steps) must come to one half, after it was further off
 *
 * What one update did, see src/train/closely.rs; real is NaN in G's. `page` is the grid of samples.
 *
 * @typedef {{ updates: number, loss: number, real: number, fake: number, gradient: number, moved: number, length: number,
 *   count: number, frozenCount: number, frozenChanged: number, pageBefore: number, pageAfter: number }} Update
 */

/**
 * What was measured of the samples. Any value may be null, and classShares empty: not measured.
 *
 * @typedef {{ form: 'image', step: number, images: number, samples: number, nfd: number | null, frechet: number | null,
 *   classifierScore: number | null, precision: number | null, recall: number | null, density: number | null, coverage: number | null,
 *   classShares: number[], entropy: number | null, conditionalAccuracy: number | null, diversity: number | null, realDiversity: number | null,
 *   nearestMedian: number | null, nearestReal: number | null, birthdayPairs: number | null, birthdaySamples: number | null, checkerboard: number | null,
 *   withinClassDiversity: number | null, durationMs: number }} ImageQuality
 * @typedef {{ form: 'point', step: number, images: number, samples: number, modes: number | null, modeCount: number | null,
 *   highQuality: number | null, divergence: number | null, meanRadius: number | null, durationMs: number }} PointQuality
 * @typedef {{ form: 'game', step: number, images: number, samples: number, durationMs: number, lacksJudge: boolean,
 *   measures: { key: string, name: string, help: string, isShare: boolean }[] }} GameQuality
 *   of a game with measures of its own: the value of each is under its key; lacksJudge: some are left out for want of a judge
 *
 * @typedef {{ key: string, name: string, severity: 'healthy' | 'watch' | 'alarm', evidence: string, watched: Watched[],
 *   remedy: string, change: SomeSettings | null, takes: number | null }} Finding
 *   change: the cure, without what is in force already; takes: steps that it usually takes, where that was measured
 * @typedef {{ name: string, points: Float64Array<ArrayBuffer>, silent: Float64Array<ArrayBuffer>, now: string, finds: string }} Watched
 *   points: step and value by turns; silent: from where to where the rule finds nothing; now: the last value in words;
 *   finds: where the rule finds something, in words
 */

/**
 * @typedef {{ type: 'init', raw: Record<string, string>, play: boolean, framesPerSecond: number, evaluates: boolean,
 *   stepsPerSecond?: number | null, stops?: StopConditions, alone?: boolean }} Init
 *   raw: what attributes and URL say, unchecked; framesPerSecond: at most so many pictures; alone: false where engines beside
 *   this one compute at the same time, so that it should do with one thread
 * @typedef {{ type: 'attach', samples: OffscreenCanvas | null, real: OffscreenCanvas | null }} Attach
 *   answers every `ready`: a session draws into canvases that no other session has touched
 * @typedef {{ type: 'play' }} Play
 * @typedef {{ type: 'pause' }} Pause
 * @typedef {{ type: 'step', n: number, only: Only }} Step
 * @typedef {{ type: 'phase', learner: Learner, until: number | null, limit: number | null }} BeginPhase
 *   one network learns alone until a value is reached, at most `limit` steps; null: as the story has it. With the
 *   Wasserstein loss the engine decides. Replies PhaseEnd. Any command that stops training ends it.
 * @typedef {{ type: 'stepClosely' }} StepClosely  one step of both; replies { step, updates: [D's last Update, G's] }; it is not drawn
 * @typedef {{ type: 'draw' }} Draw
 * @typedef {{ type: 'speed', stepsPerSecond: number | null }} ChangeSpeed  null: as fast as it goes
 * @typedef {{ type: 'stops', values: StopConditions }} ChangeStops
 * @typedef {{ type: 'reset' }} Reset            same settings, same seed, so the same start
 * @typedef {{ type: 'settings', values: RawSettings }} ChangeSettings
 * @typedef {{ type: 'cancel' }} Cancel          gives up the loading in progress
 * @typedef {{ type: 'save' }} Save
 * @typedef {{ type: 'snapshot' }} TakeSnapshot  the state with the picture of the forgeries; replies Snapshot
 * @typedef {{ type: 'load', bytes: Uint8Array<ArrayBuffer> }} Load
 * @typedef {{ type: 'restore' }} Restore        back to the last good state that the worker kept
 * @typedef {{ type: 'plan' }} Plan              what a training step consists of: { plans }
 * @typedef {{ type: 'profile' }} Profile        what each launch of a step takes, or { problem }; the run
 *   waits meanwhile, and goes on from where it was
 * @typedef {{ type: 'layers', values: RawSettings }} DescribeLayers
 *   both networks as these settings would have them; needs no session
 * @typedef {{ type: 'samples', n: number, seed: number | null, label: number | null }} Samples
 * @typedef {{ type: 'generate', latents: Float32Array<ArrayBuffer>, labels: Float32Array<ArrayBuffer> }} Generate
 *   what G makes of latents `[n, latentDim]` and, where classes are told, labels `[n, classes]`; replies { examples } or
 *   { problem }
 * @typedef {{ type: 'ask', probe: string, inputs: Record<string, Float32Array<ArrayBuffer>> }} Ask
 *   what the networks make of images that come from outside, row by row from -1 to 1; replies a picture or { problem }
 * @typedef {{ type: 'slide', key: string, value: number }} Slide  moves a slider of the galleries, and draws them; replies
 *   { value } or { problem }
 * @typedef {{ type: 'pageLatents' }} PageLatents  what stands behind the grid of samples; replies PageLatents or { problem }
 * @typedef {{ type: 'plane' }} LookAtPlane      both networks in the plane; replies Plane or { problem }
 * @typedef {{ type: 'evaluate' }} Evaluate      measures the samples now; the result comes as an event
 * @typedef {{ type: 'seen', visible: boolean }} Seen  whether anybody can see the pictures
 * @typedef {{ type: 'inside', overview: boolean, tile: number | null, kind: 'samples' | 'real', averages: boolean }} LookInside
 *   what of a run's insides is wished for; replies Look
 * @typedef {{ type: 'loseDevice' }} LoseDevice
 * @typedef {{ type: 'dispose' }} Dispose
 *
 * @typedef {Init | Attach | Play | Pause | Step | BeginPhase | StepClosely | Draw | ChangeSpeed | ChangeStops | Reset
 *   | ChangeSettings | Cancel | Save | TakeSnapshot | Load | Restore | Plan | Profile | DescribeLayers | Samples | Generate
 *   | Ask | Slide | PageLatents | LookAtPlane | Evaluate | Seen | LookInside | LoseDevice | Dispose} Order
 * @typedef {Order & { id?: number, quiet?: boolean }} Command  quiet: when it fails, only the reply says so
 */

/**
 * What a reply holds, by the type of the command that it answers; `{}` where there is nothing to say.
 *
 * @typedef {{ step: number }} Position
 * @typedef {{ problem: string }} Refusal  a reply too: the run may have become another one since the question was asked
 * @typedef {{ step: number, ms: number, bytes: Uint8Array<ArrayBuffer>, width: number, height: number,
 *   data: Uint8ClampedArray<ArrayBuffer> } | Refusal} Snapshot
 *   ms: what it took; bytes: as `save` gives them; data: RGBA
 * @typedef {Record<string, never>} Nothing
 *
 * @typedef {object} Replies
 * @property {Nothing} init
 * @property {Nothing} attach
 * @property {Position} play
 * @property {Position} pause
 * @property {Position} step
 * @property {PhaseEnd} phase
 * @property {Position & { updates: [Update, Update] }} stepClosely
 * @property {Nothing} draw
 * @property {Nothing} speed
 * @property {Nothing} stops
 * @property {Position} reset
 * @property {{ settings: Settings }} settings
 * @property {Nothing} cancel
 * @property {Position & { preset: string, bytes: Uint8Array<ArrayBuffer> }} save
 * @property {Snapshot} snapshot
 * @property {Position} load
 * @property {Position} restore
 * @property {{ plans: import('../types/engine.js').PlanInfo[] }} plan
 * @property {import('../types/engine.js').Profile | Refusal} profile
 * @property {import('../types/engine.js').Layers} layers
 * @property {import('../types/engine.js').Picture & Position} samples
 * @property {{ examples: Float32Array<ArrayBuffer> } | Refusal} generate
 * @property {(import('../types/engine.js').Answer & Position) | Refusal} ask
 * @property {{ value: number } | Refusal} slide
 * @property {import('../types/engine.js').PageLatents | Refusal} pageLatents
 * @property {import('../types/engine.js').Plane | Refusal} plane
 * @property {Nothing} evaluate
 * @property {Nothing} seen
 * @property {Look} inside
 * @property {Nothing} loseDevice
 * @property {Nothing} dispose
 */

/**
 * The command of a type, and what answers it: its reply, at once or later, or nothing where there is nothing to say.
 *
 * @template {keyof Replies} T
 * @typedef {Extract<Order, { type: T }>} OrderOf
 */
/**
 * @template {keyof Replies} T
 * @typedef {Replies[T] | Promise<Replies[T]> | (Replies[T] extends Nothing ? void | Promise<void> : never)} Answer
 */
/**
 * Sends a command and resolves to its reply.
 *
 * @typedef {<T extends keyof Replies>(command: OrderOf<T> & { type: T, quiet?: boolean }, transfer?: Transferable[]) =>
 *   Promise<Replies[T]>} Request
 */

/**
 * @typedef {{ label: string, action: 'restart' | 'reset' | 'restore' | 'cpu' }} Remedy
 *   what one click can do about it
 *
 * @typedef {{ type: 'tables', tables: Tables, settings: Settings, messages: string[] }} TablesEvent
 *   once, as soon as the engine's code is there: enough to draw the settings
 * @typedef {{ type: 'progress', label: string, done: number, total: number | null, unit: 'bytes' | 'count' }} Progress
 *   total is null where nobody can know it
 * @typedef {{ type: 'preview', pixels: Uint8Array<ArrayBuffer>, height: number, width: number }} Preview
 *   the first images of the data, while the rest is on its way; a byte a pixel
 * @typedef {{ type: 'ready', info: Info, settings: Settings, messages: string[], timings: Timings }} Ready
 *   after every build of a session
 * @typedef {{ type: 'settings', settings: Settings, messages: string[] }} SettingsEvent
 *   settings changed without a new session
 * @typedef {{ type: 'metrics', step: number, stage: number, epoch: number, images: number, rows: Float64Array<ArrayBuffer>, width: number,
 *   phase: Phase | null, stepsPerSecond: number | null, imagesPerSecond: number | null,
 *   drawn: number, spentMs: Record<import('./session/shares.js').Activity, number> }} Metrics
 *   stage: the number of the one whose networks are in place; drawn: the step that the picture is of; spentMs: what the time since the run began went to
 *   columns after the step: `metrics` of info; where very many steps were done, rows evenly spread over them
 * @typedef {{ type: 'evaluation', share?: number, result?: Quality, problem?: string }} Evaluation
 *   how much is done, now and then; then the result, or why there is none
 * @typedef {{ type: 'doctor', findings: Finding[] }} Doctor  when they have changed
 * @typedef {{ type: 'pulse' } & Look} Pulse     the last gradients, now and then
 * @typedef {{ type: 'tuned', message: string }} Tuned  which kernels the GPU runs with, once that is measured
 * @typedef {{ type: 'state', state: State, step: number }} StateEvent
 * @typedef {{ type: 'alarm', message: string, step: number, remedies: Remedy[] }} Alarm
 *   once more when a replay has found where the first number came that is not finite
 * @typedef {{ type: 'stopped', reason: keyof StopConditions, step: number, value: number | string, message: string }} Stopped
 *   value: what met the condition: the step, nFD, D's mean output, or the key of the finding
 * @typedef {{ type: 'lost', message: string }} Lost
 * @typedef {{ type: 'restored', step: number }} Restored
 * @typedef {{ type: 'error', message: string, remedy: Remedy | null, fatal: boolean }} ErrorEvent
 *   fatal: this engine is dead and only a new worker helps
 * @typedef {{ type: 'reply', id: number, ok: true, value: Replies[keyof Replies] } | { type: 'reply', id: number, ok: false,
 *   error: string }} Reply
 *
 * @typedef {TablesEvent | Progress | Preview | Ready | SettingsEvent | Metrics | Evaluation | Doctor | Pulse | Tuned | StateEvent | Alarm | Stopped | Lost
 *   | Restored | ErrorEvent} Told
 * @typedef {Told | Reply} Event
 * @typedef {(event: Event, transfer?: Transferable[]) => void} Post
 */

/**
 * @template {Told['type']} T
 * @typedef {Extract<Told, { type: T }>} EventOf
 */

/** The events that `<gan-playground>` dispatches, and that embed.html forwards. */
export const ELEMENT_EVENTS = Object.freeze([
  'ready',
  'progress',
  'metrics',
  'evaluation',
  'doctor',
  'stopped',
  'alarm',
  'lost',
  'restored',
  'undoable',
  'error',
]);

/** What `controls="..."` may name, in the order of the page. */
/** @type {readonly string[]} */
export const CONTROLS = Object.freeze([
  'samples',
  'verdict',
  'real',
  'transport',
  'status',
  'explain',
  'quality',
  'doctor',
  'losses',
  'settings',
  'data',
  'inside',
  'timeline',
  'race',
  'layers',
  'plane',
  'latent',
  'probe',
  'sliders',
  'stops',
  'share',
]);
