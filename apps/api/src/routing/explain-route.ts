/** A route put into values for whoever asks why: each target with its place, what the strategy looked at, and how it is. */
import type { ExplainedRoute } from "@switchyard/shared/domain/explained-route";
import { formatUsd } from "@switchyard/shared/kernel/money";
import type { EpochMs } from "@switchyard/shared/kernel/time";
import { qualifiedName } from "../catalog/snapshot.ts";
import type { HealthBook } from "./health.ts";
import { recordOfRoute, type Plan } from "./plan.ts";
import type { Route } from "./resolve.ts";

export function explainRoute(asked: string, route: Route, plan: Plan, health: HealthBook, now: EpochMs, stream: boolean): ExplainedRoute {
  return {
    model: asked,
    group: route.group?.name,
    route: recordOfRoute(route, plan, health, stream),
    sticky: route.policy.sticky,
    hedgeAfterMs: route.policy.hedgeAfterMs,
    targets: plan.attempts.map(({ model, priority, weight }) => {
      const { state, pace, answered, failed } = health.evidenceOf(model, now);
      return {
        target: qualifiedName(model),
        priority,
        weight,
        local: model.provider.local,
        inputPerMillion: model.price && formatUsd(model.price.inputPerMillion),
        outputPerMillion: model.price && formatUsd(model.price.outputPerMillion),
        health: state,
        firstTokenMs: rounded(pace?.firstTokenMs),
        tokensPerSecond: rounded(pace?.tokensPerSecond),
        answered,
        failed,
      };
    }),
  };
}

const rounded = (figure: number | undefined): number | undefined => (figure === undefined ? undefined : Math.round(figure));
