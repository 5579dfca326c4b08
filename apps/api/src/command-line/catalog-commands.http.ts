/** The commands about models and prices: what they ask of the program, and how they tell its answer. */
import { askProgram, type Place } from "./admin-client.http.ts";
import type { ImportQuestion } from "./command.ts";

type Say = (text: string) => void;
interface Price {
  readonly inputPerMillion: string;
  readonly outputPerMillion: string;
  readonly perCall: string;
}
interface ImportAnswer {
  readonly importId: string | null;
  readonly created: number;
  readonly changed: number;
  readonly leftOut: number;
  readonly missing: readonly string[];
  readonly models: readonly {
    readonly id: string;
    readonly alias: string | null;
    readonly change: string;
    readonly price: Price | null;
    readonly priceSource: string | null;
  }[];
}

export async function importModels(place: Place, ask: ImportQuestion, say: Say): Promise<number> {
  const answer = (await askProgram(place, "/api/admin/import", ask)) as ImportAnswer;
  for (const model of answer.models) {
    const words = [model.change.padEnd(7), model.id, ...(model.alias === null ? [] : [`(${model.alias})`]), priceWords(model.price, model.priceSource)];
    say(words.join("  "));
  }
  for (const id of answer.missing) say(`missing  ${id} is not in the provider's list`);
  say(
    ask.dryRun
      ? `${answer.models.length} models would be imported, ${answer.leftOut} are left out; nothing was changed`
      : `${answer.created} models created, ${answer.changed} changed, ${answer.leftOut} left out`,
  );
  if (answer.importId !== null) say(`to take it back: pnpm switchyard import-undo ${answer.importId}`);
  return answer.missing.length > 0 ? 1 : 0;
}

export async function undoImport(place: Place, importId: string, say: Say): Promise<number> {
  const { switchedOff, aliasesRemoved } = (await askProgram(place, "/api/admin/import/undo", { importId })) as { switchedOff: number; aliasesRemoved: number };
  say(`${switchedOff} models switched off, ${aliasesRemoved} aliases removed`);
  return 0;
}

export async function refreshPrices(place: Place, ask: { readonly dryRun: boolean; readonly online: boolean }, say: Say): Promise<number> {
  const answer = (await askProgram(place, "/api/admin/prices/refresh", ask)) as {
    source: string;
    day: string;
    changes: { provider: string; model: string; before: Price | null; after: Price }[];
    kept: number;
    newer: number;
    unpriced: string[];
  };
  for (const { provider, model, before, after } of answer.changes) say(`${provider}/${model}  ${priceWords(before, null)} -> ${priceWords(after, null)}`);
  for (const model of answer.unpriced) say(`${model}  has no price`);
  const newer = answer.newer > 0 ? `, ${answer.newer} from newer data stay` : "";
  const said = answer.changes.length === 1 ? "1 price" : `${answer.changes.length} prices`;
  say(`${answer.source}, data of ${answer.day}: ${said} ${ask.dryRun ? "would change" : "changed"}, ${answer.kept} set by people stay${newer}`);
  return 0;
}

const priceWords = (price: Price | null, source: string | null): string =>
  price === null ? "no price" : `$${price.inputPerMillion} / $${price.outputPerMillion} a million${source === null ? "" : `, ${source}`}`;
