/** The page of a stored response's input that a caller asks for. */
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import type { InputItem } from "@switchyard/shared/wire/openai-responses";
import { inputOf, type Remembered } from "./history.ts";

export interface PageAsk {
  readonly limit: number;
  readonly order: "asc" | "desc";
  readonly after: string | undefined;
}

const LIMIT = 20;
const LIMIT_MAX = 100;

/** Reads the query; what it does not name is ignored. */
export function pageAskOf(query: Readonly<Record<string, unknown>>): Result<PageAsk> {
  const { limit = String(LIMIT), order = "desc", after } = query;
  const count = typeof limit === "string" && /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (count < 1 || count > LIMIT_MAX) return refused(invalid("limit", `expected a number from 1 to ${LIMIT_MAX}`));
  if (order !== "asc" && order !== "desc") return refused(invalid("order", "expected asc or desc"));
  if (after !== undefined && typeof after !== "string") return refused(invalid("after", "expected one id"));
  return ok({ limit: count, order, after });
}

const invalid = (param: string, text: string): Failure => failure("invalid_request", { param, publicText: `Invalid value for '${param}': ${text}` });

/** OpenAI's list object; each item has an id, its own or one by its place. */
export function inputItemsPage(remembered: Remembered, { limit, order, after }: PageAsk): Result<Record<string, unknown>> {
  const items = inputOf(remembered).map(listed);
  if (order === "desc") items.reverse();
  const start = after === undefined ? 0 : items.findIndex(({ id }) => id === after) + 1;
  if (after !== undefined && start === 0) return refused(invalid("after", "is no item of this response"));
  const data = items.slice(start, start + limit);
  return ok({ object: "list", data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: start + limit < items.length });
}

/** What begins the id of an item that came without one. */
export const prefixOf = ({ type }: InputItem): string => PREFIXES[type] ?? "item";

const PREFIXES: Readonly<Record<string, string>> = {
  message: "msg",
  function_call: "fc",
  function_call_output: "fco",
  custom_tool_call: "ctc",
  custom_tool_call_output: "ctco",
  reasoning: "rs",
};

const listed = (item: InputItem, at: number): ListedItem =>
  asListed(item, typeof item["id"] === "string" && item["id"] !== "" ? item["id"] : `${prefixOf(item)}_${at}`);

export type ListedItem = Record<string, unknown> & { readonly id: string };

/** An item as lists of the API show it: under an id, and its words in parts. */
export function asListed(item: InputItem, id: string): ListedItem {
  const { content, role } = item;
  if (item.type === "message" && Array.isArray(content)) return { status: "completed", ...item, id, content: content.map(listedPart) };
  if (item.type !== "message" || typeof content !== "string") return { status: "completed", ...item, id };
  const part = role === "assistant" ? { type: "output_text", text: content, annotations: [], logprobs: [] } : { type: "input_text", text: content };
  return { status: "completed", ...item, id, content: [part] };
}

/** What lists always say of a part, and callers may leave out. */
const PART_DEFAULTS: Readonly<Record<string, Record<string, unknown>>> = {
  output_text: { annotations: [], logprobs: [] },
  input_image: { detail: "auto", image_url: null, file_id: null },
};
const listedPart = (part: { readonly type?: unknown }): Record<string, unknown> => ({ ...PART_DEFAULTS[String(part.type)], ...part });
