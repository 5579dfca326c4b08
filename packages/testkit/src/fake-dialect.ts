/** What a fake provider must know of its wire: the frames of a stream, the body of a whole answer, the shape of an error. */
import type { Made, Script } from "./fake-script.ts";
import { at, type ReportedUsage, type SeenCall } from "./fake-tally.ts";

export type FrameRole = "start" | "content" | "finish" | "usage" | "done" | "other";

/** One server-sent event. */
export interface Frame {
  readonly role: FrameRole;
  readonly event?: string;
  readonly data: string;
}

export type TextScript = Extract<Script, { kind: "text" }>;
export type ToolsScript = Extract<Script, { kind: "tools" }>;
export type MadeScript = TextScript | ToolsScript;
export type StatusScript = Extract<Script, { kind: "status" }>;

export interface Dialect {
  /** The frames of a stream, made one by one: a long stream is never in memory as a whole. */
  frames(call: SeenCall, script: MadeScript): Iterable<Frame>;
  body(call: SeenCall, script: MadeScript): unknown;
  /** A frame with this text as its content. */
  contentFrame(text: string): Frame;
  errorFrame(error: unknown): Frame;
  /** The answer's body in the shape of an error. */
  errorBody(script: Pick<StatusScript, "status" | "message" | "code" | "type">): unknown;
  recorded(line: string): Frame;
  readonly recordingEnd: readonly Frame[];
  /** Routes that are no inference (model lists and the like); undefined for all others. */
  beside(call: SeenCall): unknown;
  /** The answer on routes of their own shape (vectors, pictures, sound) when no script was given; undefined for all others. */
  otherwise?(call: SeenCall): Script | undefined;
  /** What an event or a body tells of usage, in the tally's words. */
  told(value: unknown): Readonly<Record<keyof ReportedUsage, unknown>>;
}

const WORDS = ["the", "signal", "box", "sets", "points", "before", "any", "train", "may", "pass"];

/** What the answer consists of: pieces to send one after the other, and how many tokens they are. */
export interface Pieces {
  readonly texts: readonly string[];
  readonly tokens: number;
  /** Whether the request's own cap cut it. */
  readonly cut: boolean;
}

/** Cuts a text script into frames' worth of text; one word with its space is one token. */
export function piecesOf(script: MadeScript, capTokens: number | undefined): Pieces {
  const wanted = script.text === undefined && script.kind === "text" ? made(script.tokens ?? 8) : (script.text?.match(/\s*\S+|\s+$/gu) ?? []);
  const cap = script.ignoreCap ? wanted.length : Math.min(wanted.length, capTokens ?? Infinity);
  const perFrame = (script.kind === "text" ? script.tokensPerFrame : undefined) ?? 1;
  const texts: string[] = [];
  for (let from = 0; from < cap; from += perFrame) texts.push(wanted.slice(from, Math.min(from + perFrame, cap)).join(""));
  return { texts, tokens: cap, cut: cap < wanted.length };
}

const made = (tokens: number): string[] => Array.from({ length: tokens }, (_, index) => (index === 0 ? "" : " ") + (WORDS[index % WORDS.length] ?? ""));

/** Tokens of the prompt, of the cache and of the output as the script and its content have it. */
export function countsOf(
  script: Made,
  output: number,
): { readonly input: number; readonly cached: number; readonly output: number; readonly reasoning: number } {
  const reasoning = script.reasoning === undefined ? 0 : wordsOf(script.reasoning).length;
  return { input: script.inputTokens ?? 10, cached: script.cachedTokens ?? 0, output: output + reasoning, reasoning };
}

export const wordsOf = (text: string): readonly string[] => text.match(/\s*\S+|\s+$/gu) ?? [];

/** Cuts arguments into pieces as a provider streams them; an empty text is one empty piece. */
export function cutEvery(text: string, characters: number): readonly string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length; from += characters) pieces.push(text.slice(from, from + characters));
  return pieces.length > 0 ? pieces : [""];
}

export const positiveInteger = (value: unknown): number | undefined => (typeof value === "number" && Number.isInteger(value) && value > 0 ? value : undefined);

export function modelOf(call: SeenCall): string {
  const model = at(call.body, "model");
  return typeof model === "string" ? model : "unknown";
}
