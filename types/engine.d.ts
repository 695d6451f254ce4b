/**
 * The engine as scripts see it. wasm-bindgen writes its own declarations at every build, but says `any` of all objects; the
 * build holds these against it (see built.ts), so that names, parameters and what is no object agree. What objects hold is
 * said by src/web, at the functions of the same names.
 */

import type {
  GameQuality,
  ImageQuality,
  Learner,
  Only,
  Phase,
  RawSettings,
  PointQuality,
  Settings,
  SomeSettings,
  Finding,
  Update,
} from '../www/protocol.js';

/** Whether scripts share memory or not, what the engine hands out is a copy of its own. */
export type Bytes = Uint8Array<ArrayBuffer>;
export type Floats = Float32Array<ArrayBuffer>;
export type Doubles = Float64Array<ArrayBuffer>;

export interface Choice {
  value: string;
  name: string;
}

/** A row of the table of settings. Choices belong to the kind `choice`, least, greatest and step to numbers. */
export interface SettingRow {
  key: string;
  name: string;
  kind: 'choice' | 'switch' | 'points' | 'layers' | 'integer' | 'number';
  choices?: Choice[];
  min?: number;
  max?: number;
  step?: number;
  default: string | number;
  unit: string;
  help: string;
  live: boolean;
  group: string;
  /** Lists of layers that, if all are given, stand in its place. */
  replacedBy: string[];
}

export interface AlgorithmRow {
  key: string;
  name: string;
  year: number;
  paper: string;
  summary: string;
  adds: string;
  watch: string;
  /** Whether it is a generator and a discriminator that play alone, as phases and the looks inside need. */
  isPair: boolean;
  /** Keys of the data that it takes. */
  data: string[];
}

/** What a run of a preset came to that somebody has measured. */
export interface RecordRow {
  seed: number;
  steps: number;
  images: number;
  seconds: number;
  backend: string;
  nfd?: number;
  figures: [name: string, value: number | undefined][];
}

/** Weights that a run of the preset can start from: what they reach, and the size of their file. */
export interface TrainedRow {
  steps: number;
  sizeBytes: number;
  figures: [name: string, value: number | undefined][];
}

/** What is true of samples from a step on, and how it is announced. */
export interface LandmarkRow {
  step: number;
  next: string;
  now: string;
}

export interface PresetRow {
  key: string;
  name: string;
  algorithm: string;
  note: string;
  /** The defect that it is to show. */
  provokes?: string;
  /** What shows that defect; empty where none is provoked. */
  lookFor: string;
  /** Steps a second at which it can be watched; nothing for full speed. */
  pace?: number;
  record?: RecordRow;
  trained?: TrainedRow;
  /** What a run of it comes to, ascending by step; empty where nobody has measured that. */
  landmarks: LandmarkRow[];
  defaults: SomeSettings;
}

/** An image set, and the packed file that it is made of, without its ending. */
export interface ImageSet {
  key: string;
  name: string;
  file: string | null;
  drawn: number[] | null;
}

export interface Tables {
  version: string;
  algorithms: AlgorithmRow[];
  presets: PresetRow[];
  settings: SettingRow[];
  /** Other data are worlds of points, which need no file. */
  sets: ImageSet[];
  drawnRows: [count: number, heldOut: number];
}

export interface DataInfo {
  name: string;
  form: 'image' | 'point';
  count: number;
  testCount: number;
  checksum: string;
  source: string;
  licence: string;
  sizeBytes: number;
  generated: boolean;
  note: string;
  /** What was made of the images here; empty where they are as they came. */
  made: string;
  /** The name of the judge that measures take, `judges/NAME.safetensors`; empty where they take none. */
  judge: string;
}

/** Milliseconds that a session's parts took to make. */
export interface SessionTimings {
  deviceMs: number;
  dataMs: number;
  planMs: number;
  shadersMs: number;
}

/** Something to look at: images in columns and rows. */
export interface Gallery {
  key: string;
  name: string;
  page: [columns: number, rows: number];
  /** Names of the rows, from the top; empty where all are of one kind. */
  rows: string[];
  /** Numbers that what it shows depends on. */
  sliders: Slider[];
}

/** Moved while the run goes on; `value` is where it stands at first. */
export interface Slider {
  key: string;
  name: string;
  help: string;
  min: number;
  max: number;
  step: number;
  value: number;
  /** What each place is called; empty for numbers. */
  names: string[];
}

