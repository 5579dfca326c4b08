/** The limits that operators set for everybody: of every address that calls come from, and of what is sent to each shared provider. */
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { Database } from "@switchyard/db/schema";
import type { Limit } from "@switchyard/shared/domain/limit";
import { toId, type Ids, type ProviderId } from "@switchyard/shared/kernel/id";
import type { Kysely, Transaction } from "kysely";
import { logDeed } from "./change-log.pg.ts";

export interface PlatformLimits {
  readonly address: readonly Limit[];
  readonly providers: readonly { readonly id: ProviderId; readonly name: string; readonly limits: readonly Limit[] }[];
}

export interface PlatformLimitsWork {
  read(): Promise<PlatformLimits>;
  setAddress(limits: readonly Limit[], actor: string): Promise<void>;
  /** @returns false when there is no such provider of the platform's */
  setProvider(id: ProviderId, limits: readonly Limit[], actor: string): Promise<boolean>;
}

export interface PlatformLimitsPorts {
  readonly worker: Kysely<Database>;
  readonly ids: Ids;
  /** Reads the catalog of this node anew; the others hear of the change from Postgres. */
  readonly refresh: () => Promise<void>;
}

export function platformLimits({ worker, ids, refresh }: PlatformLimitsPorts): PlatformLimitsWork {
  const log = async (tx: Transaction<Database>, actor: string, object: string, limits: readonly Limit[]): Promise<void> => {
    await logDeed({ tx, owner: toId("workspace", PLATFORM_WORKSPACE), actor, ids }, object === "address" ? "address.limits" : "provider.limits", object, {
      limits,
    });
  };
  return {
    async read() {
      const space = await worker.selectFrom("switchyard.workspaces").select("address_limits").where("workspace_id", "=", PLATFORM_WORKSPACE).executeTakeFirst();
      const providers = await worker
        .selectFrom("switchyard.providers")
        .select(["id", "name", "limits"])
        .where("workspace_id", "=", PLATFORM_WORKSPACE)
        .where("deleted_at", "is", null)
        .orderBy("name")
        .execute();
      return { address: space?.address_limits ?? [], providers: providers.map(({ id, name, limits }) => ({ id: toId("provider", id), name, limits })) };
    },
    setAddress: (limits, actor) =>
      worker.transaction().execute(async (tx) => {
        await tx
          .updateTable("switchyard.workspaces")
          .set({ address_limits: JSON.stringify(limits) })
          .where("workspace_id", "=", PLATFORM_WORKSPACE)
          .execute();
        await log(tx, actor, "address", limits);
      }),
    async setProvider(id, limits, actor) {
      const changed = await worker.transaction().execute(async (tx) => {
        const row = await tx
          .updateTable("switchyard.providers")
          .set({ limits: JSON.stringify(limits) })
          .where("workspace_id", "=", PLATFORM_WORKSPACE)
          .where("id", "=", id)
          .where("deleted_at", "is", null)
          .returning("name")
          .executeTakeFirst();
        if (row) await log(tx, actor, row.name, limits);
        return row !== undefined;
      });
      if (changed) await refresh();
      return changed;
    },
  };
}
