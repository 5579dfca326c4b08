/** How the cells of a plain table look, so that all of them look alike. */

const CELL = "px-3 first:pl-4 last:pr-4 py-2";

export const TABLE = {
  table: "w-full min-w-175 text-13",
  head: `${CELL} text-left text-12 font-normal whitespace-nowrap text-muted`,
  headNumber: `${CELL} text-right text-12 font-normal whitespace-nowrap text-muted`,
  row: "border-t border-line",
  cell: CELL,
  number: `${CELL} text-right whitespace-nowrap`,
} as const;