/** The facts of a session. */
export interface Info {
  preset: string;
  seed: number;
  backend: 'gpu' | 'cpu';
  backendReason: string;
  threads: number;
  adapter: string;
  isSoftwareAdapter: boolean;
  data: DataInfo;
  batchSize: number;
  /** Random numbers that each forgery is made from; 0 where it is made from none. */
  latentDim: number;
  /** Columns and rows of the picture of the first gallery. */
  page: [columns: number, rows: number];
  algorithm: string;
  algorithmName: string;
  isPair: boolean;
  /** The loss that says what D's output means. */
  loss: string;
  /** With the steps after which each begins; none for games that stay as they begin. */
  stages: { name: string; begins: number }[];
  /** The number of the one whose networks are in place. */
  stage: number;
  /** Where the classes that are told come from; nothing where none are told. */
  classesFrom?: 'labels' | 'clusters' | 'clusters_in_labels';
  /** Labels that the columns of the page stand for, one each; 0 where they stand for none. */
  labelledColumns: number;
  /** Keys of the curves that steps record, in their order, and their names. */
  metrics: string[];
  metricNames: string[];
  /** The first is on the canvas `samples`, the second, if there is one, on `real`. */
  galleries: Gallery[];
  probes: Probe[];
  dispatches: { discriminator: number; generator: number };
  pipelines: number;
  memoryBytes: number;
  timings: SessionTimings;
}

/** How an input is drawn: lines and the outlines of strokes, the strokes themselves, what is missing of them, a map, joints, or a caption. */
export type Drawn = 'outline' | 'ink' | 'hole' | 'map' | 'joints' | 'words';

/**
 * What a visitor draws. Of a map the names and colours of its classes, and what a fresh one has from the top: a class, and the
 * share of the height down to which it reaches. Of joints their names, the pairs with a line between them, the two from whose
 * middle each one hangs, and where they are at first, from 0 to 1. Of a caption the words that there are, of which it takes as
 * many as it is wide, and an example.
 */
export interface ProbeInput {
  key: string;
  name: string;
  drawn: Drawn;
  height: number;
  width: number;
  names: string[];
  colours: [number, number, number][];
  bands: [number, number][];
  limbs: [number, number][];
  hangs: [number, number][];
  start: [x: number, y: number][];
  example: string;
}

/** A question to the networks whose inputs the visitor draws. */
export interface Probe {
  key: string;
  name: string;
  /** What to look for; may be empty. */
  watch: string;
  inputs: ProbeInput[];
  sliders: Slider[];
  /** Names of what it puts out: of the rows of the picture where `rows` is set, else of what is beside each other in it. */
  outputs: string[];
  rows: boolean;
  /** Pictures beside each other. */
  columns: number;
  /** Names of the numbers that it puts out. */
  numbers: string[];
  /** The sliders that a click on a picture moves, row and column, by their keys; none for most. */
  pointed: string[];
  /** Names of the volumes that it puts out, and cells along a side of them; none and 0 for most. */
  volumes: string[];
  cells: number;
}

export interface PlanPart {
  /** The launch's number, from 1, at its first part; else 0. */
  launch: number;
  kernel: string;
  workgroups: string;
  sizeBytes: number;
  flops: number;
  what: string;
}

export interface PlanInfo {
  name: string;
  dispatches: number;
  flops: number;
  scratchBytes: number;
  parts: PlanPart[];
}

export interface ProfileLine {
  plan: string;
  kernel: string;
  what: string;
  seconds: number;
  flops: number;
  sizeBytes: number;
}

export interface Profile {
  lines: ProfileLine[];
  left: number;
  runs: number;
  peakGflops?: number;
  copyGbPerSecond?: number;
}

/** A look inside the run: `values` has the parts one after another. */
export interface Look {
  step: number;
  parts: LookPart[];
  values: Floats;
}
export type LookPart = [kind: string, name: string, ...extents: number[]];

export interface LayerArgument {
  name: string;
  start: number;
  min: number;
  max: number;
  step: number;
}

export interface LayerKind {
  name: string;
  help: string;
  arguments: LayerArgument[];
}

export interface LayerRow {
  output: string;
  parameters: number;
  flops: number;
}

export interface LayerProblem {
  layer: number;
  message: string;
  /** The list cannot be built. */
  blocks: boolean;
  fixes: { label: string; text: string }[];
}

export interface NetworkLayers {
  text: string;
  input: string;
  layers: LayerRow[];
  problem: LayerProblem | null;
}

export interface Layers {
  generator: NetworkLayers;
  discriminator: NetworkLayers;
  kinds: LayerKind[];
}

/** `numbers`: see `plane` in src/web/latent.rs. */
export interface Plane {
  step: number;
  side: number;
  coordinates: number;
  latticeSide: number;
  count: number;
  numbers: Floats;
}

