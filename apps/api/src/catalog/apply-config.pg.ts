/** Makes the database as a configuration says: idempotent, all or nothing, and it changes only what is named. */
import { sql, type Kysely, type Transaction } from "kysely";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { Database } from "@switchyard/db/schema";
import type { Limit } from "@switchyard/shared/domain/limit";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import { KNOWN_BASE_URLS, type ConfigFile, type ConfiguredKey, type ConfiguredProvider, type ConfiguredWorkspace } from "./config-file.ts";
import { applyModel, type ApplyModelPorts } from "./apply-model.pg.ts";
import { applyProviderKeys } from "./apply-provider-keys.pg.ts";
import { applyGroup, applyRouting } from "./apply-routing.pg.ts";
import { derivedUuid } from "./derived-uuid.ts";
import { wantedKeys } from "./provider-keys.ts";
import type { SecretBox } from "./secret-box.ts";

export interface ApplyPorts extends ApplyModelPorts {
  readonly worker: Kysely<Database>;
  readonly box: SecretBox;
  readonly random: (bytes: number) => Buffer;
  /** SHA-256 of a key's secret, and how it is shown. */
  readonly keyShape: (secret: string) => { readonly hash: Buffer; readonly prefix: string; readonly lastFour: string };
  /** Salt and derived key of a password. */
  readonly derivePassword: (password: string) => Promise<{ readonly salt: Buffer; readonly derived: Buffer }>;
  /** Who it is written down as, in the audit log. */
  readonly actor: string;
}

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
    for (const change of changes) {
      await tx
        .insertInto("switchyard.audit_log")
        .values({ workspace_id: PLATFORM_WORKSPACE, id: ports.ids.next("audit"), actor: ports.actor, verb: "config.apply", object: change, detail: "{}" })
        .execute();
    }
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

