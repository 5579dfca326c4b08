/** Arranges a chat's messages as Gemini's contents: system apart, answers as the model's, tool results right after their calls. */
import { REASONING_FORMATS, reasoningDetailsOf } from "@switchyard/shared/wire/reasoning-details";
import type { ChatMessage } from "@switchyard/shared/wire/openai-chat";
import { fieldsOf, textOf, type Fields } from "../openai-dialect/fields.ts";
import { Unsayable } from "../unsayable.ts";
import { partsOf } from "./content.ts";
import { generationOf } from "./model-name.ts";

export interface Content {
  readonly role: "user" | "model";
  readonly parts: Fields[];
}
export interface Conversation {
  readonly system: readonly Fields[];
  readonly contents: readonly Content[];
}

/**
 * What Google documents to stand in for a signature that is not known, as in a chat that another model began
 * (https://ai.google.dev/gemini-api/docs/thought-signatures). From the third generation on calls without one are refused.
 */
const UNKNOWN_SIGNATURE = "skip_thought_signature_validator";
/** This generation wants its signatures, and takes pictures within a tool's result. */
const THIRD = 3;

type Assistant = Extract<ChatMessage, { role: "assistant" }>;
type ToolResult = Extract<ChatMessage, { role: "tool" }>;

/** A chat of system messages only is asked as the user's. */
export function conversationOf(messages: readonly ChatMessage[], model: string): Conversation | Unsayable {
  const system: Fields[] = [];
  const arranged = new Contents();
  const isThird = (generationOf(model) ?? 0) >= THIRD;
  const names = new Map<string, string>();
  for (const [at, message] of messages.entries()) {
    const wrong = arrange(message, `messages[${at}]`, { system, arranged, names, isThird });
    if (wrong) return wrong;
  }
  const contents = arranged.all();
  if (contents.length > 0) return { system, contents };
  return system.length > 0 ? { system: [], contents: [{ role: "user", parts: system }] } : new Unsayable("messages", "at least one message must have content");
}

interface Arranging {
  readonly system: Fields[];
  readonly arranged: Contents;
  /** The name of each call by its id: a result is told by name. */
  readonly names: Map<string, string>;
  readonly isThird: boolean;
}

function arrange(message: ChatMessage, param: string, { system, arranged, names, isThird }: Arranging): Unsayable | undefined {
  switch (message.role) {
    case "system":
    case "developer":
    case "user": {
      const parts = partsOf(message.content, `${param}.content`);
      if (parts instanceof Unsayable) return parts;
      if (message.role === "user") arranged.add("user", parts);
      else system.push(...parts);
      return undefined;
    }
    case "assistant": {
      const parts = assistantParts(message, param, isThird);
      if (parts instanceof Unsayable) return parts;
      for (const call of message.tool_calls ?? []) if (call.function) names.set(call.id, call.function.name);
      arranged.add("model", parts);
      return undefined;
    }
    case "tool":
      return addResult(message, param, { system, arranged, names, isThird });
    case "function":
      return new Unsayable(`${param}.role`, "this model needs tools and role 'tool' in place of functions");
  }
}

/** Neighbours of the same role become one content, but for tool results, which stay by themselves. */
class Contents {
  readonly #contents: Content[] = [];
  #holdsResults = false;
  /** What the results showed beside words, for models that take that only from the user. */
  #shown: Fields[] = [];

