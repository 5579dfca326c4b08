/** What the items of a response amount to: how it ended, how much was generated, what it consumed. */
import type { Usage } from "@switchyard/shared/domain/usage";
import { failureOf, wordsOf } from "../failure-words.ts";
import type { ProviderFailure } from "../provider.ts";
import { fieldsOf, listOf, textOf, type Fields } from "./fields.ts";
import { usageOf } from "./usage.ts";

const CALLS: ReadonlySet<unknown> = new Set(["function_call", "custom_tool_call", "local_shell_call", "shell_call", "apply_patch_call", "computer_call"]);
export const isCall = (item: Fields): boolean => CALLS.has(item["type"]);

/** In the words of a chat. */
export function finishOf(response: Fields): string {
  const why = fieldsOf(response["incomplete_details"])?.["reason"];
  if (why === "content_filter") return "content_filter";
  if (response["status"] === "incomplete" || why === "max_output_tokens") return "length";
  return listOf(response["output"]).some((item) => isCall(fieldsOf(item) ?? {})) ? "tool_calls" : "stop";
}

/** Parts of an item that hold generated words, wherever the item's kind keeps them. */
const TEXTS = ["arguments", "input", "name", "code"] as const;

/** UTF-8 bytes of what an item says; at least one for an item that is an answer by being there, such as a search. */
export function itemBytes(item: Fields): number {
  const parts = [...listOf(item["content"]), ...listOf(item["summary"])].map((part) => fieldsOf(part) ?? {});
  let bytes = 0;
  for (const part of parts) bytes += bytesOf(part["text"]) + bytesOf(part["refusal"]) + bytesOf(part["transcript"]);
  for (const field of TEXTS) bytes += bytesOf(item[field]);
  return bytes === 0 && item["type"] !== "message" && item["type"] !== "reasoning" ? 1 : bytes;
}

const bytesOf = (value: unknown): number => Buffer.byteLength(textOf(value) ?? "");

/** The usage of a response: the same counts as a chat's under other names, and the searches among its items. */
export function usageOfResponse(response: Fields): Usage | undefined {
  const usage = fieldsOf(response["usage"]);
  return (
    usage &&
    usageOf({
      ...usage,
      prompt_tokens: usage["input_tokens"],
      completion_tokens: usage["output_tokens"],
      prompt_tokens_details: usage["input_tokens_details"],
      completion_tokens_details: usage["output_tokens_details"],
      server_tool_use: { web_search_requests: listOf(response["output"]).filter((item) => isSearch(fieldsOf(item) ?? {})).length },
    })
  );
}

/** Opening a page that was found costs nothing of its own (https://platform.openai.com/docs/pricing). */
function isSearch(item: Fields): boolean {
  const action = fieldsOf(item["action"])?.["type"];
  return item["type"] === "web_search_call" && (action === undefined || action === "search");
}

/** What went wrong in a response that says so itself. */
export function failedResponse(response: Fields): ProviderFailure {
  const failure = failureOf(undefined, wordsOf(response), {});
  return textOf(fieldsOf(response["error"])?.["message"]) === undefined ? { ...failure, detail: failure.detail ?? "the response failed" } : failure;
}
