/** One attempt at a provider within the limits that its operator set, and what its answer tells of its own. */
import type { CatalogModel, CatalogProvider, ProviderKey } from "@switchyard/shared/domain/catalog";
import type { Load } from "@switchyard/shared/domain/limit";
import { costOf, tariffOf, type Price } from "@switchyard/shared/domain/price";
import type { ServiceTier } from "@switchyard/shared/domain/service-tier";
import type { Usage } from "@switchyard/shared/domain/usage";
import { promptTokensLikely } from "../ledger/estimate.ts";
import { boundsOf, type Bound, type LimitVerdict } from "../limits/limiter.ts";
import type { Ask, AttemptAnswer, AttemptTimeouts, ProviderAdapter, ProviderEndpoint, StreamPart } from "../providers/provider.ts";
import { loadOf, SPENT_NOTHING, spentOn } from "./admit.ts";
import type { Demand } from "./job.ts";
import type { GatewayPorts } from "./ports.ts";
import { limitsOf } from "./tries.ts";

export interface ProviderAttempt {
  readonly model: CatalogModel;
  /** Which of several keys `endpoint` has. */
  readonly key: ProviderKey | undefined;
  readonly adapter: ProviderAdapter;
  readonly ask: Ask;
  readonly endpoint: ProviderEndpoint;
  readonly timeouts: AttemptTimeouts;
  readonly signal: AbortSignal;
  readonly demand: Demand;
}

/** As the adapter answers; `at_limit` without asking it when the operator's limits of the provider have no room. */
export async function askProvider(ports: GatewayPorts, attempt: ProviderAttempt): Promise<AttemptAnswer> {
  const { model, demand } = attempt;
  const bounds = boundsOfProvider(model.provider);
  if (bounds.length === 0) return send(ports, attempt);
  const load = loadOf(demand, [{ model, priority: 0, weight: 1 }], attempt.ask.maxOutput);
  const verdict = await ports.limiter.take(bounds, load);
  if (!verdict.allowed) return atLimit(verdict);
  const answer = await send(ports, attempt);
  switch (answer.kind) {
    case "failure":
      await verdict.finish(SPENT_NOTHING);
      return answer;
    case "reply":
      await verdict.finish(spentBy({ usage: answer.reply.usage, tier: answer.reply.serviceTier }, model, load));
      return answer;
    case "stream":
      return { ...answer, parts: watched(answer.parts, (seen) => verdict.finish(spentBy(seen, model, load))) };
  }
}

async function send(
  { clock, learned }: GatewayPorts,
  { model, key, adapter, ask, endpoint, timeouts, signal, demand }: ProviderAttempt,
): Promise<AttemptAnswer> {
  const limits = limitsOf(model, key);
  learned.sent(limits, promptTokensLikely(demand.prompt));
  const answer = await adapter.ask(ask, endpoint, timeouts, signal);
  if (answer.headers) learned.learn(limits, answer.headers, clock.now());
  return answer;
}

/** Made once for each provider of a catalog; a changed catalog has new ones. */
const known = new WeakMap<CatalogProvider, readonly Bound[]>();
function boundsOfProvider(provider: CatalogProvider): readonly Bound[] {
  let bounds = known.get(provider);
  if (bounds === undefined) {
    bounds = boundsOf("provider", provider.id, provider.limits);
    known.set(provider, bounds);
  }
  return bounds;
}

function atLimit({ retryAfterMs, states }: LimitVerdict): AttemptAnswer {
  const full = states.filter((state) => state.waitMs > 0).map(({ limit }) => limit.kind);
  return {
    kind: "failure",
    failure: {
      kind: "at_limit",
      detail: `the limit of this provider here is reached: ${full.join(", ")}`,
      ...(Number.isFinite(retryAfterMs) ? { retryAfterMs } : {}),
    },
    bytes: 0,
  };
}

/** What nobody reported counts as what was expected at most. */
const spentBy = ({ usage, tier }: Seen, model: CatalogModel, load: Load): Load =>
  usage ? spentOn(usage, costOf(usage, tariffOf(model.price as Price, tier))) : load;

interface Seen {
  usage: Usage | undefined;
  tier: ServiceTier | undefined;
}

async function* watched(parts: AsyncIterable<readonly StreamPart[]>, ended: (seen: Seen) => void | Promise<void>): AsyncGenerator<readonly StreamPart[]> {
  const seen: Seen = { usage: undefined, tier: undefined };
  try {
    for await (const some of parts) {
      for (const part of some) {
        if (part.kind === "usage") seen.usage = part.usage;
        else if (part.kind === "served") seen.tier = part.tier;
      }
      yield some;
    }
  } finally {
    await ended(seen);
  }
}
