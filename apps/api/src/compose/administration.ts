/** What operators do to the program as a whole: its configuration, and a password that was forgotten. */
import { randomBytes } from "node:crypto";
import type { Connections } from "@switchyard/db/connect.pg";
import { setPassword } from "@switchyard/db/queries/account";
import { FailureError } from "@switchyard/shared/kernel/failure";
import { toId, type Ids } from "@switchyard/shared/kernel/id";
import { applyConfig } from "../catalog/apply-config.pg.ts";
import type { ApplyPorts } from "../catalog/apply-ports.ts";
import { checkConfig } from "../catalog/config-file.ts";
import { exportConfig } from "../catalog/export-config.pg.ts";
import type { PriceBook } from "../catalog/price-book.ts";
import type { SecretBox } from "../catalog/secret-box.ts";
import type { AdminPorts } from "../edge/http/admin.http.ts";
import { hashApiKey, partsOf } from "../identity/api-key.ts";
import { derivePassword, SALT_BYTES } from "../identity/password.ts";

const newPassword = async (password: string): Promise<{ salt: Buffer; derived: Buffer }> => {
  const salt = randomBytes(SALT_BYTES);
  return { salt, derived: await derivePassword(password, salt) };
};

/** @param actor who the audit log names */
export type ApplyAs = (actor: string) => ApplyPorts;

export const applyingTo =
  ({ worker }: Connections, { book, box, ids }: { book: PriceBook; box: SecretBox; ids: Ids }): ApplyAs =>
  (actor) => ({
    book,
    worker,
    box,
    ids,
    random: randomBytes,
    actor,
    keyShape: (secret) => ({ hash: hashApiKey(secret), ...partsOf(secret) }),
    derivePassword: newPassword,
  });

/** @param refresh reads the catalog anew: the other nodes hear of it from Postgres, and whoever asked this one finds it done */
export function administrationOf(
  { worker }: Connections,
  applyAs: ApplyAs,
  refresh: () => Promise<void>,
): Pick<AdminPorts, "applyConfig" | "exportConfig" | "setPassword"> {
  return {
    applyConfig: async (raw, actor) => {
      const checked = checkConfig(raw, {});
      if (!checked.ok) throw new FailureError(checked.failure);
      const changes = await applyConfig(applyAs(actor), checked.value);
      await refresh();
      return changes;
    },
    exportConfig: () => exportConfig(worker),
    setPassword: async (email, password) => {
      const person = await worker.selectFrom("switchyard.users").select("id").where("email", "=", email).executeTakeFirst();
      if (!person) return false;
      await setPassword(worker, { userId: toId("user", person.id), ...(await newPassword(password)), keepSession: Buffer.alloc(32) });
      return true;
    },
  };
}