export async function applyProvider(ports: ProviderPorts, tx: Kysely<Database>, provider: ConfiguredProvider, changes: string[]): Promise<void> {
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

async function applyWorkspace(ports: ApplyPorts, tx: Tx, workspace: ConfiguredWorkspace, changes: string[]): Promise<void> {
  const present = await tx.selectFrom("switchyard.workspaces").select(["workspace_id", "limits"]).where("name", "=", workspace.name).executeTakeFirst();
  const workspaceId = present?.workspace_id ?? ports.ids.next("workspace");
  if (!present) {
    await tx.insertInto("switchyard.workspaces").values({ workspace_id: workspaceId, name: workspace.name, kind: "team" }).execute();
    changes.push(`workspace ${workspace.name} created`);
  }
  if (workspace.limits !== undefined && !sameLimits(present?.limits ?? [], workspace.limits)) {
    await tx
      .updateTable("switchyard.workspaces")
      .set({ limits: JSON.stringify(workspace.limits) })
      .where("workspace_id", "=", workspaceId)
      .execute();
    changes.push(`limits of workspace ${workspace.name} changed`);
  }
  await sql`select ledger.open_wallet(${workspaceId}::uuid)`.execute(tx);
  if (workspace.credit !== undefined && workspace.credit > 0n) {
    const granted = await sql<{
      credit: string;
    }>`select ledger.credit(${derivedUuid(workspaceId, "opening credit")}::uuid, ${workspaceId}::uuid, ${workspace.credit.toString()}::bigint, 'credit', 'platform:promo', ${ports.actor}, 'opening credit') as credit`.execute(
      tx,
    );
    if (granted.rows[0]?.credit === "ok") changes.push(`opening credit of workspace ${workspace.name} granted`);
  }
  for (const member of workspace.members ?? []) await applyMember(ports, tx, { workspaceId, workspaceName: workspace.name }, member, changes);
  for (const key of workspace.keys ?? []) await applyKey(ports, tx, { workspaceId, workspaceName: workspace.name }, key, ["inference"], changes);
}

interface Place {
  readonly workspaceId: string;
  readonly workspaceName: string;
}

async function applyMember(
  ports: ApplyPorts,
  tx: Tx,
  place: Place,
  member: NonNullable<ConfiguredWorkspace["members"]>[number],
  changes: string[],
): Promise<void> {
  const userId = await ensureUser(ports, tx, { email: member.email, password: member.password, operator: false }, changes);
  const present = await tx
    .selectFrom("switchyard.members")
    .select(["role", "limits"])
    .where("workspace_id", "=", place.workspaceId)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  const wanted = { role: member.role, ...(member.limits ? { limits: JSON.stringify(member.limits) } : {}) };
  const sameLimitsAsBefore = member.limits === undefined || sameLimits(present?.limits ?? [], member.limits);
  if (present?.role === member.role && sameLimitsAsBefore) return;
  await tx
    .insertInto("switchyard.members")
    .values({ workspace_id: place.workspaceId, user_id: userId, ...wanted })
    .onConflict((conflict) => conflict.columns(["workspace_id", "user_id"]).doUpdateSet(wanted))
    .execute();
  if (present?.role !== member.role) changes.push(`member ${member.email} of ${place.workspaceName} is ${member.role}`);
  if (!sameLimitsAsBefore) changes.push(`limits of member ${member.email} of ${place.workspaceName} changed`);
}

/** A password is only set for a person who has none: one that was changed since stays. @returns the person's id */
export async function ensureUser(
  ports: Pick<ApplyPorts, "ids" | "derivePassword">,
  tx: Kysely<Database>,
  person: { email: string; password: string | undefined; operator: boolean },
  changes: string[],
): Promise<string> {
  const present = await tx.selectFrom("switchyard.users").select("id").where("email", "=", person.email).executeTakeFirst();
  const id = present?.id ?? ports.ids.next("user");
  if (!present) {
    await tx.insertInto("switchyard.users").values({ id, email: person.email, operator: person.operator }).execute();
    changes.push(`person ${person.email} created`);
  }
  if (person.password !== undefined) {
    const has = await sql<{ has: boolean }>`select access.has_password(${id}::uuid) as has`.execute(tx);
    if (has.rows[0]?.has !== true) {
      const { salt, derived } = await ports.derivePassword(person.password);
      await sql`select access.set_password(${id}::uuid, ${salt}, ${derived}, null)`.execute(tx);
    }
  }
  return id;
}

async function applyKey(
  ports: ApplyPorts,
  tx: Tx,
  place: Place,
  key: Omit<ConfiguredKey, "limits"> & { limits?: ConfiguredKey["limits"] },
  scopes: ("inference" | "operator")[],
  changes: string[],
): Promise<void> {
  const { hash, prefix, lastFour } = ports.keyShape(key.secret);
  const wanted = {
    name: key.name,
    groups: key.groups ?? null,
    // What the file does not name may have been set by hand, and stays.
    ...(key.limits === undefined ? {} : { limits: JSON.stringify(key.limits) }),
    ...(key.cache === undefined ? {} : { cache_seconds: key.cache.ttlSeconds }),
    enabled: key.enabled ?? true,
    expires_at: key.expiresAt === undefined ? null : new Date(key.expiresAt),
  };
  const present = await tx.selectFrom("switchyard.api_keys").selectAll().where("hash", "=", hash).executeTakeFirst();
  if (present && present.workspace_id !== place.workspaceId) {
    throw new FailureError(
      failure("invalid_request", { publicText: `The configuration cannot be used: the secret of key ${key.name} belongs to another workspace.` }),
    );
  }
  // The same name with another secret: the key was rotated, and the old secret ends now.
  const replaced = await tx
    .updateTable("switchyard.api_keys")
    .set({ revoked_at: sql<Date>`clock_timestamp()` })
    .where("workspace_id", "=", place.workspaceId)
    .where("name", "=", key.name)
    .where("hash", "!=", hash)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  if (replaced.numUpdatedRows > 0n) changes.push(`old key ${key.name} of ${place.workspaceName} revoked`);
  const id = present?.id ?? ports.ids.next("key");
  if (!present) {
    await tx
      .insertInto("switchyard.api_keys")
      .values({ workspace_id: place.workspaceId, id, hash, prefix, last_four: lastFour, scopes, limits: "[]", ...wanted })
      .execute();
    changes.push(`key ${key.name} of ${place.workspaceName} created`);
  } else if (present.revoked_at === null && !sameKey(present, wanted)) {
    await tx.updateTable("switchyard.api_keys").set(wanted).where("workspace_id", "=", place.workspaceId).where("id", "=", id).execute();
    changes.push(`key ${key.name} of ${place.workspaceName} changed`);
  }
  if (key.budget) await applyBudget(ports, tx, place, { id, name: key.name }, key.budget, changes);
}

function sameKey(
  present: { name: string; groups: string[] | null; limits: readonly Limit[]; cache_seconds: number | null; enabled: boolean; expires_at: Date | null },
  wanted: { name: string; groups: string[] | null; limits?: string; cache_seconds?: number; enabled: boolean; expires_at: Date | null },
): boolean {
  return (
    present.name === wanted.name &&
    present.enabled === wanted.enabled &&
    (wanted.cache_seconds === undefined || present.cache_seconds === wanted.cache_seconds) &&
    present.groups?.join("\n") === wanted.groups?.join("\n") &&
    present.expires_at?.getTime() === wanted.expires_at?.getTime() &&
    (wanted.limits === undefined || sameLimits(present.limits, JSON.parse(wanted.limits) as Limit[]))
  );
}

/** Postgres keeps JSON objects in an order of its own. */
const sameLimits = (some: readonly Limit[], others: readonly Limit[]): boolean => canonical(some) === canonical(others);
const canonical = (limits: readonly Limit[]): string => JSON.stringify(limits.map(({ kind, max, windowSeconds }) => [kind, max, windowSeconds]));

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

async function applyBudget(
  ports: ApplyPorts,
  tx: Tx,
  place: Place,
  key: { id: string; name: string },
  budget: NonNullable<ConfiguredKey["budget"]>,
  changes: string[],
): Promise<void> {
  const present = await tx
    .selectFrom("ledger.budgets")
    .select(["cap", "window_days"])
    .where("workspace_id", "=", place.workspaceId)
    .where("key_id", "=", key.id)
    .executeTakeFirst();
  if (present?.cap === budget.max && (present.window_days ?? undefined) === budget.windowDays) return;
  await sql`select ledger.set_budget(${place.workspaceId}::uuid, ${ports.ids.next("budget")}::uuid, ${key.id}::uuid, ${budget.max.toString()}::bigint, ${budget.windowDays ?? null}::int)`.execute(
    tx,
  );
  changes.push(`budget of key ${key.name} of ${place.workspaceName} ${present ? "changed" : "set"}`);
}
