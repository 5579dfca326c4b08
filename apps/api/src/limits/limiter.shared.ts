/** Counts admissions of all nodes together in one place, and goes on alone when that cannot be asked. */
import type { Load } from "@switchyard/shared/domain/limit";
import type { Clock } from "@switchyard/shared/kernel/time";
import { createMemoryLimiter, type Alone } from "./limiter.memory.ts";
import {
  CONCURRENCY_WAIT_MS,
  isCorrected,
  refusedBy,
  UNLIMITED,
  type Bound,
  type Finish,
  type Limiter,
  type LimitState,
  type LimitVerdict,
} from "./limiter.ts";
import { OthersUses } from "./others-use.ts";
import { Patience, type Loop } from "./patience.ts";
import type { CountAnswer, CountAsk, CountChange, SharedCounts } from "./shared-counts.ts";
import { keyOf, UntoldAdmission, UntoldAdmissions, type Cells } from "./untold-admissions.ts";

const SECOND_MS = 1_000;
const UNSENT_MAX = 10_000;
/** Leases renewed by one command. */
const RENEW_MOST = 500;

export interface SharedLimiterOptions {
  readonly counts: SharedCounts;
  readonly clock: Clock;
  readonly loop: Loop;
  /** Names one lease: never the same twice, on any node. */
  readonly leaseId: () => string;
  /** How many nodes share the limits, as far as is known: what one admits alone is its share of them. */
  readonly nodes: () => number;
  /** The longest silence of the counts that a request waits through, in milliseconds. */
  readonly silenceMs: number;
  readonly tell: LimiterTelling;
}

/** What operators should know. */
export interface LimiterTelling {
  /** Told when counting falls back to this node, and when it is shared again. */
  shared?(shared: boolean): void;
  /** This node decided about a call by its own count. */
  alone?(): void;
  /** Something that the others should know could not be kept until they can be told. */
  dropped?(): void;
}

export interface SharedLimiter extends Limiter {
  /** Leases of calls that still run get more time, and what could not be told before is told now. To be called often. */
  renew(): Promise<void>;
}

interface Ending {
  readonly changes: readonly CountChange[];
  readonly lease: string;
}

/** The leases of one call under way here. */
interface HeldLeases {
  readonly keys: readonly string[];
  /** Whether the others may know of them. */
  told: boolean;
}

/**
 * Every admission is either counted by all, or kept here until all are told of it: an answer that comes too late is still an
 * answer, and says which of the two it is. The rule for deciding alone is in `limiter.ts`.
 */
