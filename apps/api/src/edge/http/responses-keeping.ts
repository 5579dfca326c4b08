/** What keeping responses needs, and which of them are to be kept. */
import type pg from "pg";
import type { Ids } from "@switchyard/shared/kernel/id";
import type { ResponsesRequest } from "@switchyard/shared/wire/openai-responses";

export interface HistoryPorts {
  readonly ids: Ids;
  readonly pool: pg.Pool;
  /** Days a response is kept; 0 keeps none. */
  readonly responsesKeptDays: number;
  readonly log: { error(what: string, facts: Record<string, unknown>): void };
}

/** Whether the caller and the operator want it kept. */
export const isToBeKept = ({ responsesKeptDays }: Pick<HistoryPorts, "responsesKeptDays">, request: ResponsesRequest): boolean =>
  request.store !== false && responsesKeptDays > 0;