  all(): readonly Content[] {
    if (this.#shown.length > 0) this.add("user", []);
    return this.#contents;
  }

  add(role: Content["role"], parts: readonly Fields[]): void {
    const shown = this.#shown;
    this.#shown = [];
    if (shown.length > 0 && role === "model") this.#put("user", shown);
    this.#put(role, role === "user" ? [...shown, ...parts] : parts);
  }

  /** All results of one turn's calls stand in one content. */
  addResult(result: Fields, shown: readonly Fields[]): void {
    if (this.#holdsResults) this.#contents.at(-1)?.parts.push(result);
    else this.#contents.push({ role: "user", parts: [result] });
    this.#holdsResults = true;
    this.#shown.push(...shown);
  }

  #put(role: Content["role"], parts: readonly Fields[]): void {
    if (parts.length === 0) return;
    const last = this.#contents.at(-1);
    if (last?.role === role && !this.#holdsResults) last.parts.push(...parts);
    else this.#contents.push({ role, parts: [...parts] });
    this.#holdsResults = false;
  }
}

function assistantParts(message: Assistant, param: string, isThird: boolean): Fields[] | Unsayable {
  if (message["function_call"]) return new Unsayable(`${param}.function_call`, "this model needs tool_calls in place of function_call");
  const said = partsOf(message.content, `${param}.content`);
  if (said instanceof Unsayable) return said;
  if (said.length === 0 && message.refusal) said.push({ text: message.refusal });
  const signatures = signaturesOf(message);
  const calls: Fields[] = [];
  for (const [at, call] of (message.tool_calls ?? []).entries()) {
    if (!call.function) return new Unsayable(`${param}.tool_calls[${at}].type`, "this model only knows tool calls of type function");
    const signature = signatures.of(call.id) ?? textOf(fieldsOf(fieldsOf(call["extra_content"])?.["google"])?.["thought_signature"]);
    // Of parallel calls only the first is signed.
    const known = signature ?? (at === 0 && isThird ? (signatures.loose.shift() ?? UNKNOWN_SIGNATURE) : undefined);
    calls.push({
      functionCall: { id: call.id, name: call.function.name, args: argsOf(call.function.arguments) },
      ...(known === undefined ? {} : { thoughtSignature: known }),
    });
  }
  return [...signed(said, signatures.loose), ...calls];
}

interface Signatures {
  of(callId: string): string | undefined;
  /** Those that belong to no call. */
  readonly loose: string[];
}

/** The signatures that Google gave with this message: by call, and those of its text. */
function signaturesOf(message: Assistant): Signatures {
  const ids = new Set((message.tool_calls ?? []).map((call) => call.id));
  const byCall = new Map<string, string>();
  const loose: string[] = [];
  for (const detail of reasoningDetailsOf(message["reasoning_details"])) {
    if (detail.type !== "reasoning.encrypted" || detail.format !== REASONING_FORMATS.google) continue;
    if (detail.id !== undefined && ids.has(detail.id)) byCall.set(detail.id, detail.data);
    else loose.push(detail.data);
  }
  return { of: (callId) => byCall.get(callId), loose };
}

/** The text's signature stands at its last part. */
function signed(parts: Fields[], signatures: readonly string[]): Fields[] {
  const thoughtSignature = signatures.at(-1);
  if (thoughtSignature === undefined) return parts;
  const last = parts.at(-1);
  return last === undefined ? [{ text: "", thoughtSignature }] : [...parts.slice(0, -1), { ...last, thoughtSignature }];
}

function addResult(message: ToolResult, param: string, { arranged, names, isThird }: Arranging): Unsayable | undefined {
  const parts = typeof message.content === "string" ? [{ text: message.content }] : partsOf(message.content, `${param}.content`);
  if (parts instanceof Unsayable) return parts;
  const words = parts.flatMap((part) => (typeof part["text"] === "string" ? [part["text"]] : []));
  const shown = parts.filter((part) => part["text"] === undefined);
  const result = {
    id: message.tool_call_id,
    name: names.get(message.tool_call_id) ?? message.tool_call_id,
    response: resultOf(words.join("\n")),
    ...(isThird && shown.length > 0 ? { parts: shown } : {}),
  };
  arranged.addResult({ functionResponse: result }, isThird ? [] : shown);
  return undefined;
}

/** Arguments are whatever a model wrote; what is no object is kept under a name rather than lost. */
const argsOf = (words: string): Fields => (words.trim() === "" ? {} : (objectOf(words) ?? { arguments: words }));

/** A result must be an object. */
const resultOf = (words: string): Fields => objectOf(words) ?? { result: words };

function objectOf(words: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(words));
  } catch {
    return undefined; // Plain words, which both callers know how to keep.
  }
}