export function createSharedLimiter(options: SharedLimiterOptions): SharedLimiter {
  const { counts, clock, leaseId, nodes, tell } = options;
  const local = createMemoryLimiter(clock);
  const others = new OthersUses(clock);
  const leases = new Map<string, HeldLeases>();
  let unsent: Ending[] = [];
  const patience = new Patience({ ...options, onHeard: (heard) => tell.shared?.(heard) });
  const untold = new UntoldAdmissions({
    clock,
    record: async (past) => {
      if (!patience.mayAsk()) return undefined;
      const recorded = counts.record(past);
      void patience.wait(recorded);
      // However late: what is told twice would count twice.
      return recorded.catch(() => undefined);
    },
    onTold: (admission) => {
      if (admission.over) correctTold(admission);
    },
    onDropped: () => tell.dropped?.(),
  });
  const alone = (): Alone => ({ nodes: Math.max(1, nodes()), others: (name) => others.of(name) });

  /** Waits as long as others would have to wait for what it frees; what is lost on its way is sent again. */
  const send = async (ending: Ending): Promise<void> => {
    const keep = (): void => {
      if (unsent.length < UNSENT_MAX) unsent.push(ending);
      else tell.dropped?.();
    };
    if (!patience.mayAsk()) return keep();
    const sent = counts.change(ending.changes, ending.lease);
    sent.catch(keep);
    await patience.wait(sent);
  };

  const correctTold = ({ bounds, lease, load, told }: UntoldAdmission): void => {
    if (!told) return;
    const changes = changesOf(bounds, told.load, load, told.cells, false);
    if (changes.length > 0) void send({ changes, lease });
  };

  const hold = (bounds: readonly Bound[], lease: string, told: boolean): boolean => {
    const keys = bounds.filter(({ limit }) => limit.kind === "concurrency").map(keyOf);
    if (keys.length > 0) leases.set(lease, { keys, told });
    return keys.length > 0;
  };
  const release = (lease: string): CountChange[] => {
    const held = leases.get(lease);
    leases.delete(lease);
    return held?.told ? held.keys.map((key) => ({ key, kind: "leases" })) : [];
  };

  /** What ends an admission that is counted by all; undefined when nothing has to be said. */
  const finisherOf = (bounds: readonly Bound[], load: Load, lease: string, cells: Cells): Finish | undefined => {
    const leased = hold(bounds, lease, true);
    if (!leased && !bounds.some(({ limit }) => isCorrected(limit.kind))) return undefined;
    return (spent) => {
      const changes = [...changesOf(bounds, load, spent, cells, false), ...release(lease)];
      if (changes.length === 0) return undefined;
      const sent = send({ changes, lease });
      return leased ? sent : undefined;
    };
  };

  /** Counted by all, though refused here: it is taken back as if it had never been. */
  const takeBack = (bounds: readonly Bound[], load: Load, lease: string, cells: Cells): void => {
    const leased = bounds.filter(({ limit }) => limit.kind === "concurrency").map((bound): CountChange => ({ key: keyOf(bound), kind: "leases" }));
    const changes = [...changesOf(bounds, load, NOTHING, cells, true), ...leased];
    if (changes.length > 0) void send({ changes, lease });
  };

  const admitAlone = (bounds: readonly Bound[], load: Load, lease: string): { verdict: LimitVerdict; admission: UntoldAdmission | undefined } => {
    tell.alone?.();
    const own = local.take(bounds, load, alone());
    if (!own.allowed) return { verdict: own, admission: undefined };
    const admission = new UntoldAdmission(bounds, lease, load, clock.monotonic());
    const leased = hold(bounds, lease, false);
    const finish: Finish = (spent) => {
      admission.end(spent);
      correctTold(admission);
      const freed = release(lease);
      return leased && freed.length > 0 ? send({ changes: freed, lease }) : undefined;
    };
    return { verdict: { ...own, finish: once(own.finish, finish) }, admission };
  };

  const decideAlone = (bounds: readonly Bound[], load: Load, lease: string, asked: Promise<readonly CountAnswer[]>): LimitVerdict => {
    const { verdict, admission } = admitAlone(bounds, load, lease);
    asked.then(
      (late) => {
        const isCounted = late.every(({ waitMs }) => waitMs === 0);
        const cells = late.map(({ cell }) => cell);
        if (!admission) return isCounted ? takeBack(bounds, load, lease, cells) : undefined;
        if (!isCounted) return keep(admission);
        // As if it had been told at once: its leases too.
        const held = leases.get(lease);
        if (held) held.told = true;
        else if (bounds.some(({ limit }) => limit.kind === "concurrency")) takeBackLeases(bounds, lease);
        admission.told = { load, cells };
        if (admission.over) correctTold(admission);
      },
      () => (admission ? keep(admission) : undefined),
    );
    return verdict;
  };
  const takeBackLeases = (bounds: readonly Bound[], lease: string): void =>
    takeBack(
      bounds.filter(({ limit }) => limit.kind === "concurrency"),
      NOTHING,
      lease,
      [],
    );
  const keep = (admission: UntoldAdmission): void => {
    untold.add(admission);
    tellUntold();
  };
  const tellUntold = (): void => {
    if (untold.size > 0) void untold.tell();
  };

  /** What the others have used is what all have, less what this node has. @param before what was used here before this answer */
  const learn = (bounds: readonly Bound[], load: Load, answer: readonly CountAnswer[], admitted: boolean): void =>
    bounds.forEach((bound, index) => {
      const { used = 0, resetMs = 0 } = answer[index] ?? {};
      const { kind } = bound.limit;
      const own = local.used(bound) + (admitted ? load[kind] : 0);
      others.heard(bound.name, used - own, kind === "concurrency" ? CONCURRENCY_WAIT_MS : resetMs);
    });

  const takeShared = async (bounds: readonly Bound[], load: Load): Promise<LimitVerdict> => {
    const lease = leaseId();
    const asked = counts.take(
      bounds.map((bound) => askOf(bound, load)),
      lease,
    );
    const answer = await patience.wait(asked);
    if (!answer) return decideAlone(bounds, load, lease, asked);
    tellUntold();
    const states = bounds.map((bound, index) => stateOf(bound, answer[index]));
    const cells = answer.map(({ cell }) => cell);
    const admitted = states.every(({ waitMs }) => waitMs === 0);
    learn(bounds, load, answer, admitted);
    if (!admitted) return refusedBy(states);
    // What this node admitted while it asked may be the last there was: its own count has the last word.
    const own = local.take(bounds, load);
    if (!own.allowed) {
      takeBack(bounds, load, lease, cells);
      return own;
    }
    const finishShared = finisherOf(bounds, load, lease, cells);
    return { allowed: true, retryAfterMs: 0, states, finish: finishShared ? once(own.finish, finishShared) : own.finish };
  };

  return {
    take(bounds, load) {
      if (bounds.length === 0) return UNLIMITED;
      // What this node alone has admitted is already enough to refuse: no question, and no way to hammer the counts.
      const own = local.look(bounds, load);
      if (!own.allowed) return own;
      if (patience.mayAsk()) return takeShared(bounds, load);
      const { verdict, admission } = admitAlone(bounds, load, leaseId());
      if (admission) untold.add(admission);
      return verdict;
    },
    async usage(bounds) {
      if (bounds.length === 0) return [];
      // What weighs nothing is counted nowhere.
      const asked = patience.mayAsk()
        ? counts.take(
            bounds.map((bound) => askOf(bound, NOTHING)),
            leaseId(),
          )
        : undefined;
      const answer = asked && (await patience.wait(asked));
      if (answer) return answer.map(({ used, resetMs }) => ({ used, resetMs, shared: true }));
      return (await local.usage(bounds)).map((one) => ({ ...one, shared: false }));
    },
    async renew() {
      const waiting = unsent;
      unsent = [];
      for (const ending of waiting) await send(ending);
      await untold.tell();
      const held = [...leases].flatMap(([lease, { keys }]) => keys.map((key) => ({ lease, key })));
      for (let from = 0; from < held.length; from += RENEW_MOST) {
        // What ended while the ones before were sent is not brought back.
        const some = held.slice(from, from + RENEW_MOST).filter(({ lease }) => leases.has(lease));
        if (some.length === 0) continue;
        if (!patience.mayAsk()) return;
        for (const { lease } of some) {
          const known = leases.get(lease);
          if (known) known.told = true;
        }
        await patience.wait(counts.renew(some));
      }
    },
    async close() {
      patience.close();
      counts.close();
      await local.close();
    },
  };
}

