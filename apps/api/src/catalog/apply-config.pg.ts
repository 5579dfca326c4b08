/** Makes the database as a configuration says: idempotent, all or nothing, and it changes only what is named. */
import type { Kysely, Transaction } from "kysely";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { Database } from "@switchyard/db/schema";
import { sameLimits, type Limit } from "@switchyard/shared/domain/limit";
import { KNOWN_BASE_URLS, type ConfigFile, type ConfiguredProvider } from "./config-file.ts";
import { applyKey } from "./apply-key.pg.ts";
import { applyModel } from "./apply-model.pg.ts";
import type { ApplyPorts } from "./apply-ports.ts";
import { applyProviderKeys } from "./apply-provider-keys.pg.ts";
import { applyGroup, applyRouting } from "./apply-routing.pg.ts";
import { applyWorkspace } from "./apply-workspace.pg.ts";
import { logDeed } from "./change-log.pg.ts";
import { wantedKeys, type GivenKeys } from "./provider-keys.ts";

type Tx = Transaction<Database>;

/** One line for each thing that was made or changed; empty when all was as the file says. */
export async function applyConfig(ports: ApplyPorts, config: ConfigFile): Promise<string[]> {
  return ports.worker.transaction().execute(async (tx) => {
    const changes: string[] = [];
    await ensurePlatform(tx);
    await applyAddressLimits(tx, config.addressLimits, changes);
    for (const provider of config.providers ?? []) await applyProvider(ports, tx, provider, changes);
    for (const group of config.groups ?? []) await applyGroup(ports, tx, group, changes);
    await applyRouting(tx, config, changes);
    for (const workspace of config.workspaces ?? []) await applyWorkspace(ports, tx, workspace, changes);
    for (const key of config.operatorKeys ?? [])
      await applyKey(ports, tx, { workspaceId: PLATFORM_WORKSPACE, workspaceName: "platform" }, key, ["operator"], changes);
    for (const change of changes) await logDeed({ tx, owner: PLATFORM_WORKSPACE, actor: ports.actor, ids: ports.ids }, "config.apply", change);
    return changes;
  });
}

/** The workspace that owns what the operators share. */
export async function ensurePlatform(db: Kysely<Database>): Promise<void> {
  await db
    .insertInto("switchyard.workspaces")
    .values({ workspace_id: PLATFORM_WORKSPACE, name: "platform", kind: "platform" })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** What a provider and its models are made with. */
export type ProviderPorts = Pick<ApplyPorts, "ids" | "book" | "box" | "random">;

/** A provider to be made; a key without its secret is one that is stored. */
type GivenProvider = Omit<ConfiguredProvider, "apiKeys"> & GivenKeys;

export async function applyProvider(ports: ProviderPorts, tx: Kysely<Database>, provider: GivenProvider, changes: string[]): Promise<void> {
  const wanted = {
    kind: provider.kind,
    base_url: (provider.baseUrl ?? KNOWN_BASE_URLS[provider.kind] ?? "").replace(/\/+$/, ""),
    enabled: provider.enabled ?? true,
    headers: JSON.stringify(provider.headers ?? {}),
    ...(provider.limits ? { limits: JSON.stringify(provider.limits) } : {}),
    ...(provider.local === undefined ? {} : { is_local: provider.local }),
    ...(provider.probeSeconds === undefined ? {} : { probe_seconds: provider.probeSeconds }),
    ...(provider.responses === undefined ? {} : { responses: provider.responses }),
  };
  const present = await tx
    .selectFrom("switchyard.providers")
    .selectAll()
    .where("workspace_id", "=", PLATFORM_WORKSPACE)
    .where("name", "=", provider.name)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
  const id = present?.id ?? ports.ids.next("provider");
  if (!present) {
    await tx
      .insertInto("switchyard.providers")
      .values({ workspace_id: PLATFORM_WORKSPACE, id, name: provider.name, ...wanted })
      .execute();
    changes.push(`provider ${provider.name} created`);
  } else if (
    present.kind !== wanted.kind ||
    present.base_url !== wanted.base_url ||
    present.enabled !== wanted.enabled ||
    JSON.stringify(present.headers) !== wanted.headers ||
    (provider.limits && !sameLimits(present.limits, provider.limits)) ||
    (wanted.is_local !== undefined && present.is_local !== wanted.is_local) ||
    (wanted.probe_seconds !== undefined && present.probe_seconds !== wanted.probe_seconds) ||
    (wanted.responses !== undefined && present.responses !== wanted.responses)
  ) {
    await tx.updateTable("switchyard.providers").set(wanted).where("workspace_id", "=", PLATFORM_WORKSPACE).where("id", "=", id).execute();
    changes.push(`provider ${provider.name} changed`);
  }
  const keys = wantedKeys(provider);
  if (keys) await applyProviderKeys(ports, tx, { id, name: provider.name }, keys, changes);
  const owner = { id, name: provider.name, kind: provider.kind, baseUrl: wanted.base_url };
  for (const model of provider.models ?? []) await applyModel(ports, tx, owner, model, "configuration", changes);
}

async function applyAddressLimits(tx: Tx, limits: readonly Limit[] | undefined, changes: string[]): Promise<void> {
  if (limits === undefined) return;
  const present = await tx.selectFrom("switchyard.workspaces").select("address_limits").where("workspace_id", "=", PLATFORM_WORKSPACE).executeTakeFirst();
  if (sameLimits(present?.address_limits ?? [], limits)) return;
  await tx
    .updateTable("switchyard.workspaces")
    .set({ address_limits: JSON.stringify(limits) })
    .where("workspace_id", "=", PLATFORM_WORKSPACE)
    .execute();
  changes.push("limits of addresses changed");
}
