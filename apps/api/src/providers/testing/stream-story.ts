/** What a stream's parts tell a client, in a form that tests can compare. */
import type { ChatAsk, ProviderFailure, StreamPart, StreamReader } from "../provider.ts";
import type { ServiceTier } from "@switchyard/shared/domain/service-tier";
import type { Usage } from "@switchyard/shared/domain/usage";
import { parseChatRequest } from "@switchyard/shared/wire/openai-chat";
import { fieldsOf, listOf, type Fields } from "../openai-dialect/fields.ts";

export interface ToolStory {
  id: unknown;
  type: unknown;
  name: string;
  arguments: string;
}
export interface ChoiceStory {
  roles: unknown[];
  text: string;
  reasoning: string;
  refusal: string;
  tools: (ToolStory | undefined)[];
  finish: string[];
}

/** Everything that must not depend on how bytes were split. */
export interface StreamStory {
  /** The very bytes that a client gets, apart for what is held back before content. */
  readonly prelude: string;
  readonly content: string;
  readonly finishes: readonly string[];
  readonly outputBytes: number;
  readonly usage: Usage | undefined;
  readonly reportedCost: string | undefined;
  readonly serviceTier: ServiceTier | undefined;
  readonly end: "done" | ProviderFailure | "nothing";
  /** How often a part of each kind came, content and prelude counted as one. */
  readonly order: string;
}

export const ask = (request: Record<string, unknown> = {}, more: Partial<ChatAsk> = {}): ChatAsk => {
  const parsed = parseChatRequest({ model: "asked", messages: [{ role: "user", content: "hi" }], stream: true, ...request });
  if (!parsed.ok) throw new Error(parsed.failure.publicText);
  return {
    operation: "chat",
    request: parsed.value,
    stream: parsed.value.stream === true,
    model: "target-model",
    maxOutput: 100,
    generationId: "gen_test",
    createdSeconds: 1_700_000_000,
    ...more,
  };
};

export function storyOf(parts: readonly StreamPart[]): StreamStory {
  let prelude = "";
  let content = "";
  let outputBytes = 0;
  let usage: Usage | undefined;
  let reportedCost: string | undefined;
  let serviceTier: StreamStory["serviceTier"];
  let end: StreamStory["end"] = "nothing";
  const finishes: string[] = [];
  const order: string[] = [];
  for (const part of parts) {
    if (order.at(-1) !== part.kind || part.kind === "finish") order.push(part.kind);
    if (part.kind === "prelude") prelude += part.bytes.toString("latin1");
    else if (part.kind === "content") {
      content += part.bytes.toString("latin1");
      outputBytes += part.outputBytes;
    } else if (part.kind === "finish") finishes.push(part.bytes.toString("latin1"));
    else if (part.kind === "usage") ({ usage, reportedCost } = { usage: part.usage, reportedCost: part.reportedCost });
    else if (part.kind === "served") serviceTier = part.tier;
    else end = part.kind === "done" ? "done" : part.failure;
  }
  return { prelude, content, finishes, outputBytes, usage, reportedCost, serviceTier, end, order: order.join(" ") };
}

/** Reads pieces to the end of the stream. */
export function readAll(reader: StreamReader, pieces: readonly Buffer[]): StreamStory {
  const parts: StreamPart[] = [];
  for (const piece of pieces) parts.push(...reader.push(piece));
  parts.push(...reader.end());
  return storyOf(parts);
}

/** The frames that a client would read, parsed as strictly as the official client does. */
export const framesOf = (story: StreamStory): readonly Fields[] =>
  Buffer.from(story.prelude + story.content + story.finishes.join(""), "latin1")
    .toString("utf8")
    .split("\n\n")
    .filter((frame) => frame !== "")
    .map((frame) => JSON.parse(frame.slice("data: ".length)) as Fields);

/** What a client makes of chunks, choice by choice. */
export function choicesOf(chunks: readonly Fields[]): readonly ChoiceStory[] {
  const stories: ChoiceStory[] = [];
  for (const chunk of chunks) {
    for (const value of listOf(chunk["choices"])) {
      const choice = fieldsOf(value) ?? {};
      const story = (stories[Number(choice["index"])] ??= { roles: [], text: "", reasoning: "", refusal: "", tools: [], finish: [] });
      addDelta(story, fieldsOf(choice["delta"]) ?? {});
      if (typeof choice["finish_reason"] === "string") story.finish.push(choice["finish_reason"]);
    }
  }
  return stories;
}

function addDelta(story: ChoiceStory, delta: Fields): void {
  if (delta["role"] !== undefined) story.roles.push(delta["role"]);
  if (typeof delta["content"] === "string") story.text += delta["content"];
  const thought = delta["reasoning_content"] ?? delta["reasoning"];
  if (typeof thought === "string") story.reasoning += thought;
  if (typeof delta["refusal"] === "string") story.refusal += delta["refusal"];
  for (const value of listOf(delta["tool_calls"])) {
    const call = fieldsOf(value) ?? {};
    const called = fieldsOf(call["function"]) ?? {};
    const tool = (story.tools[Number(call["index"] ?? 0)] ??= { id: undefined, type: undefined, name: "", arguments: "" });
    tool.id ??= call["id"];
    tool.type ??= call["type"];
    tool.name += typeof called["name"] === "string" ? called["name"] : "";
    tool.arguments += typeof called["arguments"] === "string" ? called["arguments"] : "";
  }
}

/** Every way a test wants bytes split: whole, one-byte slices, odd sizes, and two pieces at many places. */
export function splitsOf(bytes: Buffer, seed: number): readonly (readonly Buffer[])[] {
  const cuts = bytes.length <= 4_000 ? Array.from({ length: bytes.length + 1 }, (_, at) => at) : randomCuts(bytes.length, 60, seed);
  const sizes = bytes.length <= 60_000 ? [1, 3, 1_000] : [7, 1_000];
  return [[bytes], ...sizes.map((size) => slicesOf(bytes, size)), ...cuts.map((cut) => [bytes.subarray(0, cut), bytes.subarray(cut)])];
}

export const slicesOf = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));

/** The same places for the same seed (a linear congruential generator). */
function randomCuts(length: number, count: number, seed: number): readonly number[] {
  let state = seed >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % length;
  });
}
