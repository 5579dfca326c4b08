/** Which targets a call can be tried at, and what is said when there is none. */
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { promptTokensLikely } from "../ledger/estimate.ts";
import { allRest } from "../routing/no-target.ts";
import { planAttempts, type Plan, type Unfit } from "../routing/plan.ts";
import type { Route } from "../routing/resolve.ts";
import { cacheKeyOf, offerFor, type Job } from "./job.ts";
import type { GatewayPorts } from "./ports.ts";
import { limitsOf } from "./tries.ts";
import { otherPurpose, unsuitable, type Unsuitable } from "./suitability.ts";

const NOT_SPOKEN = { reason: "unsupported" } as const;

/** @param session what the caller says belongs together; without it, calls that a provider's cache would know as one do */
export const planFor = (ports: GatewayPorts, route: Route, job: Job, session: string | undefined): Plan =>
  planAttempts(route, {
    health: ports.health,
    turns: ports.turns,
    random: ports.random,
    now: ports.clock.now(),
    stream: job.stream,
    session: session ?? cacheKeyOf(job),
    unfit: (model) => unfitFor(ports, job, model),
    isExhausted: (model) => isExhausted(ports, model, promptTokensLikely(job.demand.prompt)),
  });

/** Where there are several keys, all of them are. */
function isExhausted({ learned, clock }: GatewayPorts, model: CatalogModel, promptTokens: number): boolean {
  const now = clock.now();
  const { keys } = model.provider;
  if (keys === undefined) return learned.exhausted(model.id, promptTokens, now) !== undefined;
  return keys.every((key) => learned.exhausted(limitsOf(model, key), promptTokens, now) !== undefined);
}

function unfitFor(ports: GatewayPorts, job: Job, model: CatalogModel): Unfit | undefined {
  const adapter = ports.adapterOf(model.provider.kind);
  if (!adapter || offerFor(job.offers, adapter, model) === undefined) {
    const other = otherPurposeOf(ports, job, model);
    return other ? { ...NOT_SPOKEN, because: other.because } : NOT_SPOKEN;
  }
  const why = unsuitable(model, job.demand);
  return why && { reason: "incapable", because: why.because };
}

/** Its provider could be asked this, but the model is for something else. */
function otherPurposeOf({ adapterOf }: GatewayPorts, { offers }: Job, model: CatalogModel): Unsuitable | undefined {
  const adapter = adapterOf(model.provider.kind);
  const spoken = offers.map(({ operation }) => operation).filter((operation) => adapter?.speaks(operation) === true);
  return spoken.length === 0 ? undefined : otherPurpose(model, spoken);
}

/** Why there is nothing to try. @param plan undefined when the name leads to no target at all */
export function nothingToTry(plan: Plan | undefined, ports: GatewayPorts, job: Job): Failure {
  if (!plan) return failure("model_not_found", { param: "model" });
  if (plan.skipped.some(({ rest }) => rest)) return allRest(plan.skipped, ports.clock.now());
  const incapable = plan.skipped.find(({ reason }) => reason === "incapable");
  const why = incapable && unsuitable(incapable.target.model, job.demand);
  if (why) return why.failure;
  if (plan.skipped.some(({ reason }) => reason === "unsupported")) {
    const { modelAsked } = job;
    const [only] = plan.skipped;
    const other = plan.skipped.length === 1 && only ? otherPurposeOf(ports, job, only.target.model) : undefined;
    if (other) return other.failure;
    return failure("not_supported", {
      param: "model",
      publicText: `${modelAsked.length <= 100 ? `The model '${modelAsked}'` : "This model"} has no provider that can do this.`,
    });
  }
  return failure("service_unavailable", { detail: "no target is enabled and priced", publicText: "This model has no target that is switched on and priced." });
}
