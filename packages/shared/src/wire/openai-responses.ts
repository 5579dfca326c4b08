/** The wire of OpenAI's Responses as callers send it (https://platform.openai.com/docs/api-reference/responses/create). */
import * as z from "zod";
import { failure, type Failure } from "../kernel/failure.ts";
import { ok, refused, type Result } from "../kernel/result.ts";
import { hasMoreKeys, isRecord, parseBody, tooMany } from "./caller-body.ts";
import { isForwardableUrl } from "./openai-chat.ts";
import { refusalOf } from "./schema-refusal.ts";

/** Bounds that keep the work for one request small, whatever its body holds. */
export const ITEMS_MAX = 20_000;
const TOOLS_MAX = 1_024;
const METADATA_MAX = 16;
const ID_CHARS_MAX = 256;
const TOKENS_MAX = 2 ** 31 - 1;

const Function = z.looseObject({
  type: z.literal("function"),
  name: z.string().min(1).max(128),
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
});
const Custom = z.looseObject({
  type: z.literal("custom"),
  name: z.string().min(1).max(128),
  description: z.string().nullish(),
  format: z.unknown().optional(),
});
export type FunctionTool = z.infer<typeof Function>;
export type CustomTool = z.infer<typeof Custom>;
/** Tools that one name stands before, such as those of an MCP server. */
const Namespace = z.looseObject({
  type: z.literal("namespace"),
  name: z.string().min(1).max(128),
  tools: z.array(z.looseObject({ type: z.string() })).max(TOOLS_MAX),
});
const Tool = z.looseObject({ type: z.string() });
export type ResponsesTool = z.infer<typeof Tool>;
const KNOWN_TOOLS: Readonly<Record<string, z.ZodType>> = { function: Function, custom: Custom, namespace: Namespace };

const ToolChoice = z.union([z.enum(["none", "auto", "required"]), z.looseObject({ type: z.string(), name: z.string().optional() })]);

const Format = z.looseObject({
  type: z.string(),
  name: z.string().max(128).optional(),
  schema: z.record(z.string(), z.unknown()).optional(),
  strict: z.boolean().nullish(),
  description: z.string().nullish(),
});

/** One item of the input, of whatever kind; `type` is always there. */
export type InputItem = Readonly<Record<string, unknown>> & { readonly type: string };

const ResponsesFields = z.looseObject({
  model: z.string().min(1).max(256),
  instructions: z.string().optional(),
  previous_response_id: z.string().min(1).max(ID_CHARS_MAX).optional(),
  conversation: z.union([z.string().min(1).max(ID_CHARS_MAX), z.looseObject({ id: z.string().min(1).max(ID_CHARS_MAX) }).transform(({ id }) => id)]).optional(),
  stream: z.boolean().optional(),
  stream_options: z.looseObject({}).optional(),
  store: z.boolean().optional(),
  background: z.boolean().optional(),
  include: z.array(z.string().max(128)).max(32).optional(),
  max_output_tokens: z.int().min(1).max(TOKENS_MAX).optional(),
  max_tool_calls: z.int().min(1).max(TOKENS_MAX).optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_logprobs: z.int().min(0).max(20).optional(),
  parallel_tool_calls: z.boolean().optional(),
  tools: z.array(Tool).max(TOOLS_MAX).optional(),
  tool_choice: ToolChoice.optional(),
  text: z.looseObject({ format: Format.nullish(), verbosity: z.string().max(32).nullish() }).optional(),
  reasoning: z.looseObject({ effort: z.string().max(32).nullish(), summary: z.string().max(32).nullish() }).optional(),
  truncation: z.enum(["auto", "disabled"]).optional(),
  metadata: z.record(z.string().max(64), z.string().max(512)).optional(),
  service_tier: z.string().max(64).optional(),
  user: z.string().max(4_096).optional(),
  safety_identifier: z.string().max(4_096).optional(),
  prompt_cache_key: z.string().max(4_096).optional(),
});

