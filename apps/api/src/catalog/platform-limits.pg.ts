/** The limits that operators set for everybody: of every address that calls come from, and of what is sent to each shared provider. */
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { Database } from "@switchyard/db/schema";
import type { Limit } from "@switchyard/shared/domain/limit";
import { toId, type Ids, type ProviderId } from "@switchyard/shared/kernel/id";
import type { Kysely, Transaction } from "kysely";
import { lockCatalog } from "./catalog-lock.pg.ts";
import { logDeed, type Editing } from "./change-log.pg.ts";
import { logProvider } from "./edit-provider.pg.ts";
import { readProvider } from "./stored-provider.pg.ts";

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
  const editing = (tx: Transaction<Database>, actor: string): Editing => ({ tx, owner: PLATFORM_WORKSPACE, actor, ids });
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
        await logDeed(editing(tx, actor), "address.limits", "address", { limits });
      }),
    async setProvider(id, limits, actor) {
      const changed = await worker.transaction().execute(async (tx) => {
        await lockCatalog(tx, PLATFORM_WORKSPACE);
        const before = await readProvider(tx, PLATFORM_WORKSPACE, { id });
        if (!before) return false;
        await tx
          .updateTable("switchyard.providers")
          .set({ limits: JSON.stringify(limits) })
          .where("workspace_id", "=", PLATFORM_WORKSPACE)
          .where("id", "=", id)
          .execute();
        await logProvider(editing(tx, actor), before, { ...before, state: { ...before.state, limits } });
        return true;
      });
      if (changed) await refresh();
      return changed;
    },
  };
}