export interface PageLatents {
  latents: Floats;
  /** The class of each place of the page; empty where no classes are told. */
  places: Uint32Array<ArrayBuffer>;
  /** Names of all classes; empty where none are told. */
  names: string[];
}

export interface Picture {
  width: number;
  height: number;
  /** RGBA */
  data: Uint8ClampedArray<ArrayBuffer>;
}

/** What a probe puts out: what is drawn of it as a picture, of each volume a byte a cell, 0 or 1, and its numbers. */
export interface Answer extends Picture {
  volumes: Bytes[];
  numbers: number[];
}

export interface Measured {
  step: number;
  stage: number;
  epoch: number;
  images: number;
  rows: Doubles;
  width: number;
  phase: Phase | null;
  brokenNetwork: Learner | null;
}

/** What a session is made of. */
export interface SessionOptions {
  settings: Settings;
  data: Bytes | Bytes[] | null;
  dataProblem: string | null;
  unpacked?: Bytes[] | null;
  gpuProblem: string | null;
  recallTuning(adapter: string): Promise<string | undefined>;
}

export interface Session {
  info(): Info;
  plans(): PlanInfo[];
  run(n: number, only: Only): Promise<void>;
  takeMetrics(): Promise<Measured>;
  attachCanvas(kind: 'samples' | 'real', canvas: OffscreenCanvas): void;
  draw(): Promise<void>;
  picture(): Promise<Picture>;
  samples(n: number, seed: number | null, label: number | null): Promise<Picture>;
  beginDiagnosis(data: Bytes | Bytes[] | null, problem?: string, checkpoint?: Bytes): Promise<void>;
  continueDiagnosis(steps: number): Promise<{ done: boolean; found: string | null }>;
  save(): Promise<Bytes>;
  load(bytes: Bytes): Promise<string>;
  set(values: SomeSettings): string[];
  lost(): Promise<string>;
  loseDevice(): void;
  destroy(): void;
  beginPhase(learner: Learner, until: number | null, limit: number | null): Promise<Phase>;
  endPhase(): void;
  stepClosely(): Promise<[discriminator: Update, generator: Update]>;
  beginEvaluation(judge?: Bytes | null): Promise<void>;
  continueEvaluation(budgetMs: number): {
    done: boolean;
    share: number;
    result: ImageQuality | PointQuality | GameQuality | null;
  };
  pulse(): Promise<Look | null>;
  doctor(): Finding[];
  inside(overview: boolean, tile: number | undefined, isReal: boolean, averages: boolean): Promise<Look>;
  follow(): Promise<void>;
  generate(latents: Floats, labels: Floats): Floats;
  ask(probe: string, inputs: Record<string, Floats>): Promise<Answer>;
  setInput(key: string, value: number): Promise<void>;
  pageLatents(): PageLatents;
  plane(): Plane;
  profile(): Promise<Profile>;
  tune(): Promise<{ share: number; message: string; table: string }>;
}

/** A piece of work that the page of measurements compares. */
export interface BenchWork {
  start(count: number): void;
  sync(): Promise<void>;
  check(): Promise<(number | Floats)[]>;
  destroy(): void;
}

export interface BenchDevice {
  ceiling(seconds: number): Promise<{ peakGflops?: number; copyGbPerSecond?: number }>;
}

/** Tensors by name, and networks as objects of these. */
export interface BenchNumbers {
  [name: string]: BenchTensor | BenchNumbers;
}
export interface BenchTensor {
  shape: number[];
  data: Floats;
}

/** What the module exports. */
export interface Engine {
  default(options?: { module_or_path: unknown; memory?: WebAssembly.Memory }): Promise<{ memory: WebAssembly.Memory }>;
  tables(): Tables;
  resolve(raw: RawSettings): { settings: Settings; messages: string[] };
  describeLayers(settings: RawSettings): Layers;
  Session: {
    create(options: SessionOptions, onProgress: (label: string, done: number, total: number) => void): Promise<Session>;
  };
  BenchDevice: { open(gpu: boolean): Promise<BenchDevice> };
  BenchWork: { create(key: string, device: BenchDevice): Promise<BenchWork> };
  benchNumbers(key: string): BenchNumbers;
  /** Of the engine with all games: a gallery of a saved run as an ONNX model; of none, what the generator makes. */
  exportOnnx(state: Bytes, gallery?: string): Bytes;
}

/** With threads, another worker on its memory helps, and never comes back. */
export interface ThreadedEngine extends Engine {
  help(): void;
}
