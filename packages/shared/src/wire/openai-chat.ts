/** The wire of OpenAI's chat completions as callers send it: the canonical request inside the gateway. */
import * as z from "zod";
import { failure, type Failure } from "../kernel/failure.ts";
import { ok, refused, type Result } from "../kernel/result.ts";
import { forbiddenFieldOf, hasMoreKeys, isRecord, tooMany, withoutNulls } from "./caller-body.ts";
import { refusalOf } from "./schema-refusal.ts";

/** Bounds that keep the work for one request small, whatever its body holds. */
const MESSAGES_MAX = 20_000;
const TOOLS_MAX = 1_024;
const LOGIT_BIAS_MAX = 1_024;
const METADATA_MAX = 16;
const STOP_CHARS_MAX = 1_000;
const URL_CHARS_MAX = 8_192;
const TOKENS_MAX = 2 ** 31 - 1;

const Text = z.looseObject({ type: z.literal("text"), text: z.string() });
const Refusal = z.looseObject({ type: z.literal("refusal"), refusal: z.string() });
const ImageUrl = z.looseObject({
  type: z.literal("image_url"),
  image_url: z.looseObject({
    /** `https:` or `data:`; the gateway itself never fetches it. */
    url: z.string().refine(isForwardableUrl, { error: "expected an https: or data: URL" }),
    detail: z.string().nullish(),
  }),
});
const InputAudio = z.looseObject({
  type: z.literal("input_audio"),
  input_audio: z.looseObject({ data: z.string(), format: z.string() }),
});
const File = z.looseObject({
  type: z.literal("file"),
  file: z.looseObject({ file_data: z.string().nullish(), file_id: z.string().nullish(), filename: z.string().nullish() }),
});
const Part = z.discriminatedUnion("type", [Text, ImageUrl, InputAudio, File, Refusal]);
const Parts = z.array(Part).min(1);
const Content = z.union([z.string(), Parts]);

const ToolCall = z.looseObject({
  id: z.string().min(1),
  type: z.string().nullish(),
  function: z.looseObject({ name: z.string(), arguments: z.string() }).optional(),
});

const Message = z.discriminatedUnion("role", [
  z.looseObject({ role: z.literal("user"), content: Content, name: z.string().nullish() }),
  z.looseObject({
    role: z.literal("assistant"),
    content: Content.nullish(),
    name: z.string().nullish(),
    refusal: z.string().nullish(),
    reasoning_content: z.string().nullish(),
    tool_calls: z.array(ToolCall).nullish(),
  }),
  z.looseObject({ role: z.literal("tool"), content: Content, tool_call_id: z.string().min(1) }),
  z.looseObject({ role: z.literal("system"), content: Content, name: z.string().nullish() }),
  z.looseObject({ role: z.literal("developer"), content: Content, name: z.string().nullish() }),
  z.looseObject({ role: z.literal("function"), content: z.string().nullish(), name: z.string() }),
]);
export type ChatMessage = z.infer<typeof Message>;
export type ChatPart = z.infer<typeof Part>;

const Tool = z.looseObject({
  type: z.string(),
  function: z
    .looseObject({
      name: z.string().min(1).max(128),
      description: z.string().nullish(),
      parameters: z.record(z.string(), z.unknown()).nullish(),
      strict: z.boolean().nullish(),
    })
    .optional(),
});
export type ChatTool = z.infer<typeof Tool>;

const ToolChoice = z.union([
  z.enum(["none", "auto", "required"]),
  z.looseObject({ type: z.string(), function: z.looseObject({ name: z.string() }).optional() }),
]);

const ResponseFormat = z.looseObject({
  type: z.string(),
  json_schema: z
    .looseObject({
      name: z.string().min(1).max(128),
      schema: z.record(z.string(), z.unknown()).nullish(),
      strict: z.boolean().nullish(),
    })
    .optional(),
});

const tokenCap = z.int().min(1).max(TOKENS_MAX);
const penalty = z.number().min(-2).max(2);

