/** Failure keywords: words in an answer or an error that mean a failure, as some providers say "model is overloaded" with status 200. */
import type { FailureKeyword, KeywordScope } from "@switchyard/shared/domain/routing";

/** Text that is held back to be judged, in characters; keywords further in are answers that speak about failures. */
export const JUDGED_CHARS = 256;

/**
 * The first keyword found, without regard to case.
 * @param keywords folded to lower case already
 * @param where what the text is; a keyword for `any` is looked for in both
 */
export function failureKeywordIn(text: string, keywords: readonly FailureKeyword[], where: Exclude<KeywordScope, "any">): string | undefined {
  if (keywords.length === 0 || text === "") return undefined;
  const folded = text.toLowerCase();
  return keywords.find((keyword) => (keyword.scope === "any" || keyword.scope === where) && folded.includes(keyword.text))?.text;
}

export const hasContentKeywords = (keywords: readonly FailureKeyword[]): boolean => keywords.some(({ scope }) => scope !== "error");

interface Chunk {
  readonly choices?: readonly { readonly delta?: { readonly content?: unknown }; readonly text?: unknown }[];
  readonly delta?: unknown;
  readonly type?: unknown;
}

/** Where each wire has its text; a wire that is not here has none worth judging by itself. */
const DELTA_TEXT: Readonly<Record<string, (chunk: Chunk) => unknown>> = {
  chat: (chunk) => chunk.choices?.[0]?.delta?.content,
  completions: (chunk) => chunk.choices?.[0]?.text,
  messages: (chunk) => (chunk.delta as { text?: unknown } | undefined)?.text,
  responses: (chunk) => (chunk.type === "response.output_text.delta" ? chunk.delta : undefined),
};

/** The plain text in the frames of a stream, for judging across their borders. */
export function textOfFrames(frames: Buffer, operation: string): string {
  const textOf = DELTA_TEXT[operation];
  if (!textOf) return "";
  let text = "";
  for (const line of frames.toString("utf8").split("\n")) {
    if (!line.startsWith("data: {")) continue;
    const delta = textOf(JSON.parse(line.slice(6)) as Chunk);
    if (typeof delta === "string") text += delta;
  }
  return text;
}

interface Whole {
  readonly choices?: readonly { readonly message?: { readonly content?: unknown }; readonly text?: unknown }[];
  readonly content?: unknown;
  readonly output?: unknown;
}

const WHOLE_TEXT: Readonly<Record<string, (body: Whole) => unknown>> = {
  chat: (body) => body.choices?.[0]?.message?.content,
  completions: (body) => body.choices?.[0]?.text,
  messages: (body) => textsIn(body.content),
  responses: (body) => (Array.isArray(body.output) ? body.output.map((item: { content?: unknown } | null) => textsIn(item?.content)).join("") : undefined),
};

const textsIn = (parts: unknown): string =>
  Array.isArray(parts) ? parts.map((part: { text?: unknown } | null) => (typeof part?.text === "string" ? part.text : "")).join("") : "";

/** The plain text of a whole answer. */
export function textOfReply(body: Record<string, unknown>, operation: string): string {
  const text = WHOLE_TEXT[operation]?.(body);
  return typeof text === "string" ? text : "";
}