const NOTHING: Load = { requests: 0, input_tokens: 0, output_tokens: 0, total_tokens: 0, cost: 0, concurrency: 0 };

/** The windows in which a call counts for something else than it was taken for. @param all requests too, which only count for nothing when they are taken back */
function changesOf(bounds: readonly Bound[], load: Load, spent: Load, cells: Cells, all: boolean): CountChange[] {
  return bounds.flatMap((bound, index): CountChange[] => {
    const { kind } = bound.limit;
    const cell = cells[index];
    const delta = spent[kind] - load[kind];
    if (kind === "concurrency" || (!all && !isCorrected(kind)) || delta === 0 || cell === undefined) return [];
    return [{ key: keyOf(bound), kind: "window", cell, delta }];
  });
}

function once(...all: readonly Finish[]): Finish {
  let finished = false;
  return (spent) => {
    if (finished) return undefined;
    finished = true;
    const told = all.map((one) => one(spent)).filter((one) => one instanceof Promise);
    return told.length > 0 ? Promise.all(told).then(() => undefined) : undefined;
  };
}

const askOf = (bound: Bound, load: Load): CountAsk => ({
  key: keyOf(bound),
  kind: bound.limit.kind === "concurrency" ? "leases" : "window",
  max: bound.limit.max,
  windowMs: bound.limit.windowSeconds * SECOND_MS,
  weight: load[bound.limit.kind],
});

const stateOf = ({ owner, limit }: Bound, { waitMs, used, resetMs }: CountAnswer = { waitMs: 0, used: 0, resetMs: 0, cell: undefined }): LimitState => ({
  owner,
  limit,
  remaining: Math.max(0, limit.max - used),
  resetMs,
  waitMs,
});
