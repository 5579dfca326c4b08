/** Turns rows of the database into rows of the console: ids become public, private columns stay behind. */
import type { StoredPriceRow, StoredGroupRow, StoredProviderRow } from "@switchyard/db/queries/catalog";
import type { StoredCallDetail, StoredCallRow } from "@switchyard/db/queries/calls";
import type { StoredEntryRow } from "@switchyard/db/queries/entry-row";
import type { StoredKeyRow } from "@switchyard/db/queries/keys";
import { formatId, type KeyId } from "@switchyard/shared/kernel/id";
import type { CallDetail, CallRow, EntryRow, GroupRow, KeyRow, PriceRow, ProviderRow } from "@switchyard/shared/wire/console";

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

export const showEntry = (row: StoredEntryRow): EntryRow => ({
  ...row,
  id: formatId("entry", row.id),
  callId: row.callId === undefined ? undefined : formatId("call", row.callId),
});

export const showKey = (row: StoredKeyRow): KeyRow => ({ ...row, id: formatId("key", row.id) });

export const showGroup = (row: StoredGroupRow): GroupRow => ({
  ...row,
  id: formatId("group", row.id),
  targets: row.targets.map((target) => ({ ...target, price: showPrice(target.price) })),
});

/** @param mayEdit whether the reader may edit providers of this workspace; those of the platform are never edited from here */
export function showProvider(row: StoredProviderRow, mayEdit: boolean, resting: ProviderRow["resting"]): ProviderRow {
  const editable = mayEdit && !row.shared;
  return {
    ...row,
    id: formatId("provider", row.id),
    baseUrl: editable ? row.baseUrl : undefined,
    hasKey: editable ? row.hasKey : undefined,
    models: row.models.map((model) => ({ ...model, id: formatId("model", model.id), price: showPrice(model.price) })),
    resting,
  };
}