/** `POST /v1/chat/completions`. Fields that are not named here are kept and reach providers of the OpenAI family. */
export const ChatRequest = z
  .looseObject({
    model: z.string().min(1).max(256),
    messages: z.array(Message).min(1).max(MESSAGES_MAX),
    stream: z.boolean().optional(),
    stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).optional(),
    max_tokens: tokenCap.optional(),
    max_completion_tokens: tokenCap.optional(),
    temperature: z.number().min(0).max(2).optional(),
    top_p: z.number().min(0).max(1).optional(),
    n: z.int().min(1).max(128).optional(),
    stop: z.union([z.string().max(STOP_CHARS_MAX), z.array(z.string().max(STOP_CHARS_MAX)).max(4)]).optional(),
    presence_penalty: penalty.optional(),
    frequency_penalty: penalty.optional(),
    logprobs: z.boolean().optional(),
    top_logprobs: z.int().min(0).max(20).optional(),
    logit_bias: z.record(z.string(), z.number().min(-100).max(100)).optional(),
    seed: z.int().optional(),
    tools: z.array(Tool).max(TOOLS_MAX).optional(),
    tool_choice: ToolChoice.optional(),
    parallel_tool_calls: z.boolean().optional(),
    response_format: ResponseFormat.optional(),
    reasoning_effort: z.string().max(32).optional(),
    user: z.string().max(4_096).optional(),
    metadata: z.record(z.string().max(64), z.string().max(512)).optional(),
    service_tier: z.string().max(64).optional(),
  })
  .superRefine((request, context) => {
    const wrong = contradictionOf(request);
    if (wrong) context.addIssue({ code: "custom", path: [...wrong.path], message: wrong.text });
  });
export type ChatRequest = z.infer<typeof ChatRequest>;

/** A caller's NaN arrives as null, so null is not read as "absent" here. */
const NOT_NULL_FIELDS: ReadonlySet<string> = new Set(["temperature", "top_p"]);

/**
 * Parses a caller's body. Nulls of optional fields count as absent.
 * @returns the request, or `invalid_request` with `param` and a text that may reach the caller.
 */
export function parseChatRequest(value: unknown): Result<ChatRequest> {
  if (!isRecord(value)) return refused(failure("invalid_json", { publicText: "The body must be a JSON object." }));
  const obstacle = obstacleOf(value);
  if (obstacle) return refused(obstacle);
  const parsed = ChatRequest.safeParse(withoutNulls(value, NOT_NULL_FIELDS));
  return parsed.success ? ok(parsed.data) : refused(refusalOf(parsed.error));
}

/** How many messages the caller sent: each costs a provider a few tokens of framing. */
export const messageCountOf = (request: ChatRequest): number => request.messages.length;

/** One image, audio clip or file in the prompt. `bytes` are those of its data or URL as sent. */
export interface MediaPart {
  readonly kind: "image" | "audio" | "file";
  readonly bytes: number;
  /** OpenAI's `detail` of an image, as the caller wrote it. */
  readonly detail?: string;
  /** The part only refers to data elsewhere, so `bytes` say nothing about its size. */
  readonly remote: boolean;
}

export function mediaPartsOf(request: ChatRequest): readonly MediaPart[] {
  const media: MediaPart[] = [];
  for (const message of request.messages) {
    const { content } = message;
    if (typeof content === "string" || content === undefined || content === null) continue;
    for (const part of content) {
      if (part.type === "image_url") {
        const { url, detail } = part.image_url;
        media.push({ kind: "image", bytes: url.length, remote: !isDataUrl(url), ...(typeof detail === "string" ? { detail } : {}) });
      } else if (part.type === "input_audio") {
        media.push({ kind: "audio", bytes: part.input_audio.data.length, remote: false });
      } else if (part.type === "file") {
        const data = part.file.file_data ?? "";
        media.push({ kind: "file", bytes: data.length, remote: data === "" });
      }
    }
  }
  return media;
}

/**
 * UTF-8 bytes of everything that can become prompt: messages, tools, the response format and fields we do not know.
 * The data of images, audio and files is left out (see `mediaPartsOf`). No tokenizer makes more tokens than bytes.
 */
export function promptBytesOf(request: ChatRequest): number {
  let bytes = 0;
  for (const key in request) {
    if (NO_PROMPT_FIELDS.has(key)) continue;
    const value = request[key];
    if (key === "messages") for (const message of request.messages) bytes += weighMessage(message);
    else bytes += key.length + weigh(value);
  }
  return bytes;
}

/** Known fields of which nothing becomes prompt. */
const NO_PROMPT_FIELDS: ReadonlySet<string> = new Set([
  "model",
  "stream",
  "stream_options",
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "n",
  "stop",
  "presence_penalty",
  "frequency_penalty",
  "logprobs",
  "top_logprobs",
  "logit_bias",
  "seed",
  "parallel_tool_calls",
  "reasoning_effort",
  "user",
  "metadata",
  "service_tier",
  "tool_choice",
]);
const MEDIA_FIELDS: ReadonlySet<string> = new Set(["url", "data", "file_data"]);

function weighMessage(message: ChatMessage): number {
  let bytes = 0;
  for (const key in message) {
    const value = message[key];
    if (key === "content" && Array.isArray(value)) {
      for (const part of value) bytes += weighPart(part);
    } else {
      bytes += weigh(value);
    }
  }
  return bytes;
}

