/** Reads the form of a group: what the server takes, or what has to be corrected. */
import { STRATEGIES, type Strategy } from "@switchyard/shared/domain/strategy";
import type { GroupRow } from "@switchyard/shared/wire/console/groups";
import { fieldsOf as routingFieldsOf, routingFaultsOf, routingOf, type RoutingFault, type RoutingFields } from "./routing-fields.ts";

export interface TargetFields {
  /** `provider/model`. */
  readonly target: string;
  readonly priority: string;
  readonly weight: string;
}

export interface GroupFields {
  readonly name: string;
  /** Empty: as for all groups. */
  readonly strategy: Strategy | "";
  readonly targets: readonly TargetFields[];
  readonly routing: RoutingFields;
}

export type GroupFault = RoutingFault | "name" | "targets";

export const isStrategy = (text: string): text is Strategy => STRATEGIES.some((one) => one === text);

export const NEW_GROUP: GroupFields = { name: "", strategy: "", targets: [], routing: routingFieldsOf({}, []) };

export const fieldsOf = ({ name, ownStrategy, settings, failureKeywords, targets }: GroupRow): GroupFields => ({
  name,
  strategy: ownStrategy ?? "",
  routing: routingFieldsOf(settings, failureKeywords),
  targets: targets.map(({ provider, model, priority, weight }) => ({ target: `${provider}/${model}`, priority: String(priority), weight: String(weight) })),
});

/** What providers and groups may be called. */
export const isCatalogName = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text);

const PLACE_MAX = 1_000;
const isPlace = (text: string): boolean => /^\d{1,4}$/.test(text) && Number(text) <= PLACE_MAX;

/** What is wrong, in the order of the fields. */
export const groupFaultsOf = ({ name, targets, routing }: GroupFields): readonly GroupFault[] => [
  ...(isCatalogName(name) ? [] : (["name"] as const)),
  ...(targets.every(({ priority, weight }) => isPlace(priority) && isPlace(weight)) ? [] : (["targets"] as const)),
  ...routingFaultsOf(routing),
];

/** The group that the fields ask for; they must be without fault. */
export function groupOf({ name, strategy, targets, routing }: GroupFields) {
  return {
    name,
    ...(strategy === "" ? {} : { strategy }),
    ...routingOf(routing),
    targets: targets.map(({ target, priority, weight }) => {
      const [provider = "", ...model] = target.split("/");
      return { provider, model: model.join("/"), priority: Number(priority), weight: Number(weight) };
    }),
  };
}

/** A further target is asked after those that are there. */
export const withTarget = (targets: readonly TargetFields[], target: string): readonly TargetFields[] => [
  ...targets,
  { target, priority: String(Math.max(0, ...targets.map(({ priority }) => Number(priority) || 0)) + 1), weight: "1" },
];
