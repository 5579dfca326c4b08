/** Asks Postgres who an API key is. */
import type pg from "pg";
import * as z from "zod";
import { limitsSchema } from "@switchyard/shared/domain/limit-schema";
import { SCOPES } from "@switchyard/shared/domain/principal";
import { toId } from "@switchyard/shared/kernel/id";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import type { ResolvedKey } from "./authenticator.ts";

/** `limits` is JSON and `scopes` text: what does not fit stops the key instead of lifting its limits. */
const row = z.object({
  workspace_id: z.uuid(),
  id: z.uuid(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  groups: z.array(z.string()).nullable(),
  limits: limitsSchema,
  enabled: z.boolean(),
  expires_at: z.date().nullable(),
  created_by: z.uuid().nullable(),
  cache_seconds: z.int().nullable(),
  budget_ids: z.array(z.uuid()),
  member_limits: limitsSchema,
  workspace_limits: limitsSchema,
  address_limits: limitsSchema,
  workspace_name: z.string(),
});

/**
 * A statement of a known name is parsed once a connection. A database that hangs is given up after this many
 * milliseconds, on our side of the wire: its own timeouts hang with it.
 */
const RESOLVE = {
  query_timeout: 800,
  name: "resolve_key",
  text: "select workspace_id, id, name, scopes, groups, limits, enabled, expires_at, created_by, cache_seconds, budget_ids, member_limits, workspace_limits, address_limits, workspace_name from access.resolve_key($1)",
};

/** @param pool the request path's; the function needs no principal, for it finds one. */
export const resolveKeyIn =
  (pool: pg.Pool) =>
  async (hash: Buffer): Promise<ResolvedKey | undefined> => {
    const found = await pool.query<Record<string, unknown>>({ ...RESOLVE, values: [hash] });
    if (found.rows.length === 0) return undefined;
    const key = row.parse(found.rows[0]);
    return {
      kind: "key",
      workspaceId: toId("workspace", key.workspace_id),
      workspaceName: key.workspace_name,
      keyId: toId("key", key.id),
      keyName: key.name,
      userId: key.created_by === null ? undefined : toId("user", key.created_by),
      scopes: key.scopes,
      groups: key.groups ?? undefined,
      limits: { key: key.limits, member: key.member_limits, workspace: key.workspace_limits, address: key.address_limits },
      cacheSeconds: key.cache_seconds ?? undefined,
      budgetIds: key.budget_ids.map((id) => toId("budget", id)),
      expiresAt: key.expires_at === null ? undefined : toEpochMs(key.expires_at.getTime()),
      enabled: key.enabled,
    };
  };
