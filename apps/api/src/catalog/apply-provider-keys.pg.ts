/** Makes the keys of a provider those that are given: what is not given any more is gone. */
import { sql, type Kysely } from "kysely";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { Database } from "@switchyard/db/schema";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import type { Ids } from "@switchyard/shared/kernel/id";
import { complaintAbout, type WantedKey } from "./provider-keys.ts";
import type { SecretBox } from "./secret-box.ts";
import { opened, readKeys, type StoredKey } from "./stored-provider.pg.ts";

export interface ApplyKeysPorts {
  readonly box: SecretBox;
  readonly ids: Ids;
  readonly random: (bytes: number) => Buffer;
}

const NONCE_BYTES = 12;

/** A key that is wanted, with what is stored of it. */
interface Key {
  readonly name: string;
  readonly weight: number;
  /** Undefined: what is stored cannot be opened, and stays as it is. */
  readonly secret: string | undefined;
  readonly row: StoredKey | undefined;
  /** What is stored is what is wanted. */
  readonly isSame: boolean;
}

/**
 * @param changes gets a line for each key that was set, changed or removed
 * @throws FailureError `invalid_request` when a key that should stay is not there, or the keys cannot be meant together
 */
export async function applyProviderKeys(
  ports: ApplyKeysPorts,
  tx: Kysely<Database>,
  provider: { readonly id: string; readonly name: string },
  wanted: readonly WantedKey[],
  changes: string[],
): Promise<void> {
  const present = await readKeys(tx, PLATFORM_WORKSPACE, provider.id);
  const keys = wanted.map((key) => keyOf(ports.box, provider.id, present, key));
  refuse(keys);
  // One key needs no name to be told from others.
  const isOnly = new Set([...present, ...keys].map(({ name }) => name)).size < 2;
  const told = (name: string): string => (isOnly ? `key of provider ${provider.name}` : `key ${name} of provider ${provider.name}`);
  for (const row of present) {
    const key = keys.find((one) => one.row === row);
    if (key?.name === row.name) continue;
    // One that is renamed is written anew below, so that two may change names.
    await tx.deleteFrom("switchyard.provider_secrets").where("workspace_id", "=", PLATFORM_WORKSPACE).where("id", "=", row.id).execute();
    changes.push(key ? `${told(row.name)} renamed ${key.name}` : `${told(row.name)} removed`);
  }
  for (const [place, key] of keys.entries()) {
    const { name, weight, row, isSame } = key;
    const isThere = row?.name === name;
    if (isSame && isThere && row.place === place && row.weight === weight) continue;
    const columns = { name, place, weight, ...sealedOf(ports, provider.id, key) };
    if (isThere)
      await tx.updateTable("switchyard.provider_secrets").set(columns).where("workspace_id", "=", PLATFORM_WORKSPACE).where("id", "=", row.id).execute();
    else
      await tx
        .insertInto("switchyard.provider_secrets")
        .values({ workspace_id: PLATFORM_WORKSPACE, provider_id: provider.id, ...columns })
        .execute();
    if (isThere || !isSame) changes.push(`${told(name)} ${isSame ? "changed" : "set"}`);
  }
}

function keyOf(box: SecretBox, provider: string, present: readonly StoredKey[], { name, was, secret, weight }: WantedKey): Key {
  const row = present.find((one) => one.name === (was ?? name));
  if (row === undefined && (secret === undefined || was !== undefined)) throw refusal(`There is no stored key named ${was ?? name}: type the key itself.`);
  const stored = row && opened(box, row.sealed, provider);
  return { name, weight: weight ?? row?.weight ?? 1, secret: secret ?? stored, row, isSame: row !== undefined && (secret === undefined || secret === stored) };
}

function refuse(keys: readonly Key[]): void {
  const stored = keys.flatMap(({ row }) => row ?? []);
  const complaint = new Set(stored).size < stored.length ? "two keys are to be the same stored one" : complaintAbout(keys);
  if (complaint !== undefined) throw refusal(`apiKeys: ${complaint}.`);
}

const refusal = (publicText: string): FailureError => new FailureError(failure("invalid_request", { param: "apiKeys", publicText }));

/** A new secret makes it a new key, of which nothing is known yet. */
function sealedOf({ box, ids, random }: ApplyKeysPorts, provider: string, { secret, row, isSame }: Key) {
  if (row && isSame) return { id: row.id, sealed: row.sealed, changed_at: row.changedAt };
  return { id: ids.next("providerKey"), sealed: box.seal(secret ?? "", provider, random(NONCE_BYTES)), changed_at: sql<Date>`clock_timestamp()` };
}
