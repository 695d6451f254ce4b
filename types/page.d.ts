/** What the parts of the page know of each other. */

import type { GanPlayground } from '../www/gan-playground.js';
import type { Notices } from '../www/page/notices.js';
import type { Keeper } from '../www/page/keeper.js';
import type { Run } from '../www/page/run.js';
import type { Kept } from '../www/page/snapshots.js';
import type { WaysBack } from '../www/page/ways-back.js';
import type { Stage } from '../www/page/stage.js';
import type {
  EventOf,
  Info,
  Learner,
  Only,
  Pulse,
  Quality,
  RawSettings,
  Replies,
  Request,
  Settings,
  State,
  StopConditions,
  Tables,
} from '../www/protocol.js';

/** What the controls do. Where it fails, a notice says so; those with a promise are for who waits. */
export interface Actions {
  play(): void;
  toggle(): void;
  step(only: Only): void;
  /** Many steps of one network, for games without phases. */
  steps(learner: Learner): void;
  phase(learner: Learner): void;
  evaluate(): void;
  reset(): void;
  undo(): void;
  cancel(): void;
  change(values: RawSettings): void;
  /** As `change`, until the values are in force. */
  set(values: RawSettings): Promise<void>;
  remedy(action: string): void;
  save(): void;
  plan(): Promise<Replies['plan']>;
  request: Request;
  /** What is known of the run. */
  run: Run;
  /** Another run can be brought back, or none any more. */
  tellUndoable(message: string | null): void;
}

/** What a panel gets: see www/page/panels.js. */
/** The element, which has its shadow by the time that there are panels. */
export type Host = GanPlayground & { readonly shadowRoot: ShadowRoot };

export interface Context {
  host: Host;
  request: Request;
  actions: Actions;
  notices: Notices;
  stage: Stage;
  open(key: string): void;
  /** Set by `travel` while the run is brought to a kept state. */
  travelling?: boolean;
  waysBack?: WaysBack;
  /** There as soon as the code of `waysBack` is. */
  keeper?: Keeper;
  /** For who brings another run into the playground by `travel`. */
  anotherRun?(): void;
  /** For who leaves the run by a click and promises a way back. */
  keepRun?(): Promise<{ kept: Kept | null; problem: string }>;
  goBackTo?(kept: Kept): Promise<string>;
}

export type MetricsOf = Omit<EventOf<'metrics'>, 'type'>;
/** What happens to a part of the page: see www/page/panels.js. */
export interface Hears {
  tables?(tables: Tables): void;
  ready?(info: Info, settings: Settings): void;
  settings?(settings: Settings): void;
  metrics?(metrics: MetricsOf, state: State): void;
  state?(state: State, step: number): void;
  evaluation?(result: Quality): void;
  pulse?(gradients: Pulse): void;
  truncate?(step: number): void;
  break?(): void;
  clear?(): void;
  paint?(): void;
  speed?(stepsPerSecond: number | null): void;
  stops?(stops: StopConditions): void;
  stopped?(event: EventOf<'stopped'>): void;
  destroy?(): void;
}

/** Calls what is heard of one kind. */
export type Tell = <K extends keyof Hears>(method: K, ...values: Parameters<NonNullable<Hears[K]>>) => void;

export interface Panel extends Hears {
  element: HTMLElement;
  /** Whether its tab is open and it is shown there; and whether the page has it at all. */
  shown?(visible: boolean, offered: boolean): void;
}

/** What of a panel is there from the start: see www/page/doors.js. */
export type Door = Omit<Panel, 'element'>;

export interface PanelClass {
  new (context: Context): Panel;
  control: string;
  group?: string;
  stylesheets?: string[];
}

type Listeners = { [E in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[E]) => void };
/** Of an element: `h` of www/page/dom.js makes a property or an attribute of all but the first three. */
export interface Props {
  class?: string;
  on?: Listeners;
  data?: Record<string, string | number | undefined>;
  [name: string]:
    string | number | boolean | null | undefined | Listeners | Record<string, string | number | undefined>;
}

/** `key`: `KeyboardEvent.key` in small letters, with `shift+` before a letter. `when`: where it may, if not everywhere. */
export interface Shortcut {
  key: string;
  name: string;
  run(): void;
  when?(): boolean;
}
