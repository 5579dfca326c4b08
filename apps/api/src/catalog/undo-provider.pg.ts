/** Takes changes of a provider back: its settings, limits and models, and never what was secret, which is written down nowhere. */
import type { AuditId } from "@switchyard/shared/kernel/id";
import type { Editing, UndoableChange } from "./change-log.pg.ts";
import { logProvider, originOf } from "./edit-provider.pg.ts";
import { loggedProvider, type LoggedProvider } from "./logged-states.ts";
import { followProviderName } from "./provider-uses.pg.ts";
import { readProvider, type StoredProvider } from "./stored-provider.pg.ts";
import { cannotUndo, refuseChanged } from "./undo-refusals.ts";

/** As it was before it was deleted, with the models that went with it. */
interface DeletedProvider extends LoggedProvider {
  readonly models: readonly { readonly id: string; readonly enabled: boolean }[];
}

export async function undoProvider(editing: Editing, { key, before, after }: UndoableChange, undoes: AuditId): Promise<void> {
  const { tx, owner } = editing;
  const present = await readProvider(tx, owner, { id: key });
  refuseChanged(present && loggedProvider(present.state), after);
  const wanted = before as LoggedProvider;
  if (wanted.name !== present?.state.name && (await readProvider(tx, owner, { name: wanted.name })))
    cannotUndo(`Another provider is named ${wanted.name} now.`);
  if (present) refuseStraying(present, wanted);
  await writeProvider(editing, key, wanted);
  if (present && present.state.name !== wanted.name) await followProviderName(editing, present.state.name, wanted.name);
  if (!present) await bringBackModels(editing, (before as DeletedProvider).models);
  const now = await readProvider(tx, owner, { id: key });
  if (now) await logProvider(editing, present, now, undoes);
}

/** What nobody can read was typed for the present address, and goes to no other. */
function refuseStraying(present: StoredProvider, wanted: LoggedProvider): void {
  if (originOf(present.state.baseUrl) === originOf(wanted.baseUrl)) return;
  const secrets = [...(present.keys.length > 0 ? ["keys"] : []), ...(Object.keys(present.state.headers).length > 0 ? ["headers"] : [])];
  if (secrets.length > 0)
    cannotUndo(`It had another address, to which its present ${secrets.join(" and ")} are not sent. Change it by hand and type its keys for that address.`);
}

async function writeProvider({ tx, owner }: Editing, id: string, wanted: LoggedProvider): Promise<void> {
  const { name, kind, baseUrl, enabled, limits, local, probeSeconds, responses } = wanted;
  await tx
    .updateTable("switchyard.providers")
    .set({
      name,
      kind,
      base_url: baseUrl,
      enabled,
      limits: JSON.stringify(limits),
      is_local: local,
      probe_seconds: probeSeconds,
      responses,
      deleted_at: null,
    })
    .where("workspace_id", "=", owner)
    .where("id", "=", id)
    .execute();
}

async function bringBackModels({ tx, owner }: Editing, models: DeletedProvider["models"]): Promise<void> {
  for (const enabled of [true, false]) {
    const ids = models.filter((model) => model.enabled === enabled).map(({ id }) => id);
    if (ids.length === 0) continue;
    await tx.updateTable("switchyard.models").set({ deleted_at: null, enabled }).where("workspace_id", "=", owner).where("id", "in", ids).execute();
  }
}
