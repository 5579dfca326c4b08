/** Makes the keys of a provider those that are given: what is not given any more is gone. */
import { sql, type Kysely } from "kysely";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { Database } from "@switchyard/db/schema";
import type { Ids } from "@switchyard/shared/kernel/id";
import type { WantedKey } from "./provider-keys.ts";
import type { SecretBox } from "./secret-box.ts";

export interface ApplyKeysPorts {
  readonly box: SecretBox;
  readonly ids: Ids;
  readonly random: (bytes: number) => Buffer;
}

const NONCE_BYTES = 12;

/** @param changes gets a line for each key that was set, changed or removed */
export async function applyProviderKeys(
  ports: ApplyKeysPorts,
  tx: Kysely<Database>,
  provider: { readonly id: string; readonly name: string },
  wanted: readonly WantedKey[],
  changes: string[],
): Promise<void> {
  const present = await tx
    .selectFrom("switchyard.provider_secrets")
    .selectAll()
    .where("workspace_id", "=", PLATFORM_WORKSPACE)
    .where("provider_id", "=", provider.id)
    .execute();
  // One key needs no name to be told from others.
  const isOnly = new Set([...present, ...wanted].map(({ name }) => name)).size < 2;
  const told = (name: string): string => (isOnly ? `key of provider ${provider.name}` : `key ${name} of provider ${provider.name}`);
  const gone = present.filter(({ name }) => !wanted.some((key) => key.name === name));
  for (const { name } of gone) {
    await tx
      .deleteFrom("switchyard.provider_secrets")
      .where("workspace_id", "=", PLATFORM_WORKSPACE)
      .where("provider_id", "=", provider.id)
      .where("name", "=", name)
      .execute();
    changes.push(`${told(name)} removed`);
  }
  for (const [place, { name, secret, weight }] of wanted.entries()) {
    const row = present.find((one) => one.name === name);
    const isSame = row !== undefined && opens(ports.box, row.sealed, provider.id, secret);
    const columns = { place, weight };
    if (isSame && row.place === place && row.weight === weight) continue;
    const sealed = isSame
      ? {}
      : { id: ports.ids.next("providerKey"), sealed: ports.box.seal(secret, provider.id, ports.random(NONCE_BYTES)), changed_at: sql<Date>`clock_timestamp()` };
    if (row)
      await tx
        .updateTable("switchyard.provider_secrets")
        .set({ ...columns, ...sealed })
        .where("workspace_id", "=", PLATFORM_WORKSPACE)
        .where("provider_id", "=", provider.id)
        .where("name", "=", name)
        .execute();
    else
      await tx
        .insertInto("switchyard.provider_secrets")
        .values({ workspace_id: PLATFORM_WORKSPACE, provider_id: provider.id, name, ...columns, ...(sealed as { id: string; sealed: Buffer }) })
        .execute();
    changes.push(`${told(name)} ${isSame ? "changed" : "set"}`);
  }
}

function opens(box: SecretBox, sealed: Buffer, id: string, secret: string): boolean {
  try {
    return box.open(sealed, id) === secret;
  } catch {
    return false; // sealed with another SECRET_KEY: sealed anew
  }
}
