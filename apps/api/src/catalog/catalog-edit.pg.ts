/** What people change of the catalog while the program runs: one behaviour behind REST and the console's procedures. */
import type { Kysely } from "kysely";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { Database } from "@switchyard/db/schema";
import type { TestedProviderRow } from "@switchyard/shared/wire/console/providers";
import type { AuditId, WorkspaceId } from "@switchyard/shared/kernel/id";
import type { ProviderPorts } from "./apply-config.pg.ts";
import type { WantedModel } from "./apply-model.pg.ts";
import { lockCatalog } from "./catalog-lock.pg.ts";
import { listChanges, type Editing, type LoggedChange } from "./change-log.pg.ts";
import { removeAlias, saveAlias, type AliasAsk } from "./edit-alias.pg.ts";
import { deleteGroup, saveGroup, usesOfGroup, type GroupAsk, type GroupUses } from "./edit-group.pg.ts";
import { saveModel } from "./edit-model.pg.ts";
import { deleteProvider, saveProvider, type ProviderWish } from "./edit-provider.pg.ts";
import { NOTHING_SET, saveRouting } from "./edit-routing.pg.ts";
import { usesOfProvider, type ProviderUses } from "./provider-uses.pg.ts";
import { readGroup, type GroupState } from "./stored-group.pg.ts";
import { readProvider, shownProvider, type ShownProvider } from "./stored-provider.pg.ts";
import { readAlias, readOwner, type AliasState, type OwnerState } from "./stored-routing.pg.ts";
import { undoChange } from "./undo-change.pg.ts";
import { testProvider, type TestAsk, type TestPorts } from "./test-provider.pg.ts";

/** Who changes whose catalog, through which door of the database. */
export interface Editor {
  readonly actor: string;
  readonly owner: WorkspaceId;
  /** One transaction that may write the owner's rows. */
  readonly run: <T>(work: (tx: Kysely<Database>) => Promise<T>) => Promise<T>;
}

/** All of them throw a `FailureError` for what is refused, and then nothing is changed. */
export interface CatalogEdit {
  /** An operator's hand on what the platform shares. */
  platform(actor: string): Editor;
  groups(editor: Editor): Promise<readonly GroupState[]>;
  group(editor: Editor, name: string): Promise<GroupState | undefined>;
  saveGroup(editor: Editor, state: GroupState, ask: GroupAsk): Promise<GroupState>;
  deleteGroup(editor: Editor, name: string, ask: { readonly revision?: string | undefined; readonly cascade: boolean }): Promise<void>;
  usesOfGroup(editor: Editor, name: string): Promise<GroupUses>;
  aliases(editor: Editor): Promise<readonly AliasState[]>;
  /** @returns whether there was none of this name */
  saveAlias(editor: Editor, alias: AliasState, ask: AliasAsk): Promise<boolean>;
  removeAlias(editor: Editor, name: string, ask: AliasAsk): Promise<void>;
  routing(editor: Editor): Promise<OwnerState>;
  saveRouting(editor: Editor, state: OwnerState, ask: { readonly revision?: string | undefined }): Promise<void>;
  providers(editor: Editor): Promise<readonly ShownProvider[]>;
  provider(editor: Editor, name: string): Promise<ShownProvider | undefined>;
  saveProvider(editor: Editor, wish: ProviderWish, ask: { readonly was?: string | undefined; readonly revision?: string | undefined }): Promise<void>;
  usesOfProvider(editor: Editor, name: string, model?: string): Promise<ProviderUses | undefined>;
  /** With its models, or one of them alone. */
  deleteProvider(
    editor: Editor,
    name: string,
    ask: { readonly model?: string | undefined; readonly revision?: string | undefined; readonly cascade: boolean },
  ): Promise<void>;
  /** @param isNew refuses one that is there already */
  saveModel(editor: Editor, provider: string, wanted: WantedModel, isNew: boolean): Promise<void>;
  /** Changes nothing. */
  testProvider(ask: TestAsk): Promise<TestedProviderRow>;
  /** The platform's changes, newest first. */
  changes(ask: { readonly before?: AuditId | undefined; readonly limit: number }): Promise<readonly LoggedChange[]>;
  /** @returns what of it is not put back: secrets, which are written down nowhere */
  undo(editor: Editor, id: AuditId): Promise<readonly string[]>;
}

