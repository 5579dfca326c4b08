/** Turns rows of the database into rows of the console: ids become public, private columns stay behind. */
import type { StoredPriceRow, StoredGroupRow, StoredProviderRow } from "@switchyard/db/queries/catalog";
import type { StoredCallDetail, StoredCallRow } from "@switchyard/db/queries/calls";
import type { StoredEntryRow } from "@switchyard/db/queries/entry-row";
import type { StoredKeyRow } from "@switchyard/db/queries/keys";
import { formatId, type KeyId, type ModelId, type ProviderId } from "@switchyard/shared/kernel/id";
import type { EpochMs } from "@switchyard/shared/kernel/time";
import type { CallDetail, CallRow } from "@switchyard/shared/wire/console/calls";
import type { GroupRow } from "@switchyard/shared/wire/console/groups";
import type { ImportOutcomeRow } from "@switchyard/shared/wire/console/imports";
import type { KeyRow } from "@switchyard/shared/wire/console/keys";
import type { PriceRow } from "@switchyard/shared/wire/console/prices";
import type { HealthRow, ProviderKeyRow, ProviderRow } from "@switchyard/shared/wire/console/providers";
import type { EntryRow } from "@switchyard/shared/wire/console/wallet";
import type { ImportOutcome } from "../../catalog/import-models.pg.ts";
import type { ProviderKey } from "@switchyard/shared/domain/catalog";
import { stateOfRest, type HealthBook } from "../../routing/health.ts";
import { revisionOf } from "../../catalog/revision.ts";
import { inOrder, type GroupState } from "../../catalog/stored-group.pg.ts";
import { stateOfProvider } from "../../routing/health-watch.ts";

const keyOf = (keyId: KeyId | undefined, name: string | undefined): CallRow["key"] =>
  keyId === undefined ? undefined : { id: formatId("key", keyId), name: name ?? "" };

export function showCall(row: StoredCallRow): CallRow {
  const { id, keyId, keyName, errorText: _notInTheList, ...rest } = row;
  return { ...rest, id: formatId("call", id), key: keyOf(keyId, keyName) };
}

export function showCallDetail(row: StoredCallDetail): CallDetail {
  const { id, keyId, keyName, price, entries, ...rest } = row;
  return { ...rest, id: formatId("call", id), key: keyOf(keyId, keyName), price: showPrice(price), entries: entries.map(showEntry) };
}

const showPrice = (price: StoredPriceRow | undefined): PriceRow | undefined => price && { ...price, id: formatId("price", price.id) };

export const showImport = ({ planned, missing, ...outcome }: ImportOutcome): ImportOutcomeRow => ({
  importId: outcome.importId,
  created: outcome.created,
  changed: outcome.changed,
  leftOut: outcome.leftOut,
  missing,
  models: planned,
});

export const showEntry = (row: StoredEntryRow): EntryRow => ({
  ...row,
  id: formatId("entry", row.id),
  callId: row.callId === undefined ? undefined : formatId("call", row.callId),
});

export const showKey = (row: StoredKeyRow): KeyRow => ({ ...row, id: formatId("key", row.id) });

/** What is known of the health of things, and the present moment. */
export interface HealthView {
  readonly book: HealthBook;
  readonly now: EpochMs;
  /** All keys of a provider. */
  readonly keysOf: (provider: ProviderId) => readonly ProviderKey[];
}

/** Those that share the load; one alone is no choice. */
const sharing = ({ keysOf }: HealthView, provider: ProviderId): readonly ProviderKey[] | undefined => {
  const keys = keysOf(provider);
  return keys.length > 1 ? keys : undefined;
};

function showHealth(model: ModelId, provider: ProviderId, enabled: boolean, view: HealthView): HealthRow {
  const subject = { id: model, provider: { id: provider, keys: sharing(view, provider) } };
  const { state, answered, failed, lastFailure, lastAnswerAt, rest, pace } = view.book.evidenceOf(subject, view.now);
  return {
    state: enabled ? state : "disabled",
    answered,
    failed,
    lastFailure: lastFailure && { at: new Date(lastFailure.at), reason: lastFailure.reason, status: lastFailure.status },
    lastAnswerAt: lastAnswerAt === undefined ? undefined : new Date(lastAnswerAt),
    rest: rest && { since: new Date(rest.since), until: new Date(rest.until), reason: rest.reason },
    firstTokenMs: pace?.firstTokenMs,
    tokensPerSecond: pace?.tokensPerSecond,
  };
}

/** What stands in the configuration file of this node. */
export type FromFile = (kind: "provider" | "group" | "alias" | "routing", name: string) => boolean;

export const showGroup = (row: StoredGroupRow, health: HealthView, fromFile: FromFile): GroupRow => ({
  ...row,
  fromFile: row.shared && fromFile("group", row.name),
  revision: revisionOf(stateOf(row)),
  id: formatId("group", row.id),
  targets: row.targets.map(({ modelId, providerId, ...target }) => ({
    ...target,
    price: showPrice(target.price),
    health: showHealth(modelId, providerId, target.enabled, health),
  })),
});

const stateOf = ({ name, ownStrategy, settings, failureKeywords, targets }: StoredGroupRow): GroupState => ({
  name,
  strategy: ownStrategy,
  settings,
  failureKeywords,
  targets: targets.map(({ provider, model, priority, weight }) => ({ provider, model, priority, weight })).toSorted(inOrder),
});

function showProviderKey({ id, name, masked, weight }: ProviderKey, { book, now }: HealthView): ProviderKeyRow {
  const rest = book.restOfKey(id);
  return {
    name,
    masked,
    weight,
    state: rest ? stateOfRest(rest, now) : "healthy",
    rest: rest && { since: new Date(rest.since), until: new Date(rest.until), reason: rest.reason },
  };
}

/** Who looks at providers: the workspace's own are edited by its owners and admins, those of the platform by operators, from any workspace. */
export interface ProviderReader {
  readonly mayEdit: boolean;
  readonly operator: boolean;
}

export function showProvider(row: StoredProviderRow, reader: ProviderReader, health: HealthView): ProviderRow {
  const editable = row.shared ? reader.operator : reader.mayEdit;
  const keys = editable ? health.keysOf(row.id).map((key) => showProviderKey(key, health)) : undefined;
  const models = row.models.map((model) => ({
    ...model,
    id: formatId("model", model.id),
    price: showPrice(model.price),
    health: showHealth(model.id, row.id, row.enabled && model.enabled, health),
  }));
  const rest = health.book.restOfProvider(row.id);
  return {
    ...row,
    id: formatId("provider", row.id),
    baseUrl: editable ? row.baseUrl : undefined,
    // Of what is not the workspace's own the database does not tell a workspace.
    hasKey: editable ? (row.hasKey ?? (keys !== undefined && keys.length > 0)) : undefined,
    models,
    keys,
    health: stateOfProvider(
      { id: row.id, enabled: row.enabled, keys: sharing(health, row.id) },
      models.map((model) => model.health.state),
      health.book,
      health.now,
    ),
    resting: rest && rest.until > health.now ? { until: new Date(rest.until), reason: rest.reason } : undefined,
  };
}
