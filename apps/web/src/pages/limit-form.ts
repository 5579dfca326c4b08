/** Limits as they are being typed: rows that are added, changed and removed. */
import type { Limit } from "@switchyard/shared/domain/limit";
import { fieldsOf, limitOf, NEW_LIMIT, type LimitFields } from "./limit-words.ts";

export interface LimitRow {
  /** Its own for as long as the form is open. */
  readonly id: number;
  readonly fields: LimitFields;
}

export const limitRowsOf = (limits: readonly Limit[]): readonly LimitRow[] => limits.map((limit, id) => ({ id, fields: fieldsOf(limit) }));

export const withNewLimit = (rows: readonly LimitRow[]): readonly LimitRow[] => [
  ...rows,
  { id: Math.max(-1, ...rows.map(({ id }) => id)) + 1, fields: NEW_LIMIT },
];

/** Which row is no limit, by its place; -1: all are. */
export const wrongLimitAt = (rows: readonly LimitRow[]): number => rows.findIndex(({ fields }) => limitOf(fields) === undefined);

/** The field that has to be corrected. */
export const limitMaxId = (index: number): string => `limit-${index}-max`;

/** Those that can be read. */
export const limitsOf = (rows: readonly LimitRow[]): readonly Limit[] => rows.flatMap(({ fields }) => limitOf(fields) ?? []);
