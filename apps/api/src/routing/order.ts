/** Puts the targets of a group in the order in which they are tried: a function of the targets, what is known of them, and chance. */
import type { Target } from "@switchyard/shared/domain/catalog";
import type { ModelId } from "@switchyard/shared/kernel/id";
import type { Strategy } from "@switchyard/shared/domain/strategy";
import type { EpochMs } from "@switchyard/shared/kernel/time";
import { belonging } from "./session-hash.ts";

/** What was lately measured of a target, and when. */
export interface Pace {
  /** From the attempt's start to the first content of a stream, in milliseconds. */
  readonly firstTokenMs: number | undefined;
  /** From the attempt's start to a whole answer that was not streamed, in milliseconds. */
  readonly answerMs: number | undefined;
  readonly tokensPerSecond: number | undefined;
  readonly at: EpochMs;
}

export interface OrderView {
  readonly now: EpochMs;
  readonly paceOf: (model: ModelId) => Pace | undefined;
  /** In [0, 1). */
  readonly random: () => number;
  /** Counts the calls of a group: 0, 1, 2, … */
  readonly turn: () => number;
  /** Whether the answer is to be streamed: then the first token counts, else the whole answer. */
  readonly stream: boolean;
  /** What the caller says belongs together; undefined when it says nothing or the group does not stick. */
  readonly session: string | undefined;
}

/**
 * What was measured loses half of its say in this time: a slow target is asked again some day, and one nobody has
 * measured counts as fast, so that somebody does.
 */
export const PACE_HALF_LIFE_MS = 5 * 60_000;

/**
 * One line for each strategy: `tier` decides first (lowest first), `figure` within a tier (lowest first). `near`: so little
 * worse than the best that a warm cache at the provider is worth more, and a session may stay.
 */
interface Rule {
  readonly tier: (target: Target) => bigint | number;
  readonly figure?: (target: Target, view: OrderView) => number;
  readonly near?: (best: number, other: number) => boolean;
}
const NEAR_MS = 100;

const priceOf = ({ model }: Target): bigint => (model.price ? model.price.inputPerMillion + model.price.outputPerMillion : 0n);
const none = (): number => 0;

const RULES: Record<Exclude<Strategy, "weighted" | "round_robin">, Rule> = {
  priority: { tier: ({ priority }) => priority },
  lowest_cost: { tier: priceOf },
  lowest_latency: { tier: none, figure: (target, view) => latencyOf(target, view), near: (best, other) => other <= 2 * best + NEAR_MS },
  highest_throughput: { tier: none, figure: (target, view) => -throughputOf(target, view), near: (best, other) => other <= best / 2 },
  local_first: { tier: ({ model }) => (model.provider.local ? 0 : 1) },
  remote_first: { tier: ({ model }) => (model.provider.local ? 1 : 0) },
};

const decay = (pace: Pace, now: EpochMs): number => 2 ** (-Math.max(0, now - pace.at) / PACE_HALF_LIFE_MS);

const waitOf = (pace: Pace | undefined, stream: boolean): number | undefined => (stream ? pace?.firstTokenMs : pace?.answerMs);

/** Milliseconds to wait, the less the longer ago they were measured; 0 when never. */
function latencyOf({ model }: Target, { paceOf, now, stream }: OrderView): number {
  const pace = paceOf(model.id);
  return pace === undefined ? 0 : (waitOf(pace, stream) ?? 0) * decay(pace, now);
}

/** Tokens per second, the more the longer ago they were measured; without bound when never. */
function throughputOf({ model }: Target, { paceOf, now }: OrderView): number {
  const pace = paceOf(model.id);
  return pace?.tokensPerSecond === undefined ? Number.MAX_VALUE : pace.tokensPerSecond / decay(pace, now);
}

/** Priority, then price, then name: so that the order of what a strategy does not tell apart never depends on chance. */
function byHabit(a: Target, b: Target): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  const [left, right] = [priceOf(a), priceOf(b)];
  if (left !== right) return left < right ? -1 : 1;
  return nameOf(a) < nameOf(b) ? -1 : 1;
}
const nameOf = ({ model }: Target): string => `${model.provider.name}/${model.name}`;