/** `POST /v1/responses`. Fields that are not named here are kept and reach providers that speak this wire themselves. */
export const ResponsesRequest = ResponsesFields.extend({ input: z.union([z.string(), z.array(z.looseObject({}))]).optional() });

/** A request whose input is a list of checked items. */
export type ResponsesRequest = z.infer<typeof ResponsesFields> & { readonly input: readonly InputItem[] };

/**
 * Parses a caller's body. Nulls of optional fields count as absent; a text as input is one message of the user.
 * @returns the request, or a refusal with `param` and a text that may reach the caller
 */
export function parseResponsesRequest(value: unknown): Result<ResponsesRequest> {
  const parsed = parseBody(ResponsesRequest, value, obstacleOf);
  if (!parsed.ok) return parsed;
  const { input, ...request } = parsed.value;
  if (input === undefined && request.previous_response_id === undefined && request.conversation === undefined) {
    return refused(invalid("input", "required unless previous_response_id or conversation is given"));
  }
  const items =
    typeof input === "string" ? ok([{ type: "message", role: "user", content: [{ type: "input_text", text: input }] }]) : parseItems(input ?? [], "input");
  if (!items.ok) return items;
  const contradiction = toolRefusalOf(request.tools ?? []) ?? contradictionOf(request);
  return contradiction ? refused(contradiction) : ok({ ...request, input: items.value });
}

