/** A page of a list, and how many rows it has. */

/** A page of a list; `nextCursor` is absent on the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string | undefined;
}

/** How many rows a page may ask for, and gets when it does not ask. */
export const PAGE_ROWS_MAX = 200;

export const PAGE_ROWS_DEFAULT = 50;
