/** The bounded, ordered list of attempts for one call. */
import type { RouteRecord, SkippedTarget, SkipReason } from "@switchyard/shared/domain/call";
import type { CatalogModel, Target } from "@switchyard/shared/domain/catalog";
import type { EpochMs } from "@switchyard/shared/kernel/time";
import { isCallable, qualifiedName } from "../catalog/snapshot.ts";
import type { HealthBook } from "./health.ts";
import { figureOf, orderTargets } from "./order.ts";
import type { Route } from "./resolve.ts";
import type { Rest } from "./standing.ts";
import type { Turns } from "./turns.ts";

/** No call is tried at more targets than this, however long its group is. */
export const ATTEMPTS_MAX = 8;

export interface Skipped {
  readonly target: Target;
  readonly reason: SkipReason;
  readonly because?: string;
  readonly rest?: Rest;
}

export interface Plan {
  readonly attempts: readonly Target[];
  readonly skipped: readonly Skipped[];
  /** The session decided among equal targets. */
  readonly sticky: boolean;
  /** What the call is kept together by; undefined where nothing is, or the group does not want it. */
  readonly session?: string | undefined;
}

export interface PlanView {
  readonly health: HealthBook;
  readonly turns: Pick<Turns, "take">;
  readonly now: EpochMs;
  /** In [0, 1). */
  readonly random: () => number;
  /** Whether the answer is to be streamed: decides which times are compared. */
  readonly stream: boolean;
  /** What the caller says belongs together. */
  readonly session: string | undefined;
  /** Whether its provider has said that it is about to refuse for its own limits: then it is asked when nothing else is left. */
  readonly isExhausted?: (model: CatalogModel) => boolean;
  /** Why this model cannot serve this call, whatever its state; undefined when it can. */
  readonly unfit: (model: CatalogModel) => Unfit | undefined;
}

export interface Unfit {
  readonly reason: Extract<SkipReason, "unsupported" | "incapable">;
  /** What it lacks, in few words. */
  readonly because?: string;
}

/** Leaves out what cannot be called now, and puts the rest in the order of the route's strategy. */
export function planAttempts(route: Route, view: PlanView): Plan {
  const skipped: Skipped[] = [];
  const usable: Target[] = [];
  // Somebody is finding out whether these are well again, or they are about to refuse: they are tried when nothing else is left.
  const doubtful: Target[] = [];
  for (const target of route.targets) {
    const skip = skipOf(target, view);
    if (skip) skipped.push(skip);
    else if (isDoubtful(target, view)) doubtful.push(target);
    else usable.push(target);
  }
  const session = route.policy.sticky ? view.session : undefined;
  const { health, now, random, stream } = view;
  const paceOf = health.paceOf.bind(health);
  const ordered =
    usable.length < 2 ? usable : orderTargets(route.strategy, usable, { now, random, stream, session, paceOf, turn: () => view.turns.take(route.group?.id) });
  const all = doubtful.length > 0 ? [...ordered, ...doubtful] : ordered;
  for (const target of all.slice(ATTEMPTS_MAX)) skipped.push({ target, reason: "beyond_bound" });
  return { attempts: all.length > ATTEMPTS_MAX ? all.slice(0, ATTEMPTS_MAX) : all, skipped, sticky: session !== undefined && usable.length > 1, session };
}

function skipOf(target: Target, { unfit, health, now }: PlanView): Skipped | undefined {
  const { model } = target;
  if (!isCallable(model)) return { target, reason: model.price ? "disabled" : "unpriced" };
  const why = unfit(model);
  if (why) return { target, ...why };
  const standing = health.standingOf(model, now);
  return standing.kind === "resting" ? { target, reason: "resting", because: standing.rest.reason, rest: standing.rest } : undefined;
}

function isDoubtful({ model }: Target, { health, now, isExhausted }: PlanView): boolean {
  if (isExhausted?.(model) === true) return true;
  const standing = health.standingOf(model, now);
  return standing.kind === "half_open" && standing.probed;
}

/** What the call's trail says about its way to the targets. */
export function recordOfRoute(route: Route, plan: Plan, health: HealthBook, stream: boolean): RouteRecord {
  const hadChoice = route.targets.length > 1;
  const paceOf = health.paceOf.bind(health);
  return {
    by: route.by,
    of: route.of,
    ...(route.alias === undefined ? {} : { alias: route.alias }),
    ...(hadChoice ? { strategy: route.strategy } : {}),
    ...(plan.sticky ? { sticky: true } : {}),
    order: plan.attempts.map(({ model }) => qualifiedName(model)),
    ...(hadChoice ? { figures: plan.attempts.map((target) => figureOf(route.strategy, target, { paceOf, stream })) } : {}),
    ...(plan.skipped.length > 0 ? { skipped: plan.skipped.map(toSkippedTarget) } : {}),
  };
}

const toSkippedTarget = ({ target, reason, because, rest }: Skipped): SkippedTarget => ({
  target: qualifiedName(target.model),
  reason,
  ...(because === undefined ? {} : { because }),
  ...(rest ? { until: rest.until } : {}),
});
