/** A call whose worst case is held, and the closing of that hold. */
import type { CallOutcome } from "@switchyard/shared/domain/call";
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import type { ServiceTier } from "@switchyard/shared/domain/service-tier";
import type { Failure } from "@switchyard/shared/kernel/failure";
import type { Closing, Terms } from "../ledger/closing.ts";
import type { IdempotencyClaim } from "../ledger/ledger.ts";
import type { Finish } from "../limits/limiter.ts";
import type { Plan } from "../routing/plan.ts";
import type { Route } from "../routing/resolve.ts";
import { spentOf } from "./admit.ts";
import type { Caching } from "./cached-answer.ts";
import type { CallAsk, CallHead } from "./call-event.ts";
import type { Held } from "./hold.ts";
import type { GatewayPorts } from "./ports.ts";
import { tariffFor } from "./service-tier.ts";
import { toRecord, type Trail } from "./trail.ts";

export interface HeldCall {
  readonly ask: CallAsk;
  readonly route: Route;
  readonly plan: Plan;
  readonly held: Held;
  readonly trail: Trail;
  readonly head: () => CallHead;
  readonly finishLimits: Finish;
  readonly claim: IdempotencyClaim | undefined;
  readonly caching: Caching | undefined;
  /** Aborts the provider's connection. */
  readonly upstream: AbortSignal;
}

/** Posts or voids the hold and writes the call's record. @param why what went wrong, where something did */
export type Close = (outcome: CallOutcome, closing: Closing, why?: Failure) => Promise<void>;

/** Committed, or safe in the journal while Postgres is away, when it returns. */
export async function closeCall(ports: GatewayPorts, { trail, finishLimits }: HeldCall, ...[outcome, closing, why]: Parameters<Close>): Promise<void> {
  await ports.ledger.close({ record: toRecord(trail, { outcome, closing, failure: why }, ports.clock), void: closing.void });
  await finishLimits(spentOf(closing));
}

/** What an answer of this model is charged by. @param served the service tier that it names; undefined for the ordinary one */
export function termsOf(ports: GatewayPorts, { held }: HeldCall, model: CatalogModel, served: ServiceTier | undefined): Terms {
  const { prompt, choices, units, searchesAt } = held.demand;
  return {
    price: tariffFor(ports, model, served),
    held: held.amount,
    prompt,
    completionMax: held.maxOutputOf(model) * choices,
    units,
    searches: searchesAt?.(model),
  };
}

/** Nothing is kept that had no content, or whose price is in doubt. */
export const isWorthKeeping = ({ void: nothing, suspect }: Closing): boolean => !nothing && !suspect;