/** What must be known before the schema walks the body, and fields that stand for something this gateway does not keep. */
function obstacleOf(body: Record<string, unknown>): Failure | undefined {
  const { input, tools, metadata } = body;
  if (Array.isArray(input) && input.length > ITEMS_MAX) return tooMany("input", `more than ${ITEMS_MAX} items`);
  if (Array.isArray(tools) && tools.length > TOOLS_MAX) return tooMany("tools", `more than ${TOOLS_MAX} tools`);
  if (hasMoreKeys(metadata, METADATA_MAX)) return tooMany("metadata", `more than ${METADATA_MAX} entries`);
  if (isGiven(body["prompt"])) return notKept("prompt", "Prompt templates are not kept here: send 'instructions' and 'input'.");
  return undefined;
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;
const notKept = (param: string, publicText: string): Failure => failure("not_supported", { param, publicText });

function contradictionOf({ text, background, store, ...request }: z.infer<typeof ResponsesFields>): Failure | undefined {
  if (request.conversation !== undefined && request.previous_response_id !== undefined)
    return invalid("conversation", "cannot be given together with previous_response_id");
  if (background === true && store === false) return invalid("background", "what runs in the background has to be kept: leave 'store' out");
  const format = text?.format;
  if (format?.type !== "json_schema" || (format.schema !== undefined && format.name !== undefined)) return undefined;
  const field = format.name === undefined ? "name" : "schema";
  return invalid(`text.format.${field}`, "required with type json_schema");
}

const invalid = (param: string, text: string): Failure => failure("invalid_request", { param, publicText: `Invalid value for '${param}': ${text}` });

function toolRefusalOf(tools: readonly ResponsesTool[]): Failure | undefined {
  for (const [at, tool] of tools.entries()) {
    const checked = KNOWN_TOOLS[tool.type]?.safeParse(tool);
    if (checked && !checked.success) return refusalOf(within(checked.error, ["tools", at]));
  }
  return undefined;
}

const Text = z.string();
/** `https:` or `data:`; the gateway itself never fetches it. */
const url = z.string().refine(isForwardableUrl, { error: "expected an https: or data: URL" });
const PARTS = {
  input_text: z.looseObject({ type: z.string(), text: Text }),
  output_text: z.looseObject({ type: z.string(), text: Text }),
  text: z.looseObject({ type: z.string(), text: Text }),
  summary_text: z.looseObject({ type: z.string(), text: Text }),
  reasoning_text: z.looseObject({ type: z.string(), text: Text }),
  refusal: z.looseObject({ type: z.string(), refusal: Text }),
  input_image: z.looseObject({ type: z.string(), image_url: url.nullish(), file_id: z.string().nullish(), detail: z.string().nullish() }),
  input_file: z.looseObject({
    type: z.string(),
    file_data: z.string().nullish(),
    file_id: z.string().nullish(),
    file_url: url.nullish(),
    filename: z.string().nullish(),
  }),
  input_audio: z.looseObject({ type: z.string(), input_audio: z.looseObject({ data: z.string(), format: z.string() }) }),
} as const;
export type InputPart = { readonly [P in keyof typeof PARTS]: z.infer<(typeof PARTS)[P]> & { readonly type: P } }[keyof typeof PARTS];

const Parts = z.array(z.looseObject({ type: z.string() }));
const Content = z.union([z.string(), Parts]);
const id = z.string().max(ID_CHARS_MAX).nullish();
const callId = z.string().min(1).max(ID_CHARS_MAX);

/** Items that chats are made of. Kinds that are not named here (calls of hosted tools, compactions) are kept as they are. */
const ITEMS = {
  message: z.looseObject({ id, role: z.enum(["user", "assistant", "system", "developer"]), content: Content }),
  function_call: z.looseObject({ id, call_id: callId, name: z.string().min(1).max(256), namespace: z.string().max(256).nullish(), arguments: z.string() }),
  function_call_output: z.looseObject({ id, call_id: callId, output: Content }),
  custom_tool_call: z.looseObject({ id, call_id: callId, name: z.string().min(1).max(256), namespace: z.string().max(256).nullish(), input: z.string() }),
  custom_tool_call_output: z.looseObject({ id, call_id: callId, output: Content }),
  reasoning: z.looseObject({ id, summary: Parts.nullish(), content: Parts.nullish(), encrypted_content: z.string().nullish() }),
  item_reference: z.looseObject({ id: z.string().min(1).max(ID_CHARS_MAX) }),
} as const;
export type KnownItem = { readonly [I in keyof typeof ITEMS]: z.infer<(typeof ITEMS)[I]> & { readonly type: I } }[keyof typeof ITEMS];

/** Whether an item is of a kind whose fields were checked. */
export const isKnownItem = (item: InputItem): item is InputItem & KnownItem => Object.hasOwn(ITEMS, item.type);
/** Whether a part is of a kind whose fields were checked. */
export const isKnownPart = (part: { readonly type: string }): part is InputPart => Object.hasOwn(PARTS, part.type);

/** Checks each item by its own kind, under the name of the field that holds them. OpenAI lets a message and a reference come without `type`. */
export function parseItems(items: readonly Record<string, unknown>[], field: string): Result<InputItem[]> {
  const checked: InputItem[] = [];
  for (const [at, given] of items.entries()) {
    const type = typeof given["type"] === "string" ? given["type"] : given["role"] === undefined ? "item_reference" : "message";
    const item = { ...given, type };
    if (Object.hasOwn(ITEMS, type)) {
      const parsed = ITEMS[type as keyof typeof ITEMS].safeParse(item);
      if (!parsed.success) return refused(refusalOf(within(parsed.error, [field, at])));
      const part = partRefusalOf(item, [field, at]);
      if (part) return refused(part);
    }
    checked.push(item);
  }
  return ok(checked);
}

function partRefusalOf(item: Record<string, unknown>, path: readonly PropertyKey[]): Failure | undefined {
  for (const field of ["content", "output"]) {
    const parts = item[field];
    if (!Array.isArray(parts)) continue;
    for (const [at, part] of (parts as { type: string }[]).entries()) {
      if (!isRecord(part) || !Object.hasOwn(PARTS, part.type)) continue;
      const parsed = PARTS[part.type as keyof typeof PARTS].safeParse(part);
      if (!parsed.success) return refusalOf(within(parsed.error, [...path, field, at]));
    }
  }
  return undefined;
}

/** The same error, its places told from the body's root. */
const within = (error: z.core.$ZodError, path: readonly PropertyKey[]): z.core.$ZodError =>
  new z.core.$ZodError(error.issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] })));
