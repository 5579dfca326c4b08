/** Says a whole chat answer as a response object. */
import type { Bill } from "../../../gateway/call-event.ts";
import { OutputItems } from "./output-items.ts";
import { endOf, responseObject, responseUsage, type ResponseHead } from "./response-object.ts";
import { logprobOf } from "./stream.ts";
import type { ToolBook } from "./tools.ts";

type Fields = Record<string, unknown>;

export interface ChatAnswer {
  /** A `chat.completion` object. */
  readonly body: Fields;
  readonly bill: Bill;
  readonly nowSeconds: number;
}

/** @param suffix makes the items' ids this response's own */
export function asResponse(head: ResponseHead, book: ToolBook, suffix: string, { body, bill, nowSeconds }: ChatAnswer): Fields {
  const [choice] = body["choices"] as readonly Fields[];
  const logprobs = (choice?.["logprobs"] as { content?: unknown } | null | undefined)?.content;
  const end = endOf(choice?.["finish_reason"] as string | undefined);
  const items = new OutputItems(book, suffix, () => {});
  items.take((choice?.["message"] ?? {}) as Fields, Array.isArray(logprobs) ? logprobs.map(logprobOf) : []);
  items.finish(end.status === "incomplete" ? "incomplete" : "completed");
  return responseObject(head, {
    ...end,
    output: items.items,
    usage: responseUsage(bill),
    ...(end.status === "completed" ? { completedSeconds: nowSeconds } : {}),
  });
}