export interface CatalogEditPorts extends ProviderPorts, TestPorts {
  /** Reads the catalog of this node anew; the others hear of a change from Postgres. */
  readonly refresh: () => Promise<void>;
}

export function createCatalogEdit(ports: CatalogEditPorts): CatalogEdit {
  const edit = async <T>({ actor, owner, run }: Editor, work: (editing: Editing) => Promise<T>): Promise<T> => {
    const done = await run(async (tx) => {
      await lockCatalog(tx, owner);
      return work({ tx, owner, actor, ids: ports.ids });
    });
    await ports.refresh();
    return done;
  };
  return {
    platform: (actor) => ({
      actor,
      owner: PLATFORM_WORKSPACE,
      run: (work) => ports.worker.transaction().execute(work),
    }),
    groups: ({ owner, run }) =>
      run(async (tx) => {
        const rows = await tx.selectFrom("switchyard.groups").select("name").where("workspace_id", "=", owner).orderBy("name").execute();
        const groups: GroupState[] = [];
        for (const { name } of rows) groups.push(...[await readGroup(tx, owner, { name })].flatMap((group) => group?.state ?? []));
        return groups;
      }),
    group: ({ owner, run }, name) => run(async (tx) => (await readGroup(tx, owner, { name }))?.state),
    saveGroup: (editor, state, ask) => edit(editor, (editing) => saveGroup(editing, state, ask)),
    deleteGroup: (editor, name, ask) => edit(editor, (editing) => deleteGroup(editing, name, ask)),
    usesOfGroup: ({ owner, run }, name) => run((tx) => usesOfGroup({ tx, owner }, name)),
    aliases: ({ owner, run }) =>
      run((tx) => tx.selectFrom("switchyard.aliases").select(["name", "stands_for as model"]).where("workspace_id", "=", owner).orderBy("name").execute()),
    saveAlias: (editor, alias, ask) =>
      edit(editor, async (editing) => {
        const isNew = (await readAlias(editing.tx, editing.owner, alias.name)) === undefined;
        await saveAlias(editing, alias, ask);
        return isNew;
      }),
    removeAlias: (editor, name, ask) => edit(editor, (editing) => removeAlias(editing, name, ask)),
    routing: ({ owner, run }) => run(async (tx) => (await readOwner(tx, owner)) ?? NOTHING_SET),
    saveRouting: (editor, state, ask) => edit(editor, (editing) => saveRouting(editing, state, ask)),
    providers: ({ owner, run }) =>
      run(async (tx) => {
        const rows = await tx
          .selectFrom("switchyard.providers")
          .select("name")
          .where("workspace_id", "=", owner)
          .where("deleted_at", "is", null)
          .orderBy("name")
          .execute();
        const providers: ShownProvider[] = [];
        for (const { name } of rows) providers.push(...[await readProvider(tx, owner, { name })].flatMap((one) => (one ? shownProvider(ports.box, one) : [])));
        return providers;
      }),
    provider: ({ owner, run }, name) =>
      run(async (tx) => {
        const found = await readProvider(tx, owner, { name });
        return found && shownProvider(ports.box, found);
      }),
    saveProvider: (editor, wish, ask) => edit(editor, (editing) => saveProvider(ports, editing, wish, ask)),
    usesOfProvider: ({ owner, run }, name, model) =>
      run(async (tx) => {
        const found = await readProvider(tx, owner, { name });
        return found && usesOfProvider({ tx, owner }, { id: found.id, name }, model);
      }),
    deleteProvider: (editor, name, ask) => edit(editor, (editing) => deleteProvider(editing, name, ask)),
    saveModel: (editor, provider, wanted, isNew) => edit(editor, (editing) => saveModel(ports, editing, provider, wanted, isNew)),
    testProvider: (ask) => testProvider(ports, ask),
    changes: (ask) => listChanges(ports.worker, ask),
    undo: (editor, id) => edit(editor, (editing) => undoChange(editing, id)),
  };
}
