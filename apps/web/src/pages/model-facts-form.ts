/** Reads what a form says of a model beside its price: its name, how much it takes, what it can do. */
import type { Capability } from "@switchyard/shared/domain/catalog";
import type { ModelRow } from "@switchyard/shared/wire/console/providers";

export interface FactsFields {
  /** As its provider calls it. */
  readonly name: string;
  readonly contextWindow: string;
  readonly maxOutput: string;
  /** Empty: nobody has said, and nothing is refused for it. */
  readonly capabilities: readonly Capability[];
}
export type FactsFault = "name" | "contextWindow" | "maxOutput";

export const factsFieldsOf = (model: ModelRow | undefined): FactsFields => ({
  name: model?.name ?? "",
  contextWindow: model?.contextWindow === undefined ? "" : String(model.contextWindow),
  maxOutput: model?.maxOutput === undefined ? "" : String(model.maxOutput),
  capabilities: model?.capabilities ?? [],
});

const NAME_MAX = 200;
const CONTEXT_MAX = 100_000_000;
const OUTPUT_MAX = 10_000_000;
const isCount = (text: string, max: number): boolean => /^\d{1,9}$/.test(text) && Number(text) > 0 && Number(text) <= max;

/** What is wrong, in the order of the fields; an empty number is what is there, or what the price book knows. */
export const factsFaultsOf = ({ name, contextWindow, maxOutput }: FactsFields): readonly FactsFault[] => [
  ...(name.trim() === "" || name.length > NAME_MAX ? (["name"] as const) : []),
  ...(contextWindow === "" || isCount(contextWindow, CONTEXT_MAX) ? [] : (["contextWindow"] as const)),
  ...(maxOutput === "" || isCount(maxOutput, OUTPUT_MAX) ? [] : (["maxOutput"] as const)),
];

/** What the fields ask for; they must be without fault. Capabilities alone where they are not what they were. */
export const factsOf = ({ contextWindow, maxOutput, capabilities }: FactsFields, before: FactsFields) => ({
  ...(contextWindow === "" ? {} : { contextWindow: Number(contextWindow) }),
  ...(maxOutput === "" ? {} : { maxOutput: Number(maxOutput) }),
  ...(capabilities.toSorted().join() === before.capabilities.toSorted().join() ? {} : { capabilities: [...capabilities] }),
});
