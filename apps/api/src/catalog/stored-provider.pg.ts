/** Providers as they stand in the database: all that an operator may see of one, and its keys, which nobody is shown. */
import type { Kysely } from "kysely";
import type { Database } from "@switchyard/db/schema";
import type { Limit } from "@switchyard/shared/domain/limit";
import type { WorkspaceId } from "@switchyard/shared/kernel/id";
import type { ConfiguredProvider } from "./config-file.ts";
import { maskedKey } from "./provider-keys.ts";
import { revisionOf } from "./revision.ts";
import type { SecretBox } from "./secret-box.ts";

/** A provider as it is, without what is secret. */
export interface ProviderState {
  readonly name: string;
  readonly kind: ConfiguredProvider["kind"];
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly enabled: boolean;
  readonly limits: readonly Limit[];
  readonly local: boolean | null;
  readonly probeSeconds: number | null;
  /** Speaks OpenAI's Responses itself; null: as its address tells. */
  readonly responses: boolean | null;
}

export interface StoredKey {
  /** Another one when the secret is another one. */
  readonly id: string;
  readonly name: string;
  readonly place: number;
  readonly weight: number;
  readonly sealed: Buffer;
  readonly changedAt: Date;
}

export interface StoredProvider {
  readonly id: string;
  readonly state: ProviderState;
  /** In their order. */
  readonly keys: readonly StoredKey[];
}

/** @param by its name, or its id */
export async function readProvider(tx: Kysely<Database>, owner: WorkspaceId, by: { name: string } | { id: string }): Promise<StoredProvider | undefined> {
  const query = tx.selectFrom("switchyard.providers").selectAll().where("workspace_id", "=", owner).where("deleted_at", "is", null);
  const row = await ("id" in by ? query.where("id", "=", by.id) : query.where("name", "=", by.name)).executeTakeFirst();
  if (!row) return undefined;
  const { id, name, kind, base_url: baseUrl, headers, enabled, limits, is_local: local, probe_seconds: probeSeconds, responses } = row;
  return { id, state: { name, kind, baseUrl, headers, enabled, limits, local, probeSeconds, responses }, keys: await readKeys(tx, owner, id) };
}

export async function readKeys(tx: Kysely<Database>, owner: string, provider: string): Promise<readonly StoredKey[]> {
  return tx
    .selectFrom("switchyard.provider_secrets")
    .select(["id", "name", "place", "weight", "sealed", "changed_at as changedAt"])
    .where("workspace_id", "=", owner)
    .where("provider_id", "=", provider)
    .orderBy("place")
    .orderBy("name")
    .execute();
}

export async function forgetKeys(tx: Kysely<Database>, owner: WorkspaceId, provider: string): Promise<void> {
  await tx.deleteFrom("switchyard.provider_secrets").where("workspace_id", "=", owner).where("provider_id", "=", provider).execute();
}

/** What a revision names: the provider with its keys, of which a new secret is another one. */
export const revisedOf = ({ state, keys }: StoredProvider): unknown => ({ ...state, keys: keys.map(({ id, name, weight }) => ({ id, name, weight })) });

export interface ShownKey {
  readonly name: string;
  /** Its end; null when it was sealed with another SECRET_KEY and serves no more. */
  readonly masked: string | null;
  readonly weight: number;
}

/** A provider as an operator sees it. */
export interface ShownProvider {
  readonly state: ProviderState;
  readonly keys: readonly ShownKey[];
  readonly revision: string;
}

export const shownProvider = (box: SecretBox, stored: StoredProvider): ShownProvider => ({
  state: stored.state,
  keys: stored.keys.map(({ name, sealed, weight }) => {
    const secret = opened(box, sealed, stored.id);
    return { name, weight, masked: secret === undefined ? null : maskedKey(secret) };
  }),
  revision: revisionOf(revisedOf(stored)),
});

/** @returns undefined when it was sealed with another SECRET_KEY, or for another provider */
export function opened(box: SecretBox, sealed: Buffer, provider: string): string | undefined {
  try {
    return box.open(sealed, provider);
  } catch {
    return undefined;
  }
}
