/** Makes a choice's delta what OpenAI would have sent, where a provider deviates, and measures what it produced. */
import { fieldsOf, listOf, textOf, type Fields } from "./fields.ts";

/** What earlier frames told about one choice. */
export interface ChoiceState {
  readonly index: number;
  roleSent: boolean;
  /** Our index of each tool call, by the provider's index or id. */
  readonly tools: Map<string, number>;
  toolCount: number;
  lastTool: number;
  /** The finish frame, kept until nothing can follow it: some providers send a reason with every frame. */
  held: { readonly frame: string; readonly reason: string } | undefined;
}

export const newChoice = (index: number): ChoiceState => ({ index, roleSent: false, tools: new Map(), toolCount: 0, lastTool: 0, held: undefined });

export interface ReadDelta {
  readonly delta: Fields;
  /** The delta is not as the provider wrote it. */
  readonly changed: boolean;
  readonly hasContent: boolean;
  /** UTF-8 bytes of text, reasoning, refusals and tool arguments. */
  readonly outputBytes: number;
}

/** Reads one delta and advances the choice's state. `idSeed` names tool calls that came without an id. */
export function readDelta(raw: Fields, state: ChoiceState, idSeed: string): ReadDelta {
  let delta = raw;
  if (Array.isArray(raw["content"])) delta = withPlainContent(delta);
  if (!state.roleSent && typeof raw["role"] !== "string") delta = { role: "assistant", ...delta, ...(raw["role"] === undefined ? {} : { role: "assistant" }) };
  state.roleSent = true;
  delta = withReasoningContent(delta);
  if (Array.isArray(raw["tool_calls"])) delta = withToolCalls(delta, raw["tool_calls"], state, idSeed);
  return { delta, changed: delta !== raw, hasContent: hasContent(delta), outputBytes: producedBytes(delta) };
}

/** Anything beside the role that is not empty: unknown fields (audio, images, citations) are content as well. */
function hasContent(delta: Fields): boolean {
  for (const key in delta) {
    if (key === "role") continue;
    const value = delta[key];
    if (value === null || value === undefined || value === "" || value === false) continue;
    if (typeof value === "object" && Object.keys(value).length === 0) continue;
    return true;
  }
  return false;
}

/** What a picture weighs in an estimate of output: about 1,300 tokens at those who make them in a chat. */
const IMAGE_BYTES = 5_000;

/** UTF-8 bytes that a message or delta says: text, reasoning, refusal, tool names and arguments. */
export function producedBytes(delta: Fields): number {
  let bytes = bytesOf(delta["content"]) + bytesOf(delta["refusal"]);
  // Two fields may carry the same thought; it was produced once.
  bytes += Math.max(bytesOf(delta["reasoning_content"]), bytesOf(delta["reasoning"]));
  for (const call of listOf(delta["tool_calls"])) bytes += functionBytes(fieldsOf(call)?.["function"]);
  bytes += functionBytes(delta["function_call"]);
  bytes += listOf(delta["images"]).length * IMAGE_BYTES;
  const audio = fieldsOf(delta["audio"]);
  return audio ? bytes + bytesOf(audio["transcript"]) + bytesOf(audio["data"]) : bytes;
}

function functionBytes(value: unknown): number {
  const called = fieldsOf(value);
  return called ? bytesOf(called["name"]) + bytesOf(called["arguments"]) : 0;
}

const bytesOf = (value: unknown): number => (typeof value === "string" ? Buffer.byteLength(value) : 0);

/** Thoughts have one name here: some (OpenRouter, Groq, vLLM) call them `reasoning`, which stays beside it. */
export function withReasoningContent(message: Fields): Fields {
  const { reasoning, reasoning_content: thought } = message;
  return typeof reasoning === "string" && reasoning !== "" && (thought === undefined || thought === null)
    ? { ...message, reasoning_content: reasoning }
    : message;
}

/** Mistral sends content as a list of parts when it thinks: text stays content, thoughts become `reasoning_content`. */
export function withPlainContent(message: Fields): Fields {
  const parts = listOf(message["content"]).map(fieldsOf);
  let text = "";
  let thought = "";
  for (const part of parts) {
    if (part?.["type"] === "text") text += textOf(part["text"]) ?? "";
    if (part?.["type"] !== "thinking") continue;
    thought +=
      textOf(part["thinking"]) ??
      listOf(part["thinking"])
        .map((one) => textOf(fieldsOf(one)?.["text"]) ?? "")
        .join("");
  }
  return { ...message, content: text === "" ? null : text, ...(thought === "" ? {} : { reasoning_content: thought }) };
}

/** Gives each tool-call delta its index, and the first of each its id and type. The arguments' text is never touched. */
function withToolCalls(delta: Fields, calls: readonly unknown[], state: ChoiceState, idSeed: string): Fields {
  let changed = false;
  const named = calls.map((value) => {
    const call = fieldsOf(value) ?? {};
    const { index, isNew } = toolIndex(call, state);
    const fixed: Fields = { ...call, index };
    if (isNew && textOf(call["id"]) === undefined) fixed["id"] = `call_${idSeed}_${state.index}_${index}`;
    if (isNew && textOf(call["type"]) === undefined) fixed["type"] = "function";
    // Some send the arguments as an object; only a text can be put together from deltas.
    const called = fieldsOf(call["function"]);
    if (called && fieldsOf(called["arguments"])) fixed["function"] = { ...called, arguments: JSON.stringify(called["arguments"]) };
    changed ||= Object.keys(fixed).some((key) => fixed[key] !== call[key]);
    return fixed;
  });
  return changed ? { ...delta, tool_calls: named } : delta;
}

function toolIndex(call: Fields, state: ChoiceState): { readonly index: number; readonly isNew: boolean } {
  const id = textOf(call["id"]);
  const told = typeof call["index"] === "number" ? `#${call["index"]}` : undefined;
  const continues = toolById(id, state) ?? toolByPlace(call, id, told, state);
  if (continues !== undefined) {
    state.lastTool = continues;
    return { index: continues, isNew: false };
  }
  const index = state.toolCount;
  state.toolCount += 1;
  state.lastTool = index;
  if (id !== undefined) state.tools.set(id, index);
  if (told !== undefined) state.tools.set(told, index);
  return { index, isNew: true };
}

const toolById = (id: string | undefined, state: ChoiceState): number | undefined => (id === undefined ? undefined : state.tools.get(id));

/** A delta with a new id and a name begins a call, whatever index it tells. Without an index it goes on with the last call. */
function toolByPlace(call: Fields, id: string | undefined, told: string | undefined, state: ChoiceState): number | undefined {
  if (id !== undefined && isNamed(call)) return undefined;
  if (told !== undefined) return state.tools.get(told);
  return id === undefined && state.toolCount > 0 && !isNamed(call) ? state.lastTool : undefined;
}

/** A delta that names its function begins a call: providers that always say index 0 are told apart by this. */
const isNamed = (call: Fields): boolean => textOf(fieldsOf(call["function"])?.["name"]) !== undefined;
