/** What applying a configuration needs from outside. */
import type { Kysely } from "kysely";
import type { Database } from "@switchyard/db/schema";
import type { ApplyModelPorts } from "./apply-model.pg.ts";
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
