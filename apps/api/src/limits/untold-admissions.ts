/** Keeps what this node admitted without the others counting it, until they can be told. */
import type { Load } from "@switchyard/shared/domain/limit";
import type { Clock } from "@switchyard/shared/kernel/time";
import { isCorrected, type Bound } from "./limiter.ts";
import type { PastAdmission } from "./shared-counts.ts";

/** Where an admission is counted by all: in the order of its bounds, undefined for those where there is nothing to correct. */
export type Cells = readonly (number | undefined)[];

export const keyOf = (bound: Bound): string => `sy:{limit}:${bound.name}`;

/** One call that was admitted here alone. */
export class UntoldAdmission {
  readonly bounds: readonly Bound[];
  readonly lease: string;
  /** By the monotonic clock. */
  readonly at: number;
  /** What it was taken for; what it was, once it is over. */
  load: Load;
  over = false;
  /** Once it is told: what it was told as, and where. */
  told: { readonly load: Load; readonly cells: Cells } | undefined;

  constructor(bounds: readonly Bound[], lease: string, load: Load, at: number) {
    this.bounds = bounds;
    this.lease = lease;
    this.load = load;
    this.at = at;
  }

  /** Requests are requests, whatever became of them. */
  end(spent: Load): void {
    this.load = { ...spent, requests: this.load.requests };
    this.over = true;
  }
}

/** So many are kept; what is admitted beyond them is never told, and the others count too little until it has left its windows. */
const UNTOLD_MAX = 10_000;
/** Admissions told by one question. */
const TOLD_AT_ONCE = 100;

export interface UntoldOptions {
  readonly clock: Pick<Clock, "monotonic">;
  readonly record: (past: readonly PastAdmission[]) => Promise<readonly (number | undefined)[] | undefined>;
  /** Told of each admission once it counts for all. */
  readonly onTold: (admission: UntoldAdmission) => void;
  /** Told of each that could not be kept. */
  readonly onDropped: () => void;
}

export class UntoldAdmissions {
  readonly #options: UntoldOptions;
  #untold: UntoldAdmission[] = [];
  #telling = false;

  constructor(options: UntoldOptions) {
    this.#options = options;
  }

  add(admission: UntoldAdmission): void {
    if (this.#untold.length < UNTOLD_MAX) this.#untold.push(admission);
    else this.#options.onDropped();
  }

  get size(): number {
    return this.#untold.length;
  }

  /** Tells what there is, the oldest first, until it is told or there is no answer. */
  async tell(): Promise<void> {
    if (this.#telling) return;
    this.#telling = true;
    try {
      while (this.#untold.length > 0) {
        const some = this.#untold.slice(0, TOLD_AT_ONCE);
        if (!(await this.#tellSome(some))) return;
        this.#untold.splice(0, some.length);
      }
    } finally {
      this.#telling = false;
    }
  }

  async #tellSome(some: readonly UntoldAdmission[]): Promise<boolean> {
    const now = this.#options.clock.monotonic();
    const told = some.map((admission) => ({ admission, load: admission.load, parts: partsOf(admission, now) }));
    const past = told.flatMap(({ parts }) => parts.map((part) => part.past));
    const cells = past.length === 0 ? [] : await this.#options.record(past);
    if (!cells) return false;
    let place = 0;
    for (const { admission, load, parts } of told) {
      const own: (number | undefined)[] = admission.bounds.map(() => undefined);
      for (const { index } of parts) own[index] = cells[place++];
      admission.told = { load, cells: own };
      this.#options.onTold(admission);
    }
    return true;
  }
}

/** Leases are not told like this: those of calls that run are renewed. */
function partsOf({ bounds, load, at }: UntoldAdmission, now: number): { index: number; past: PastAdmission }[] {
  return bounds.flatMap((bound, index) => {
    const { kind, windowSeconds } = bound.limit;
    const ageMs = now - at;
    if (kind === "concurrency" || (load[kind] === 0 && !isCorrected(kind)) || ageMs >= windowSeconds * 1_000) return [];
    return [{ index, past: { key: keyOf(bound), windowMs: windowSeconds * 1_000, weight: load[kind], ageMs } }];
  });
}