function weighPart(part: Readonly<Record<string, unknown>>): number {
  let bytes = 0;
  for (const key in part) {
    const value = part[key];
    if (isRecord(value) && (key === "image_url" || key === "input_audio" || key === "file")) {
      for (const inner in value) if (!MEDIA_FIELDS.has(inner)) bytes += weigh(value[inner]);
    } else {
      bytes += weigh(value);
    }
  }
  return bytes;
}

/** At least the bytes that the value's compact JSON has without escapes. */
export function weigh(value: unknown): number {
  if (typeof value === "string") return utf8Bytes(value) + 2;
  if (typeof value === "number") return 24;
  if (Array.isArray(value)) {
    let bytes = 2;
    for (const item of value) bytes += weigh(item) + 1;
    return bytes;
  }
  if (!isRecord(value)) return 5;
  let bytes = 2;
  for (const key in value) bytes += utf8Bytes(key) + 4 + weigh(value[key]);
  return bytes;
}

/** Length of the text in UTF-8. A lone surrogate counts as the three bytes of its replacement. */
function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text, at + 1)) {
      bytes += 2;
      at += 1;
    } else bytes += 2;
  }
  return bytes;
}

const isLowSurrogate = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xdc00;

const isDataUrl = (url: string): boolean => /^data:/i.test(url);

/** Whether a provider may be given this address. */
export function isForwardableUrl(url: string): boolean {
  if (isDataUrl(url)) return true;
  return /^https:\/\//i.test(url) && url.length <= URL_CHARS_MAX && URL.canParse(url);
}

/** What must be known before the schema walks the body: forbidden fields, and counts that would make the walk long. */
function obstacleOf(value: Record<string, unknown>): Failure | undefined {
  const forbidden = forbiddenFieldOf(value);
  if (forbidden) return forbidden;
  const { messages, tools, logit_bias: logitBias, metadata } = value;
  if (Array.isArray(messages) && messages.length > MESSAGES_MAX) return tooMany("messages", `more than ${MESSAGES_MAX} messages`);
  if (Array.isArray(tools) && tools.length > TOOLS_MAX) return tooMany("tools", `more than ${TOOLS_MAX} tools`);
  if (hasMoreKeys(logitBias, LOGIT_BIAS_MAX)) return tooMany("logit_bias", `more than ${LOGIT_BIAS_MAX} entries`);
  if (hasMoreKeys(metadata, METADATA_MAX)) return tooMany("metadata", `more than ${METADATA_MAX} entries`);
  return undefined;
}

interface Contradiction {
  readonly path: readonly (string | number)[];
  readonly text: string;
}

type RequestFields = Pick<
  ChatRequest,
  "messages" | "max_tokens" | "max_completion_tokens" | "top_logprobs" | "logprobs" | "stream" | "stream_options" | "response_format" | "tools"
>;

/** Rules between fields, which no single field's schema can see. */
function contradictionOf(request: RequestFields): Contradiction | undefined {
  if (request.max_tokens !== undefined && request.max_completion_tokens !== undefined) {
    return { path: ["max_tokens"], text: "max_tokens and max_completion_tokens cannot both be set" };
  }
  if (request.top_logprobs !== undefined && request.logprobs !== true) {
    return { path: ["top_logprobs"], text: "top_logprobs needs logprobs to be true" };
  }
  if (request.stream_options !== undefined && request.stream !== true) {
    return { path: ["stream_options"], text: "stream_options needs stream to be true" };
  }
  if (request.response_format?.type === "json_schema" && request.response_format.json_schema === undefined) {
    return { path: ["response_format", "json_schema"], text: "required with type json_schema" };
  }
  for (const [at, tool] of (request.tools ?? []).entries()) {
    if (tool.type === "function" && tool.function === undefined) return { path: ["tools", at, "function"], text: "required with type function" };
  }
  return messageContradictionOf(request.messages);
}

function messageContradictionOf(messages: readonly ChatMessage[]): Contradiction | undefined {
  let calledIds: Set<string> | undefined;
  for (let at = 0; at < messages.length; at++) {
    const message = messages[at];
    if (message?.role === "assistant") {
      for (const call of message.tool_calls ?? []) (calledIds ??= new Set()).add(call.id);
      if (isEmptyTurn(message)) return { path: ["messages", at, "content"], text: "required unless tool_calls are given" };
    } else if (message?.role === "tool" && !calledIds?.has(message.tool_call_id)) {
      return { path: ["messages", at, "tool_call_id"], text: "does not name a tool call of an earlier assistant message" };
    }
  }
  return undefined;
}

function isEmptyTurn(message: Extract<ChatMessage, { role: "assistant" }>): boolean {
  if (typeof message.content === "string" || Array.isArray(message.content)) return false;
  if (message.tool_calls && message.tool_calls.length > 0) return false;
  return !message.refusal && !message["function_call"] && !message["audio"];
}
