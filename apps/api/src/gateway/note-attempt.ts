/** What one attempt leaves behind: its line in the call's trail, and what it says of its target's health and pace. */
import type { CatalogModel, ProviderKey } from "@switchyard/shared/domain/catalog";
import type { RoutingPolicy } from "@switchyard/shared/domain/routing";
import type { ServiceTier } from "@switchyard/shared/domain/service-tier";
import type { ProviderFailure } from "../providers/provider.ts";
import type { GatewayPorts } from "./ports.ts";
import { beginAttempt, elapsed, endAttempt, type Trail } from "./trail.ts";
import type { Try } from "./tries.ts";

export interface AttemptEnd {
  readonly outcome: "ok" | "failed" | "aborted";
  readonly failure?: ProviderFailure;
  readonly bytes: number;
  readonly serviceTier?: ServiceTier | undefined;
  /** Words for an end that is no failure. */
  readonly detail?: string;
  /** What it produced, for the pace of its target; undefined when nobody counted. */
  readonly outputTokens?: number;
}

export interface AttemptNote {
  /** A whole answer came. */
  answered(): void;
  /** The first content of a stream came. */
  began(): void;
  /** It is over. @param status HTTP's, where the provider said one */
  finish(end: AttemptEnd, status?: number): void;
}

/** @param hedge the attempt is a second one, beside another that takes long */
export function noteAttempt(ports: GatewayPorts, one: Try, policy: RoutingPolicy, trail: Trail, hedge: boolean): AttemptNote {
  const { target, key } = one;
  const { model } = target;
  trail.target = target;
  const startMs = beginAttempt(trail, ports.clock);
  let firstTokenMs: number | undefined;
  return {
    answered: () => ports.health.answered(model, { answerMs: elapsed(trail, ports.clock) - startMs }, ports.clock.now(), key?.id),
    began: () => {
      firstTokenMs = elapsed(trail, ports.clock);
      trail.firstTokenMs ??= firstTokenMs;
      ports.health.answered(model, { firstTokenMs: firstTokenMs - startMs }, ports.clock.now(), key?.id);
    },
    finish: ({ outcome, failure: failed, bytes, outputTokens, serviceTier, detail = failed?.detail }, status) => {
      const totalMs = endAttempt(trail, ports.clock) - startMs;
      trail.attempts.push({
        provider: model.provider.name,
        model: model.name,
        ...(key ? { key: shown(key) } : {}),
        outcome,
        startMs: round(startMs),
        totalMs: round(totalMs),
        bytes,
        ...(failed ? { failure: failed.kind } : {}),
        ...(status === undefined ? {} : { status }),
        ...(firstTokenMs === undefined ? {} : { firstTokenMs: round(firstTokenMs) }),
        ...(hedge ? { hedge } : {}),
        ...(serviceTier === undefined ? {} : { serviceTier }),
        ...(detail === undefined ? {} : { detail }),
      });
      if (failed) noteFailure(ports, one, failed, policy);
      else if (outcome === "aborted") ports.health.unclaim(model, key?.id);
      else if (firstTokenMs !== undefined && outputTokens !== undefined) notePace(ports, model, outputTokens, startMs + totalMs - firstTokenMs);
    },
  };
}

/** Tells the health of a target that an attempt at it failed; what only an operator can mend, they are told. */
function noteFailure(ports: GatewayPorts, { target: { model }, key }: Try, failed: ProviderFailure, policy: RoutingPolicy): void {
  const { alarm } = ports.health.failed(model, failed, policy.restAfter, ports.clock.now(), key?.id);
  if (!alarm) return;
  if (key === undefined) ports.log.warn("a provider rests until an operator mends it", { provider: model.provider.name, reason: failed.kind });
  else ports.log.warn("a key of a provider rests until an operator mends it", { provider: model.provider.name, key: shown(key), reason: failed.kind });
}

const shown = ({ name, masked }: ProviderKey): string => `${name} ${masked}`;

/** Fewer tokens or a shorter time tell nothing about how fast a target is. */
const PACE_TOKENS_MIN = 8;
const PACE_MS_MIN = 20;

function notePace(ports: GatewayPorts, model: CatalogModel, outputTokens: number, ms: number): void {
  if (outputTokens >= PACE_TOKENS_MIN && ms >= PACE_MS_MIN) ports.health.produced(model, (outputTokens * 1_000) / ms, ports.clock.now());
}

const round = (ms: number): number => Math.round(ms * 10) / 10;
