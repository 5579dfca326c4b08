/** Takes changes of models back, and of prices: what a model cost before is its price from now on, as a new row. */
import type { AuditId } from "@switchyard/shared/kernel/id";
import { isDeepStrictEqual } from "node:util";
import { logChange, type Editing, type UndoableChange } from "./change-log.pg.ts";
import { deleteProvider } from "./edit-provider.pg.ts";
import { loggedPrice, readLoggedPrice, type LoggedPrice } from "./logged-states.ts";
import { modelNamed } from "./stored-group.pg.ts";
import { readModel, writeModel, type ModelState } from "./stored-model.pg.ts";
import { cannotUndo, refuseChanged } from "./undo-refusals.ts";
import { currentPrices, setPrice } from "./write-price.pg.ts";

export async function undoModel(editing: Editing, { key, before, after }: UndoableChange, undoes: AuditId): Promise<void> {
  const { tx, owner } = editing;
  const present = await readModel(tx, owner, key);
  if (!present || present.provider.deleted) return cannotUndo("Its provider is deleted. Take that back first.");
  refuseChanged(present.deleted ? null : present.state, after);
  const { provider } = present;
  // One that others name is not taken away from under them.
  if (before === null) return deleteProvider(editing, provider.name, { model: present.state.name, cascade: false, undoes });
  const wanted = before as ModelState;
  if (present.deleted && (await modelNamed(tx, owner, provider.name, wanted.name)) !== undefined)
    cannotUndo(`${provider.name} has another model named ${wanted.name} now.`);
  await writeModel(tx, owner, key, wanted);
  await logChange(editing, `model ${provider.name}/${wanted.name}`, { kind: "model", key, before: after, after: wanted }, undoes);
}

export async function undoPrice(editing: Editing, { key, before, after }: UndoableChange, undoes: AuditId): Promise<void> {
  const model = await readModel(editing.tx, editing.owner, key);
  if (!model || model.deleted) return cannotUndo("Its model is deleted. Take that back first.");
  const put = await putBack(editing, { [key]: before as LoggedPrice }, { [key]: after as LoggedPrice });
  if (put.length === 0) refuseChanged(null, after);
  await logChange(editing, `price of ${model.provider.name}/${model.state.name}`, { kind: "price", key, before: after, after: before }, undoes);
}

type Prices = Readonly<Record<string, LoggedPrice>>;

/** Of many prices those that nobody has changed since. */
export async function undoPrices(editing: Editing, { before, after }: UndoableChange, undoes: AuditId): Promise<void> {
  const [was, became] = [before as Prices, after as Prices];
  const put = await putBack(editing, was, became);
  if (put.length === 0) refuseChanged(null, after);
  const of = (prices: Prices): Prices => Object.fromEntries(put.flatMap((id) => (prices[id] ? [[id, prices[id]] as const] : [])));
  await logChange(editing, `prices of ${put.length} models`, { kind: "prices", key: "", before: of(became), after: of(was) }, undoes);
}

/** Prices never go back in place: each is a new row from now on. @returns the models whose present price is still the one that was made */
async function putBack({ tx, owner, ids }: Editing, before: Prices, after: Prices): Promise<string[]> {
  const models = Object.keys(before);
  const present = await currentPrices(tx, owner, models);
  const put: string[] = [];
  for (const id of models) {
    const now = present.get(id);
    const wanted = before[id];
    if (!now || !wanted || !isDeepStrictEqual(loggedPrice(now), after[id])) continue;
    const { terms, source } = readLoggedPrice(wanted);
    await setPrice(tx, ids, { id, workspaceId: owner }, terms, source);
    put.push(id);
  }
  return put;
}
