/** The hold of a call: its worst case, lowered to what the wallet affords when the caller set no cap. */
import type { CatalogModel, Target } from "@switchyard/shared/domain/catalog";
import { tariffsOf, type Price } from "@switchyard/shared/domain/price";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import type { CallId } from "@switchyard/shared/kernel/id";
import type { NanoUsd } from "@switchyard/shared/kernel/money";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { affordableOutput, outputCap, worstCase, type CallDemand, type PlannedCost } from "../ledger/estimate.ts";
import type { IdempotencyClaim } from "../ledger/ledger.ts";
import type { Demand, Job } from "./job.ts";
import { refusalOfHold } from "./hold-refusal.ts";
import type { GatewayPorts } from "./ports.ts";

export interface Held {
  readonly amount: NanoUsd;
  readonly demand: CallDemand;
  /** The cap that is sent to this model, in tokens for each choice. */
  readonly maxOutputOf: (model: CatalogModel) => number;
}

export interface HoldAsk {
  readonly principal: KeyPrincipal;
  readonly job: Job;
  readonly callId: CallId;
  readonly targets: readonly Target[];
  /** The output cap that the limits have room for, in tokens for each choice, when the caller set none. */
  readonly ceiling: number | undefined;
  readonly idempotency: IdempotencyClaim | undefined;
}

/** Every way in which a call can be charged: by each target, in each service tier that it can come to. @param ceiling the output cap for each choice in tokens, where there is one */
export const plannedCosts = (
  targets: readonly Target[],
  ceiling: number | undefined,
  { outputAt, searchesAt, serviceTier = "any" }: Pick<Demand, "outputAt" | "searchesAt" | "serviceTier">,
): PlannedCost[] =>
  targets.flatMap(({ model }) =>
    tariffsOf(model.price as Price, serviceTier).map((price) => ({
      price,
      maxOutput: outputCap(model, outputAt?.(model) ?? ceiling),
      contextWindow: model.contextWindow,
      searches: searchesAt?.(model),
    })),
  );

/** Lowering the cap races with other calls for the same money; after this many losses the wallet is as good as empty. */
const CLAMPS_MAX = 3;

/** Committed when it is ok; refused with 402, or 503 when the database cannot promise anything. */
export async function holdFor(ports: GatewayPorts, ask: HoldAsk): Promise<Result<Held>> {
  const { principal, job, callId } = ask;
  const { demand } = job;
  const { outputAsked: asked } = demand;
  let ceiling = asked ?? ask.ceiling;
  for (let clamps = 0; ; clamps++) {
    const maxOutputOf = (model: CatalogModel): number => outputCap(model, demand.outputAt?.(model) ?? ceiling);
    const planned = plannedCosts(ask.targets, ceiling, demand);
    const amount = worstCase(demand, planned);
    const answer = await ports.ledger.hold({
      callId,
      workspaceId: principal.workspaceId,
      amount,
      budgetIds: principal.budgetIds,
      keyId: principal.keyId,
      modelAsked: job.modelAsked,
      stream: job.stream,
      idempotency: ask.idempotency,
    });
    if (answer.kind === "held") return ok({ amount, demand, maxOutputOf });
    if (answer.kind === "short" && asked === undefined && clamps < CLAMPS_MAX) {
      const affordable = affordableOutput(answer.available, demand, planned);
      if (affordable !== undefined) {
        ceiling = affordable;
        continue;
      }
    }
    return refused(refusalOfHold(ports, principal, answer, amount));
  }
}
