/** Makes an API key and its budget as a configuration says. */
import { sql, type Transaction } from "kysely";
import type { Database } from "@switchyard/db/schema";
import { sameLimits, type Limit } from "@switchyard/shared/domain/limit";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import type { ApplyPorts } from "./apply-ports.ts";
import type { ConfiguredKey } from "./config-file.ts";

type Tx = Transaction<Database>;

/** A workspace, with the name it has in the file. */
export interface Place {
  readonly workspaceId: string;
  readonly workspaceName: string;
}

/** A key of the same name with another secret is a rotation. @param changes gets a line for each thing that was made or changed */
export async function applyKey(
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
