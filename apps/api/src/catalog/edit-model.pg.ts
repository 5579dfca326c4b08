/** Adds models of a provider by hand and changes them while the program runs; what was said of a price is a new row. */
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import { isDeepStrictEqual } from "node:util";
import { applyModel, type AppliedModel, type ApplyModelPorts, type WantedModel } from "./apply-model.pg.ts";
import { logChange, logDeed, type Editing } from "./change-log.pg.ts";
import { foundProvider } from "./edit-provider.pg.ts";
import { loggedPrice } from "./logged-states.ts";
import { usesOfProvider } from "./provider-uses.pg.ts";

/** Adds a model by hand, or changes the one of this name. @throws FailureError `not_found`, `conflict` when it is there and should be new */
export async function saveModel(ports: ApplyModelPorts, editing: Editing, provider: string, wanted: WantedModel, isNew: boolean): Promise<void> {
  const { id, state } = await foundProvider(editing, provider);
  const there = await usesOfProvider(editing, { id, name: provider }, wanted.id);
  if (isNew && there.models > 0)
    throw new FailureError(failure("conflict", { param: "model", publicText: `${provider} has a model named ${wanted.id} already.` }));
  const applied = await applyModel(ports, editing.tx, { id, name: provider, kind: state.kind, baseUrl: state.baseUrl }, wanted, "console", []);
  await logModel(editing, `${provider}/${wanted.id}`, applied);
}

/** Writes down what a model and its price were and became. A first price cannot be taken away again; switching the model off does that. */
export async function logModel(editing: Editing, label: string, { id, before, after, price }: AppliedModel): Promise<void> {
  if (!isDeepStrictEqual(before, after)) await logChange(editing, `model ${label}`, { kind: "model", key: id, before: before ?? null, after });
  if (!price) return;
  if (price.before)
    await logChange(editing, `price of ${label}`, { kind: "price", key: id, before: loggedPrice(price.before), after: loggedPrice(price.after) });
  else if (before) await logDeed(editing, "price.created", `price of ${label}`);
}
