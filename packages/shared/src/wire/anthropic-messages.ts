/** The wire of Anthropic's Messages as callers send it (https://docs.anthropic.com/en/api/messages). */
import * as z from "zod";
import { failure, type Failure } from "../kernel/failure.ts";
import { refused, type Result } from "../kernel/result.ts";
import { isRecord, parseBody, tooMany } from "./caller-body.ts";
import { weigh } from "./openai-chat.ts";

/** Bounds that keep the work for one request small, whatever its body holds. */
const MESSAGES_MAX = 20_000;
const TOOLS_MAX = 1_024;
const STOPS_MAX = 1_024;
const STOP_CHARS_MAX = 1_000;
const TOKENS_MAX = 2 ** 31 - 1;

const Base64Source = z.looseObject({ type: z.literal("base64"), media_type: z.string(), data: z.string() });
const UrlSource = z.looseObject({
  type: z.literal("url"),
  /** The gateway itself never fetches it. */
  url: z.string().max(8_192).refine(isWebAddress, { error: "expected an https: URL" }),
});
const FileSource = z.looseObject({ type: z.literal("file"), file_id: z.string() });
const TextSource = z.looseObject({ type: z.literal("text"), data: z.string() });
const Text = z.looseObject({ type: z.literal("text"), text: z.string() });
const Image = z.looseObject({ type: z.literal("image"), source: z.discriminatedUnion("type", [Base64Source, UrlSource, FileSource]) });
const ContentSource = z.looseObject({ type: z.literal("content"), content: z.union([z.string(), z.array(knownOrNot([Text, Image]))]) });
const Document = z.looseObject({
  type: z.literal("document"),
  source: z.discriminatedUnion("type", [Base64Source, UrlSource, FileSource, TextSource, ContentSource]),
  title: z.string().nullish(),
  context: z.string().nullish(),
});
const SearchResult = z.looseObject({
  type: z.literal("search_result"),
  source: z.string(),
  title: z.string(),
  content: z.array(z.looseObject({ type: z.string() })),
});
const Thinking = z.looseObject({ type: z.literal("thinking"), thinking: z.string(), signature: z.string().nullish() });
const RedactedThinking = z.looseObject({ type: z.literal("redacted_thinking"), data: z.string() });
const ToolUse = z.looseObject({ type: z.literal("tool_use"), id: z.string().min(1), name: z.string().min(1), input: z.record(z.string(), z.unknown()) });

const resultBlocks = [Text, Image, Document, SearchResult] as const;
const ToolResult = z.looseObject({
  type: z.literal("tool_result"),
  tool_use_id: z.string().min(1),
  content: z.union([z.string(), z.array(knownOrNot(resultBlocks))]).nullish(),
  is_error: z.boolean().nullish(),
});

const messageBlocks = [...resultBlocks, Thinking, RedactedThinking, ToolUse, ToolResult] as const;
const Block = knownOrNot(messageBlocks);
const KnownBlock = z.discriminatedUnion("type", messageBlocks);
/** A block that the gateway reads. Blocks of other types are carried to Anthropic as they are. */
export type KnownBlock = z.infer<typeof KnownBlock>;
export type ToolResultBlock = z.infer<typeof ToolResult>;
export type AnyBlock = z.infer<typeof Block>;

const KNOWN_BLOCKS: ReadonlySet<string> = new Set(messageBlocks.map((one) => one.shape.type.value));
export const isKnownBlock = (block: AnyBlock): block is KnownBlock => KNOWN_BLOCKS.has(block.type);

/** `system` stands among the messages, too: some clients speak to the model in the middle of a conversation. */
const Message = z.looseObject({ role: z.enum(["user", "assistant", "system"]), content: z.union([z.string(), z.array(Block)]) });
export type AnthropicMessage = z.infer<typeof Message>;

const Tool = z.looseObject({
  /** Absent or `custom` for a tool with a schema of its own; else one of those that Anthropic defines. */
  type: z.string().nullish(),
  name: z.string().min(1).max(128).optional(),
  description: z.string().nullish(),
  input_schema: z.record(z.string(), z.unknown()).nullish(),
});
export type AnthropicTool = z.infer<typeof Tool>;

const ToolChoice = z.looseObject({
  type: z.enum(["auto", "any", "tool", "none"]),
  name: z.string().optional(),
  disable_parallel_tool_use: z.boolean().nullish(),
});

const OutputFormat = z.looseObject({ type: z.string(), schema: z.record(z.string(), z.unknown()).nullish() });

const prompt = {
  model: z.string().min(1).max(256),
  messages: z.array(Message).min(1).max(MESSAGES_MAX),
  system: z.union([z.string(), z.array(knownOrNot(resultBlocks))]).optional(),
  tools: z.array(Tool).max(TOOLS_MAX).optional(),
  tool_choice: ToolChoice.optional(),
  thinking: z.looseObject({ type: z.string(), budget_tokens: z.int().min(0).max(TOKENS_MAX).optional() }).optional(),
  output_config: z.looseObject({ effort: z.string().max(32).nullish(), format: OutputFormat.nullish() }).optional(),
  /** Where `output_config.format` stood while it was new. */
  output_format: OutputFormat.optional(),
};

/** `POST /v1/messages`. Fields that are not named here are kept and reach Anthropic. */
export const MessagesRequest = z.looseObject({
  ...prompt,
  max_tokens: z.int().min(1).max(TOKENS_MAX),
  stream: z.boolean().optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z.int().min(0).max(TOKENS_MAX).optional(),
  stop_sequences: z.array(z.string().max(STOP_CHARS_MAX)).max(STOPS_MAX).optional(),
  metadata: z.looseObject({ user_id: z.string().max(4_096).nullish() }).optional(),
  service_tier: z.string().max(64).optional(),
});
export type MessagesRequest = z.infer<typeof MessagesRequest>;

