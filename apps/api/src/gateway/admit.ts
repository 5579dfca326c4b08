/** Asks the caller's limits, for all that a call can become, before anything is held. */
import type { Target } from "@switchyard/shared/domain/catalog";
import { ONE_REQUEST, type LimitKind, type LimitOwner, type Load } from "@switchyard/shared/domain/limit";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { completionTokensOf, promptTokensOf, type Usage } from "@switchyard/shared/domain/usage";
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { formatUsd, nano, type NanoUsd } from "@switchyard/shared/kernel/money";
import type { Closing } from "../ledger/closing.ts";
import { affordableOutput, CLAMPED_OUTPUT_MIN, promptTokensMax, worstCase } from "../ledger/estimate.ts";
import { callerBounds } from "../limits/caller-bounds.ts";
import { isCorrected, UNLIMITED, type Bound, type LimitState, type LimitVerdict } from "../limits/limiter.ts";
import { plannedCosts } from "./hold.ts";
import type { Demand } from "./job.ts";
import type { GatewayPorts } from "./ports.ts";

export interface AdmitAsk {
  readonly principal: KeyPrincipal;
  readonly address: string;
  readonly demand: Demand;
  /** Who may be tried; empty when the call will be refused anyway, and is only counted. */
  readonly targets: readonly Target[];
}

export interface Admitted {
  readonly verdict: LimitVerdict;
  /** The most tokens of output for each choice that the limits have room for, when the caller set no cap. */
  readonly ceiling: number | undefined;
}

const FREE: Admitted = { verdict: UNLIMITED, ceiling: undefined };

/** At once when the limits are counted here and ask for no estimate. The verdict of an admitted call is to be finished with `spentOf`. */
export function admit(ports: Pick<GatewayPorts, "limiter">, ask: AdmitAsk): Admitted | Promise<Admitted> {
  const bounds = callerBounds(ask.principal, ask.address);
  if (bounds.length === 0) return FREE;
  if (ask.targets.length > 0 && bounds.some(({ limit }) => isCorrected(limit.kind))) return admitBySize(ports, ask, bounds);
  const verdict = ports.limiter.take(bounds, ONE_REQUEST);
  return verdict instanceof Promise ? verdict.then(uncapped) : uncapped(verdict);
}

const uncapped = (verdict: LimitVerdict): Admitted => ({ verdict, ceiling: undefined });

/** As with a wallet, a caller who set no cap gets the output that there is room for, down to a useful least. */
async function admitBySize({ limiter }: Pick<GatewayPorts, "limiter">, ask: AdmitAsk, bounds: readonly Bound[]): Promise<Admitted> {
  const { demand, targets } = ask;
  const verdict = await limiter.take(bounds, loadOf(demand, targets, demand.outputAsked));
  if (verdict.allowed || demand.outputAsked !== undefined) return { verdict, ceiling: undefined };
  const room = roomForOutput(verdict.states, demand, targets);
  if (room === undefined) return { verdict, ceiling: undefined };
  const narrowed = await limiter.take(bounds, loadOf(demand, targets, room));
  if (narrowed.allowed || room === CLAMPED_OUTPUT_MIN) return { verdict: narrowed, ceiling: room };
  // Somebody was faster. The least there is decides, and says when to come back.
  return { verdict: await limiter.take(bounds, loadOf(demand, targets, CLAMPED_OUTPUT_MIN)), ceiling: CLAMPED_OUTPUT_MIN };
}

/** The most a call can become at any of its targets. @param ceiling tokens of output for each choice */
export function loadOf(demand: Demand, targets: readonly Target[], ceiling: number | undefined): Load {
  const input = promptTokensMax(demand.prompt);
  const planned = plannedCosts(targets, ceiling, demand);
  const output = demand.choices * Math.max(0, ...planned.map(({ maxOutput }) => maxOutput));
  return {
    requests: 1,
    concurrency: 1,
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    cost: Number(worstCase(demand, planned)),
  };
}

/** @returns undefined when it is not the output that there is no room for */
function roomForOutput(states: readonly LimitState[], demand: Demand, targets: readonly Target[]): number | undefined {
  const { choices } = demand;
  const input = promptTokensMax(demand.prompt);
  let room = Number.MAX_SAFE_INTEGER;
  for (const { limit, remaining, waitMs } of states) {
    if (waitMs === 0) continue;
    const left = outputWithin(limit.kind, remaining);
    if (left === undefined) return undefined;
    room = Math.min(room, left);
  }
  return Math.max(room, CLAMPED_OUTPUT_MIN);

  function outputWithin(kind: LimitKind, remaining: number): number | undefined {
    switch (kind) {
      case "output_tokens":
        return Math.floor(remaining / choices);
      case "total_tokens":
        return Math.floor((remaining - input) / choices);
      case "cost":
        return affordableOutput(nano(BigInt(remaining)), demand, plannedCosts(targets, undefined, demand)) ?? 0;
      default:
        return undefined;
    }
  }
}

/** What a call was, once it is closed. */
export function spentOf({ usage, cost, void: nothing }: Closing): Load {
  return nothing ? SPENT_NOTHING : spentOn(usage, cost);
}

export function spentOn(usage: Usage, cost: NanoUsd): Load {
  const input = promptTokensOf(usage);
  const output = completionTokensOf(usage);
  return { requests: 1, concurrency: 1, input_tokens: input, output_tokens: output, total_tokens: input + output, cost: Number(cost) };
}

export const SPENT_NOTHING: Load = ONE_REQUEST;

const OWNERS: Record<LimitOwner, string> = {
  key: "this key",
  member: "the member of this key",
  workspace: "this workspace",
  address: "this address",
  provider: "this provider",
};
const UNITS: Record<Exclude<LimitKind, "cost" | "concurrency">, string> = {
  requests: "requests",
  input_tokens: "input tokens",
  output_tokens: "output tokens",
  total_tokens: "tokens",
};

/** The words for a refusal: the limit that keeps the call back longest. */
export function limitFailure({ states, retryAfterMs }: LimitVerdict): Failure {
  const tightest = states.reduce<LimitState | undefined>((most, state) => (state.waitMs > (most?.waitMs ?? 0) ? state : most), undefined);
  if (!tightest) return failure("rate_limit_exceeded", { retryAfterMs });
  const { limit, owner, remaining } = tightest;
  const words = `The limit of ${OWNERS[owner]} is ${amountOf(limit.kind, limit.max)}${limit.kind === "concurrency" ? "" : ` in ${limit.windowSeconds} s`}`;
  if (!Number.isFinite(retryAfterMs)) {
    return failure("limit_too_small", {
      param: "max_tokens",
      publicText: `${words}, and this call alone may come to more. Send less, or ask for fewer tokens with max_tokens.`,
    });
  }
  return failure("rate_limit_exceeded", {
    publicText: `${words}${isCorrected(limit.kind) ? `, of which ${amountOf(limit.kind, remaining)} are left: less than this call may come to` : ""}.`,
    retryAfterMs,
  });
}

const amountOf = (kind: LimitKind, amount: number): string =>
  kind === "cost" ? `$${formatUsd(nano(BigInt(amount)))}` : kind === "concurrency" ? `${amount} calls at once` : `${amount} ${UNITS[kind]}`;
