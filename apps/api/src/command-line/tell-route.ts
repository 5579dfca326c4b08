/** Writes an explained route as lines for a person at a terminal. */
import type { SkippedTarget } from "@switchyard/shared/domain/call";
import type { ExplainedRoute, ExplainedTarget } from "@switchyard/shared/domain/explained-route";

const SPAN = /^\+(\d{1,6})([smhd])$/;
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `+30s` as the instant it means; any other text as it is. */
export function instantOf(text: string, nowMs: number): string {
  const [, count, unit] = SPAN.exec(text) ?? [];
  return count === undefined ? text : new Date(nowMs + Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]).toISOString();
}

const MEANING: Record<ExplainedRoute["route"]["by"], string> = {
  group: "a group",
  alias: "an alias",
  model: "a model by its provider and name",
  bare_model: "a model that one provider has",
  auto: "whatever this key may use",
};

export function tellRoute(told: ExplainedRoute & { readonly at: string }): string[] {
  const { route } = told;
  const stands = route.alias === undefined ? "" : ` for ${route.alias}`;
  const how = route.strategy === undefined ? "" : `, in the order of ${route.strategy}${route.sticky ? ", the session deciding among equals" : ""}`;
  return [
    `${told.model} is ${MEANING[route.by]} of the ${route.of}${stands}${how}; at ${told.at}`,
    ...(told.targets.length === 0 ? ["nothing would be tried"] : told.targets.map((target, index) => `${index + 1}. ${lineOf(target)}`)),
    ...(told.hedgeAfterMs > 0 && told.targets.length > 1 ? [`the second is asked too when the first is silent for ${told.hedgeAfterMs} ms`] : []),
    ...(route.skipped ?? []).map((skipped) => `-  ${reasonOf(skipped, Date.parse(told.at))}`),
  ];
}

function lineOf(target: ExplainedTarget): string {
  const facts = [
    `priority ${target.priority}`,
    ...(target.weight === 1 ? [] : [`weight ${target.weight}`]),
    ...(target.local ? ["local"] : []),
    ...(target.inputPerMillion === undefined ? [] : [`$${target.inputPerMillion} in, $${target.outputPerMillion ?? "?"} out per million`]),
    target.health,
    ...(target.answered + target.failed === 0 ? [] : [`${target.failed} of ${target.answered + target.failed} attempts failed lately`]),
    ...(target.firstTokenMs === undefined ? [] : [`first token ${target.firstTokenMs} ms`]),
    ...(target.tokensPerSecond === undefined ? [] : [`${target.tokensPerSecond} tokens/s`]),
  ];
  return `${target.target}  ${facts.join(" · ")}`;
}

const REASON: Record<SkippedTarget["reason"], string> = {
  disabled: "switched off",
  unpriced: "has no price",
  unsupported: "cannot do this",
  incapable: "lacks what the request needs",
  resting: "rests",
  beyond_bound: "beyond what one call may try",
};

function reasonOf({ target, reason, because, until }: SkippedTarget, atMs: number): string {
  const why = because === undefined ? "" : reason === "resting" ? ` after ${because}` : `: ${because}`;
  const then = until === undefined ? "" : ` until ${new Date(until).toISOString()} (${Math.max(1, Math.ceil((until - atMs) / 1_000))} s)`;
  return `${target}  ${REASON[reason]}${why}${then}`;
}