/** `POST /v1/messages/count_tokens`: the prompt of a request. */
export const CountRequest = z.looseObject(prompt);
export type CountRequest = z.infer<typeof CountRequest>;

/**
 * Parses a caller's body. Nulls of optional fields count as absent.
 * @returns the request, or `invalid_request` with `param` and a text that may reach the caller; `thread_unsupported` for a
 * conversation that Anthropic would keep: no target here keeps one, and without it the model would not know what was said.
 */
export const parseMessagesRequest = (value: unknown): Result<MessagesRequest> => withSense(parseBody(MessagesRequest, value, obstacleOf));
export const parseCountRequest = (value: unknown): Result<CountRequest> => withSense(parseBody(CountRequest, value, obstacleOf));

/** What must be known before the schema walks the body. */
function obstacleOf({ messages, tools, thread }: Record<string, unknown>): Failure | undefined {
  if (thread !== undefined && thread !== null) return failure("thread_unsupported", { param: "thread" });
  if (Array.isArray(messages) && messages.length > MESSAGES_MAX) return tooMany("messages", `more than ${MESSAGES_MAX} messages`);
  if (Array.isArray(tools) && tools.length > TOOLS_MAX) return tooMany("tools", `more than ${TOOLS_MAX} tools`);
  return undefined;
}

/** Rules between fields, which no single field's schema can see. */
function withSense<T extends CountRequest>(parsed: Result<T>): Result<T> {
  if (!parsed.ok) return parsed;
  const { messages, tools, tool_choice: choice } = parsed.value;
  if (messages.every(({ content }) => content.length === 0)) return refusedAt("messages", "at least one message must have content");
  for (const [at, tool] of (tools ?? []).entries()) {
    if (!isCustomTool(tool)) continue;
    if (tool.name === undefined) return missing(`tools[${at}].name`);
    if (!tool.input_schema) return missing(`tools[${at}].input_schema`);
  }
  return choice?.type === "tool" && choice.name === undefined ? missing("tool_choice.name") : parsed;
}

const refusedAt = (param: string, why: string): Result<never> =>
  refused(failure("invalid_request", { param, publicText: `Invalid value for '${param}': ${why}` }));
const missing = (param: string): Result<never> => refusedAt(param, "required");

/** Whether the caller describes the tool itself; all others are known to Anthropic by their type. */
export const isCustomTool = (tool: AnthropicTool): boolean => tool.type === undefined || tool.type === null || tool.type === "custom";

/** What a prompt is made of, in the measures of which its size in tokens is estimated. */
export interface PromptMeasure {
  /** UTF-8 bytes of everything that can become prompt, without the data of images and documents. */
  readonly bytes: number;
  readonly messages: number;
  /** Images and documents; `bytes` as they stand in the request. */
  readonly media: readonly { readonly kind: "image" | "file"; readonly bytes: number; readonly remote: boolean }[];
}

export function measureOf(request: CountRequest): PromptMeasure {
  const media: PromptMeasure["media"][number][] = [];
  let bytes = weigh(request.system ?? "") + weigh(request.tools ?? []) + weigh(request.output_config?.format ?? request.output_format ?? "");
  const measure = (block: Readonly<Record<string, unknown>>): void => {
    const { source, content, ...rest } = block;
    bytes += weigh(rest);
    if (Array.isArray(content)) for (const one of content as readonly unknown[]) if (isRecord(one)) measure(one);
    if (typeof content === "string") bytes += weigh(content);
    if (!isRecord(source)) return void (bytes += source === undefined ? 0 : weigh(source));
    // Text of a document is prompt; the bytes of a picture are not.
    if (source["type"] === "text" || source["type"] === "content") return void (bytes += weigh(source));
    const data = typeof source["data"] === "string" ? source["data"] : "";
    media.push({ kind: block["type"] === "image" ? "image" : "file", bytes: data.length, remote: data === "" });
  };
  for (const { content } of request.messages) {
    if (typeof content === "string") bytes += weigh(content);
    else for (const block of content) measure(block);
  }
  return { bytes, messages: request.messages.length, media };
}

/** How often at most the model may search the web by Anthropic's own tool; 0 without it. A tool without a bound is held to `unbounded`. */
export const searchesOf = ({ tools }: CountRequest, unbounded: number): number =>
  (tools ?? []).reduce((sum, { type, max_uses: max }) => {
    if (type?.startsWith("web_search_") !== true) return sum;
    return sum + (typeof max === "number" && Number.isInteger(max) && max >= 0 ? max : unbounded);
  }, 0);

function isWebAddress(url: string): boolean {
  return /^https:\/\//i.test(url) && URL.canParse(url);
}

type TypedShape = z.ZodObject<{ readonly type: z.ZodLiteral<string> }>;

/** One of these shapes, or any object whose type is none of theirs: new types appear faster than gateways are renewed. */
function knownOrNot<const Shapes extends readonly [TypedShape, ...TypedShape[]]>(shapes: Shapes) {
  const names: ReadonlySet<string> = new Set(shapes.map((one) => one.shape.type.value));
  const other = z.looseObject({ type: z.string().min(1).max(128) }).refine((block) => !names.has(block.type), { abort: true });
  return z.union([z.discriminatedUnion("type", shapes), other]);
}
