/** Reads the form of an import: its words, which models are chosen, and the prices typed over the proposed ones. */
import { formatUsd, parseUsd } from "@switchyard/shared/kernel/money";
import type { ImportOutcomeRow } from "@switchyard/shared/wire/console/imports";

type Listed = ImportOutcomeRow["models"][number];

export interface ImportFields {
  /** Words with commas between them. */
  readonly include: string;
  readonly exclude: string;
  readonly aliasPrefix: string;
}
export const EMPTY_IMPORT: ImportFields = { include: "", exclude: "", aliasPrefix: "" };

/** A price as it is typed: dollars per million tokens. */
export interface TypedPrice {
  readonly input: string;
  readonly output: string;
}
export type TypedPrices = Readonly<Record<string, TypedPrice>>;

export const wordsOf = (text: string): string[] =>
  text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");

export const isAlias = (text: string): boolean => /^[A-Za-z0-9._:/-]{0,50}$/.test(text);

export const proposed = ({ price }: Listed): TypedPrice =>
  price ? { input: formatUsd(price.inputPerMillion), output: formatUsd(price.outputPerMillion) } : { input: "", output: "" };

const isAmount = (text: string): boolean => (parseUsd(text.trim()) ?? -1n) >= 0n;

/** Both amounts, or neither: half a price is none. */
export const isPrice = ({ input, output }: TypedPrice): boolean => (input.trim() === "" && output.trim() === "") || (isAmount(input) && isAmount(output));

/** What is asked for each chosen model: a price only where it was changed, so that the other rates of the proposed one stay. */
export function chosenOf(
  models: readonly Listed[],
  chosen: ReadonlySet<string>,
  typed: TypedPrices,
): { id: string; price?: { inputPerMillion: string; outputPerMillion: string } }[] {
  return models
    .filter(({ id }) => chosen.has(id))
    .map((model) => {
      const { input, output } = typed[model.id] ?? proposed(model);
      const before = proposed(model);
      const same = input.trim() === before.input && output.trim() === before.output;
      return same || input.trim() === "" ? { id: model.id } : { id: model.id, price: { inputPerMillion: input.trim(), outputPerMillion: output.trim() } };
    });
}

/** A name for one import, under which its progress is told. */
export const newRun = (): string => crypto.randomUUID();