/**
 * @param targets those that may be tried; not changed
 * @returns all of them, first to be tried first
 */
export function orderTargets(strategy: Strategy, targets: readonly Target[], view: OrderView): Target[] {
  if (targets.length < 2) return [...targets];
  const ordered = [...targets].sort(byHabit);
  if (strategy === "weighted" || strategy === "round_robin") return spread(strategy, ordered, view);
  const { tier, figure, near } = RULES[strategy];
  const keyed = ordered.map((target) => ({ target, tier: tier(target), figure: figure?.(target, view) ?? 0 }));
  // Sorting is stable: what is equal here stays as by habit.
  keyed.sort((a, b) => (a.tier < b.tier ? -1 : a.tier > b.tier ? 1 : a.figure - b.figure));
  const { session } = view;
  if (session === undefined) return keyed.map(({ target }) => target);
  // A session stays at one of those that are as good as equal: where nothing is measured, of the same number and price.
  const equal = (a: (typeof keyed)[number], b: (typeof keyed)[number]): boolean =>
    a.tier === b.tier && (near ? near(a.figure, b.figure) : a.target.priority === b.target.priority && priceOf(a.target) === priceOf(b.target));
  return byRuns(keyed, equal, (run) => belongingFirst(run, session, ({ target }) => target)).map(({ target }) => target);
}

/** Within each number of priority: by chance according to weight, in turn, or where the session belongs. */
function spread(strategy: "weighted" | "round_robin", ordered: readonly Target[], view: OrderView): Target[] {
  const { session } = view;
  const turn = strategy === "round_robin" && session === undefined ? view.turn() : 0;
  return byRuns(
    ordered,
    (a, b) => a.priority === b.priority,
    (run) => {
      if (session !== undefined) return belongingFirst(run, session, (target) => target);
      return strategy === "weighted" ? byChance(run, view.random) : rotated(run, turn);
    },
  );
}

const rotated = (run: readonly Target[], turn: number): Target[] => {
  const start = turn % run.length;
  return [...run.slice(start), ...run.slice(0, start)];
};

/** Without replacement, each in proportion to its weight (Efraimidis and Spirakis 2006); weight 0 comes last. */
const byChance = (run: readonly Target[], random: () => number): Target[] =>
  run
    .map((target) => ({ target, lot: target.weight > 0 ? -Math.log(1 - random()) / target.weight : Number.MAX_VALUE }))
    .sort((a, b) => a.lot - b.lot)
    .map(({ target }) => target);

function belongingFirst<T>(run: readonly T[], session: string, targetOf: (one: T) => Target): T[] {
  const weighed = run.map((one) => {
    const { model, weight } = targetOf(one);
    return { one, belongs: belonging(session, model.id, weight) };
  });
  return weighed.sort((a, b) => b.belongs - a.belongs).map(({ one }) => one);
}

/** Rearranges each run of neighbours that are equal to the first of them. */
function byRuns<T>(ordered: readonly T[], equal: (a: T, b: T) => boolean, arrange: (run: readonly T[]) => T[]): T[] {
  const result: T[] = [];
  for (let from = 0; from < ordered.length;) {
    const first = ordered[from] as T;
    let to = from + 1;
    while (to < ordered.length && equal(first, ordered[to] as T)) to++;
    const run = ordered.slice(from, to);
    result.push(...(run.length > 1 ? arrange(run) : run));
    from = to;
  }
  return result;
}

/** What the strategy looked at, for the trail: rounded, and only where it says something. */
export function figureOf(strategy: Strategy, target: Target, view: Pick<OrderView, "paceOf" | "stream">): number {
  switch (strategy) {
    case "priority":
    case "round_robin":
      return target.priority;
    case "lowest_cost":
      return Number(priceOf(target));
    case "lowest_latency":
      return Math.round(waitOf(view.paceOf(target.model.id), view.stream) ?? 0);
    case "highest_throughput":
      return Math.round(view.paceOf(target.model.id)?.tokensPerSecond ?? 0);
    case "local_first":
    case "remote_first":
      return target.model.provider.local ? 1 : 0;
    case "weighted":
      return target.weight;
  }
}
