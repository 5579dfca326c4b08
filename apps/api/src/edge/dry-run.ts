/** Explains how a request would be routed, without sending anything. */
import * as z from "zod";
import type { CatalogModel, ProviderKind } from "@switchyard/shared/domain/catalog";
import { failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { toEpochMs, type Clock } from "@switchyard/shared/kernel/time";
import type { CatalogSnapshot } from "../catalog/snapshot.ts";
import { otherPurpose } from "../gateway/suitability.ts";
import type { Operation, ProviderAdapter } from "../providers/provider.ts";
import type { ExplainedRoute } from "@switchyard/shared/domain/explained-route";
import { explainRoute } from "../routing/explain-route.ts";
import type { HealthBook } from "../routing/health.ts";
import { planAttempts } from "../routing/plan.ts";
import { resolve, type RoutingPrincipal } from "../routing/resolve.ts";
import type { Turns } from "../routing/turns.ts";

export interface DryRunPorts {
  readonly catalog: { current(): CatalogSnapshot; at(moment: Date): Promise<CatalogSnapshot> };
  readonly adapterOf: (kind: ProviderKind) => ProviderAdapter | undefined;
  readonly health: HealthBook;
  readonly turns: Turns;
  readonly clock: Clock;
}

const OPERATIONS = [
  "chat",
  "messages",
  "responses",
  "completions",
  "embeddings",
  "moderations",
  "rerank",
  "image_generation",
  "image_edit",
  "transcription",
  "translation",
  "speech",
] as const satisfies readonly Operation[];

export const routeAsk = z.strictObject({
  model: z.string().min(1).max(300),
  /** `workspace` or `workspace/key`; the platform itself when left out. */
  key: z.string().min(1).max(300).optional(),
  at: z.iso.datetime({ offset: true }).optional(),
  session: z.string().min(1).max(256).optional(),
  operation: z.enum(OPERATIONS).optional(),
  stream: z.boolean().optional(),
});
export type RouteAsk = z.infer<typeof routeAsk>;

export function parseRouteAsk(raw: unknown): Result<RouteAsk> {
  const parsed = routeAsk.safeParse(raw);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  const param = issue?.path.join(".");
  return refused(failure("invalid_request", { ...(param ? { param } : {}), publicText: `${param ?? "The body"}: ${issue?.message ?? "is not valid"}` }));
}

/** Whose turn it is and what chance would say are looked at, not used up: chance counts as one half. */
export async function explainFor(ports: DryRunPorts, ask: RouteAsk, caller: RoutingPrincipal): Promise<Result<ExplainedRoute & { readonly at: string }>> {
  const present = ports.clock.now();
  const now = ask.at === undefined ? present : toEpochMs(Date.parse(ask.at));
  if (now < present - SLACK_MS)
    return refused(failure("invalid_request", { param: "at", publicText: "at: how targets were in the past is not kept; the trail of each call is." }));
  const catalog = ask.at === undefined ? ports.catalog.current() : await ports.catalog.at(new Date(now));
  const route = resolve(catalog, caller, ask.model);
  if (!route.ok) return route;
  const stream = ask.stream ?? true;
  const operation = ask.operation ?? "chat";
  const plan = planAttempts(route.value, {
    health: ports.health,
    turns: { take: (group) => ports.turns.look(group) },
    random: () => 0.5,
    now,
    stream,
    session: ask.session,
    unfit: (model: CatalogModel) => {
      if (ports.adapterOf(model.provider.kind)?.speaks(operation) !== true) return { reason: "unsupported", because: operation };
      const other = otherPurpose(model, [operation]);
      return other && { reason: "unsupported", because: other.because };
    },
  });
  return ok({ at: new Date(now).toISOString(), ...explainRoute(ask.model, route.value, plan, ports.health, now, stream) });
}

/** Clocks differ a little. */
const SLACK_MS = 60_000;
