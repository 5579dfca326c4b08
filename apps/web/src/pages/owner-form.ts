/** Reads the form of what holds for all groups: what the server takes, or what has to be corrected. */
import type { OwnerSettings } from "@switchyard/shared/domain/routing";
import type { Strategy } from "@switchyard/shared/domain/strategy";
import type { RoutingRow } from "@switchyard/shared/wire/console/routing";
import { fieldsOf, filled, routingFaultsOf, routingOf, type RoutingFault, type RoutingFields } from "./routing-fields.ts";

/** As typed; empty: as built in. */
export interface OwnerFields {
  readonly strategy: Strategy | "";
  readonly auto: "" | "yes" | "no";
  readonly autoStrategy: Strategy | "";
  readonly probeSeconds: string;
  readonly probeFailures: string;
  readonly routing: RoutingFields;
}
export type OwnerFault = RoutingFault | "probeSeconds" | "probeFailures";

export const ownerFieldsOf = ({ settings, failureKeywords }: Pick<RoutingRow, "settings" | "failureKeywords">): OwnerFields => ({
  strategy: settings.strategy ?? "",
  auto: settings.auto?.enabled === undefined ? "" : settings.auto.enabled ? "yes" : "no",
  autoStrategy: settings.auto?.strategy ?? "",
  probeSeconds: settings.probe?.seconds === undefined ? "" : String(settings.probe.seconds),
  probeFailures: settings.probe?.failures === undefined ? "" : String(settings.probe.failures),
  routing: fieldsOf(settings, failureKeywords),
});

const DAY_SECONDS = 86_400;
const SECONDS_MIN = 5;
const FAILURES_MAX = 100;
const whole = (text: string): number => (/^\d{1,6}$/.test(text) ? Number(text) : Number.NaN);

/** How often a provider is asked: 0 is never, and nobody is asked all the time. */
export const isProbe = (text: string): boolean => whole(text) === 0 || (whole(text) >= SECONDS_MIN && whole(text) <= DAY_SECONDS);

/** What is wrong, in the order of the fields. */
export const ownerFaultsOf = ({ probeSeconds, probeFailures, routing }: OwnerFields): readonly OwnerFault[] => [
  ...(probeSeconds === "" || isProbe(probeSeconds) ? [] : (["probeSeconds"] as const)),
  ...(probeFailures === "" || (whole(probeFailures) >= 1 && whole(probeFailures) <= FAILURES_MAX) ? [] : (["probeFailures"] as const)),
  ...routingFaultsOf(routing),
];

/** The settings that the fields ask for; they must be without fault. */
export function ownerOf({ strategy, auto, autoStrategy, probeSeconds, probeFailures, routing }: OwnerFields) {
  const { settings, failureKeywords } = routingOf(routing);
  const owner: OwnerSettings = {
    ...settings,
    strategy: strategy === "" ? undefined : strategy,
    auto: filled({ enabled: auto === "" ? undefined : auto === "yes", strategy: autoStrategy === "" ? undefined : autoStrategy }),
    probe: filled({
      seconds: probeSeconds === "" ? undefined : Number(probeSeconds),
      failures: probeFailures === "" ? undefined : Number(probeFailures),
    }),
  };
  return { settings: filled(owner) ?? {}, failureKeywords };
}
