/** Whether a request has only what every server that speaks Responses knows: texts, pictures and functions. */
import { isRecord } from "@switchyard/shared/wire/caller-body";
import type { InputItem, ResponsesRequest } from "@switchyard/shared/wire/openai-responses";

const ITEMS: ReadonlySet<string> = new Set(["message", "function_call", "function_call_output", "reasoning"]);
const PARTS: ReadonlySet<unknown> = new Set(["input_text", "output_text", "input_image"]);

export function isPlain(request: ResponsesRequest, items: readonly InputItem[]): boolean {
  const { tools = [], tool_choice: choice, text, top_logprobs: logprobs = 0 } = request;
  if (tools.some(({ type }) => type !== "function") || typeof choice === "object") return false;
  if ((text?.format?.type ?? "text") !== "text" || logprobs > 0) return false;
  return items.every(isPlainItem);
}

function isPlainItem({ type, content, output }: InputItem): boolean {
  if (!ITEMS.has(type)) return false;
  if (type !== "message") return output === undefined || typeof output === "string";
  return typeof content === "string" || (Array.isArray(content) && content.every((part: unknown) => isRecord(part) && PARTS.has(part["type"])));
}
