/** Reads what a list is asked for: how many rows, and where the page begins. */
import * as z from "zod";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import { formatId, parseId, type Id, type IdKind } from "@switchyard/shared/kernel/id";
import { PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX, type Page } from "@switchyard/shared/wire/console/page";

export const pageInput = {
  cursor: z.string().max(64).optional(),
  limit: z.int().min(1).max(PAGE_ROWS_MAX).default(PAGE_ROWS_DEFAULT),
};

/** A cursor is the public id of the last row seen. @throws FailureError `invalid_request` for anything else */
export function readCursor<K extends IdKind>(kind: K, cursor: string | undefined): Id<K> | undefined {
  if (cursor === undefined) return undefined;
  const id = parseId(kind, cursor);
  if (id === undefined) throw new FailureError(failure("invalid_request", { param: "cursor", publicText: "This cursor was not made by this list." }));
  return id;
}

/** A page for the wire. */
export function pageOf<K extends IdKind, S, T>(
  kind: K,
  page: { readonly items: readonly S[]; readonly next: Id<K> | undefined },
  show: (row: S) => T,
): Page<T> {
  const items = page.items.map(show);
  return page.next === undefined ? { items } : { items, nextCursor: formatId(kind, page.next) };
}

/** An id of an input. @throws FailureError `not_found`: what cannot be an id is not there */
export function readId<K extends IdKind>(kind: K, text: string): Id<K> {
  const id = parseId(kind, text);
  if (id === undefined) throw new FailureError(failure("not_found"));
  return id;
}
