/** Tries one target after the other until the first real content, and never after it. */
import type { Failure } from "@switchyard/shared/kernel/failure";
import { promptTokensLikely } from "../ledger/estimate.ts";
import type { ProviderFailure } from "../providers/provider.ts";
import { goesOn } from "../routing/failover.ts";
import { failureOfAll } from "../routing/no-target.ts";
import { hedged, SLOWER } from "./hedge.ts";
import type { GatewayPorts } from "./ports.ts";
import type { Trail } from "./trail.ts";
import { Tries } from "./tries.ts";
import { tryTarget, type Tried, type Undertaking } from "./try-target.ts";

export type Attempted = Exclude<Tried, { kind: "failure" }> | { readonly kind: "failed"; readonly failure: Failure };

export async function attemptTargets(ports: GatewayPorts, undertaking: Undertaking, signal: AbortSignal, trail: Trail): Promise<Attempted> {
  const failures: ProviderFailure[] = [];
  const { policy } = undertaking;
  const decides = (tried: Tried): boolean => tried.kind !== "failure" || !goesOn(tried.failure.kind, tried.failure.status, policy);
  const tries = new Tries(ports, {
    targets: undertaking.targets,
    session: undertaking.session,
    promptTokens: promptTokensLikely(undertaking.demand.prompt),
  });
  for (let one = tries.next(); one; one = tries.next()) {
    const first = one;
    const outcomes =
      policy.hedgeAfterMs > 0
        ? await hedged({
            first: (own) => tryTarget(ports, undertaking, first, own, trail),
            second: () => {
              const other = tries.beside(first);
              return other && ((own) => tryTarget(ports, undertaking, other, own, trail, true));
            },
            afterMs: policy.hedgeAfterMs,
            later: ports.later,
            signal,
            decides,
            discard,
          })
        : [await tryTarget(ports, undertaking, first, signal, trail)];
    for (const tried of outcomes) {
      if (tried.kind === "failure") {
        failures.push(tried.failure);
        tries.failed(tried.of, tried.failure);
      } else {
        if (tried.kind !== "aborted") trail.target = tried.target;
        return tried;
      }
    }
    if (outcomes.some(decides)) break;
  }
  const now = ports.clock.now();
  const freeAt = undertaking.targets.map(({ model }) => {
    const standing = ports.health.standingOf(model, now);
    return standing.kind === "resting" ? standing.rest.until : now;
  });
  return { kind: "failed", failure: failureOfAll({ failures, skipped: undertaking.skipped, freeAt, now }) };
}

/** An answer that came at the same moment as a faster one: its connection is closed and it is written down as broken off. */
function discard(tried: Tried): void {
  if (tried.kind === "reply") tried.finish();
  if (tried.kind !== "stream") return;
  tried.finish({ outcome: "aborted", bytes: 0, detail: SLOWER });
  void tried.rest.return?.()?.catch(() => {}); // its connection is closed either way
}
