/** Decides what the sandbox's model says to a request: a text, tool calls or structured output, always the same for the same request. */
import { promptBytesOf, type ChatRequest, type ChatTool } from "@switchyard/shared/wire/openai-chat";
import type { Usage } from "@switchyard/shared/domain/usage";
import type { ChatAsk } from "../provider.ts";
import { directivesOf } from "./directives.ts";
import { instanceOf } from "./schema-instance.ts";

export interface SandboxCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** One choice, cut to the output cap. */
export interface Imitation {
  /** Words with the spaces before them; each counts as one token. */
  readonly words: readonly string[];
  readonly calls: readonly SandboxCall[];
  readonly finishReason: "stop" | "length" | "tool_calls";
  /** Tokens of this choice. */
  readonly tokens: number;
}

export function imitate(ask: ChatAsk): Imitation {
  const said = lastUserText(ask.request);
  const calls = callsFor(ask, said);
  if (calls.length > 0) return { words: [], calls, finishReason: "tool_calls", tokens: Math.min(callTokens(calls), ask.maxOutput) };
  const words = wordsOf(answerTo(ask.request, said));
  const kept = words.slice(0, ask.maxOutput);
  const stopped = stopAt(kept, ask.request.stop);
  const isCut = stopped.length === kept.length && kept.length < words.length;
  return { words: stopped, calls: [], finishReason: isCut ? "length" : "stop", tokens: stopped.length };
}

const BYTES_PER_TOKEN = 4;

/** What the call consumed: four bytes of prompt are a token, one word of the answer is one. */
export function usageOf(ask: ChatAsk, tokens: number): Usage {
  const input = Math.max(1, Math.ceil(promptBytesOf(ask.request) / BYTES_PER_TOKEN));
  return { input, cachedInput: 0, cacheWrite: 0, output: tokens, reasoning: 0 };
}

/** The text of the last message from the user. */
export function lastUserText(request: ChatRequest): string {
  const message = request.messages.findLast((one) => one.role === "user");
  return message ? plainText(message.content) : "";
}

function plainText(content: ChatRequest["messages"][number]["content"]): string {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => (part.type === "text" ? part.text : `[${part.type}]`)).join(" ");
}

function answerTo(request: ChatRequest, said: string): string {
  const format = request.response_format;
  if (format?.type === "json_schema") return JSON.stringify(instanceOf(format.json_schema?.schema ?? {}, said));
  if (format?.type === "json_object") return JSON.stringify({ answer: said, from: "sandbox" });
  const { words } = directivesOf(said);
  if (words !== undefined) return Array.from({ length: words }, (_, at) => `word${at + 1}`).join(" ");
  const last = request.messages.at(-1);
  if (last?.role === "tool") return `The tool answered: ${plainText(last.content)}. That is all the sandbox knows.`;
  const asked = said.trim() === "" ? "nothing" : `"${said.trim().slice(0, 2_000)}"`;
  return `You said ${asked}. This answer comes from the sandbox, which imitates a model so that everything around it can be tried.`;
}

/** White space stays with the word after it, so that the words joined are the text. */
const wordsOf = (text: string): readonly string[] => text.match(/\s*\S+(?:\s+$)?/g) ?? [];

function stopAt(words: readonly string[], stop: ChatRequest["stop"]): readonly string[] {
  const stops = (typeof stop === "string" ? [stop] : (stop ?? [])).filter((one) => one !== "");
  const text = words.join("");
  const at = Math.min(...stops.map((one) => text.indexOf(one)).filter((found) => found !== -1));
  return Number.isFinite(at) ? wordsOf(text.slice(0, at)) : words;
}

/** A tool is called when it must be, or when the message speaks of it; "both" calls two in parallel. Never to answer a tool's result. */
function callsFor(ask: ChatAsk, said: string): readonly SandboxCall[] {
  const { request } = ask;
  const tools = (request.tools ?? []).filter((tool) => tool.type === "function" && tool.function !== undefined);
  const choice = request.tool_choice;
  if (tools.length === 0 || choice === "none" || request.messages.at(-1)?.role === "tool") return [];
  const named = typeof choice === "object" ? tools.filter((tool) => tool.function?.name === choice.function?.name) : [];
  const wished = tools.filter((tool) => isSpokenOf(tool, said));
  const isForced = choice === "required" || typeof choice === "object";
  const chosen = named[0] ?? wished[0] ?? (isForced || asksForTool(said) ? tools[0] : undefined);
  if (!chosen) return [];
  const wantsBoth = /\bboth\b/i.test(said) && request.parallel_tool_calls !== false && named.length === 0;
  const second = wantsBoth ? (tools.find((tool) => tool !== chosen) ?? chosen) : undefined;
  return [chosen, ...(second ? [second] : [])].map((tool, at) => callOf(tool, wordsFor(said, at, wantsBoth), `call_${ask.generationId}_${at}`));
}

/** "weather in Paris and Oslo, both": the second call is about the second place. */
function wordsFor(said: string, at: number, isBoth: boolean): string {
  const places = isBoth ? /\bin\s+(\p{Lu}[\p{L}'-]*)\s+and\s+(?:in\s+)?(\p{Lu}[\p{L}'-]*)/u.exec(said) : null;
  return places ? `in ${places[at + 1]}` : said;
}

function callOf(tool: ChatTool, said: string, id: string): SandboxCall {
  const parameters = tool.function?.parameters ?? { type: "object", properties: {} };
  return { id, name: tool.function?.name ?? "", arguments: JSON.stringify(instanceOf({ type: "object", ...parameters }, said)) };
}

/** Some word of the tool's name is in the message: `get_weather` and "what is the weather?". */
function isSpokenOf(tool: ChatTool, said: string): boolean {
  const words = (tool.function?.name ?? "")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 3);
  const text = said.toLowerCase();
  return words.some((word) => text.includes(word));
}

const asksForTool = (said: string): boolean => /\b(?:call|use)\b.{0,30}\b(?:tool|function)s?\b/i.test(said);

const callTokens = (calls: readonly SandboxCall[]): number =>
  calls.reduce((sum, call) => sum + Math.ceil((call.name.length + call.arguments.length) / BYTES_PER_TOKEN), 0);
