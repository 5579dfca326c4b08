/** Arranges the items of a Responses input as the messages of a chat. */
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import type { ChatMessage, ChatPart } from "@switchyard/shared/wire/openai-chat";
import { isKnownItem, type InputItem, type KnownItem } from "@switchyard/shared/wire/openai-responses";
import { unpackReasoning } from "./carried-reasoning.ts";
import { imagePartsOf, partsOf, plainTextOf, type Parts } from "./content.ts";
import { argumentsOfCustom, chatNameOf } from "./tools.ts";

/** An item and where the caller wrote it; items that were stored before have no place. */
export interface PlacedItem {
  readonly item: InputItem;
  readonly place: string;
}

export interface Turns {
  readonly messages: readonly ChatMessage[];
  /** Places of items that a chat cannot carry. */
  readonly dropped: readonly string[];
}

type AssistantMessage = Extract<ChatMessage, { role: "assistant" }>;
type ToolCall = NonNullable<AssistantMessage["tool_calls"]>[number];

/** What the assistant said and called in one go; the results of its calls come right after it, as chats demand. */
interface AssistantTurn {
  text: string;
  refusal: string;
  thought: string;
  readonly details: unknown[];
  readonly calls: ToolCall[];
}

/**
 * Neighbouring answers, thoughts and calls become one assistant message, directly followed by the results of its calls,
 * wherever those stand. The instructions and the system and developer messages before the first turn become one: some
 * models accept a single system message, at the beginning.
 */
export function turnsOf(items: readonly PlacedItem[], instructions: string | undefined): Result<Turns> {
  const arranged = new Arrangement(items);
  if (instructions !== undefined && instructions !== "") arranged.lead(instructions);
  for (const placed of items) {
    const wrong = arranged.take(placed);
    if (wrong) return refused(wrong);
  }
  return arranged.end();
}

type ToolOutput = Extract<KnownItem, { type: "function_call_output" | "custom_tool_call_output" }>;

class Arrangement {
  readonly #messages: ChatMessage[] = [];
  readonly #dropped: string[] = [];
  readonly #outputs = new Map<string, { readonly output: ToolOutput; readonly place: string }>();
  readonly #answered = new Set<string>();
  readonly #lastUserAt: number;
  #leading: string[] = [];
  #turn: AssistantTurn | undefined;
  #at = -1;

  constructor(items: readonly PlacedItem[]) {
    for (const { item, place } of items) if (isOutput(item)) this.#outputs.set(item.call_id, { output: item, place });
    this.#lastUserAt = items.findLastIndex(({ item }) => isKnownItem(item) && item.type === "message" && item.role === "user");
  }

  lead(text: string): void {
    this.#leading.push(text);
  }

  /** @returns why the item cannot be said in a chat. */
  take({ item, place }: PlacedItem): Failure | undefined {
    this.#at += 1;
    if (!isKnownItem(item)) {
      this.#dropped.push(place);
      return undefined;
    }
    switch (item.type) {
      case "message":
        return item.role === "assistant" ? this.#say(item, place) : this.#hear(item, place);
      case "function_call":
        this.#call(item.call_id, chatNameOf(item.name, item.namespace), item.arguments);
        return undefined;
      case "custom_tool_call":
        this.#call(item.call_id, chatNameOf(item.name, item.namespace), argumentsOfCustom(item.input));
        return undefined;
      case "function_call_output":
      case "custom_tool_call_output":
        return this.#closeTurn() ?? (this.#answered.has(item.call_id) ? undefined : noCallFor(place));
      case "reasoning":
        this.#think(item, place);
        return undefined;
      case "item_reference":
        return failure("not_found", { param: place, publicText: `There is no stored item '${item.id.slice(0, 80)}'.` });
    }
  }

  end(): Result<Turns> {
    const wrong = this.#closeTurn();
    if (wrong) return refused(wrong);
    this.#closeLeading();
    if (this.#messages.length > 0) return ok({ messages: this.#messages, dropped: this.#dropped });
    return refused(failure("invalid_request", { param: "input", publicText: "Invalid value for 'input': there is nothing that this model could answer" }));
  }

  #assistant(): AssistantTurn {
    this.#closeLeading();
    return (this.#turn ??= { text: "", refusal: "", thought: "", details: [], calls: [] });
  }

  #say(item: Extract<KnownItem, { type: "message" }>, place: string): Failure | undefined {
    const parts = partsOf(item.content, `${place}.content`);
    if (!parts.ok) return parts.failure;
    const turn = this.#assistant();
    for (const part of parts.value) {
      if (part.type === "text") turn.text += turn.text === "" ? part.text : `\n\n${part.text}`;
      else if (part.type === "refusal") turn.refusal += part.refusal;
      else this.#dropped.push(`${place}.content`);
    }
    return undefined;
  }

  #hear(item: Extract<KnownItem, { type: "message" }>, place: string): Failure | undefined {
    const wrong = this.#closeTurn();
    if (wrong) return wrong;
    const parts = partsOf(item.content, `${place}.content`);
    if (!parts.ok) return parts.failure;
    if (item.role === "user") {
      this.#closeLeading();
      if (parts.value.length > 0) this.#messages.push({ role: "user", content: contentOf(parts.value) });
      return undefined;
    }
    const text = plainTextOf(parts.value);
    if (this.#messages.length === 0) this.#leading.push(text);
    else if (text !== "") this.#messages.push({ role: "system", content: text });
    return undefined;
  }

  #call(id: string, name: string, words: string): void {
    this.#assistant().calls.push({ id, type: "function", function: { name, arguments: words } });
  }

  /** What a provider packed for itself goes back with every turn; a bare thought only within the present one, as models want it. */
  #think(item: Extract<KnownItem, { type: "reasoning" }>, place: string): void {
    const turn = this.#assistant();
    const details = unpackReasoning(item.encrypted_content);
    turn.details.push(...details);
    const said = [...(item.summary ?? []), ...(item.content ?? [])].map((part) => (typeof part["text"] === "string" ? part["text"] : "")).join("\n\n");
    if (this.#at > this.#lastUserAt) turn.thought += said;
    if (details.length === 0 && said === "") this.#dropped.push(place);
  }

  /** Writes the assistant's message and the results of its calls. */
  #closeTurn(): Failure | undefined {
    const turn = this.#turn;
    if (!turn) return undefined;
    this.#turn = undefined;
    const { text, refusal, thought, details, calls } = turn;
    if (text !== "" || refusal !== "" || calls.length > 0) {
      this.#messages.push({
        role: "assistant",
        content: text === "" && (calls.length > 0 || refusal !== "") ? null : text,
        ...(refusal === "" ? {} : { refusal }),
        ...(calls.length === 0 ? {} : { tool_calls: calls }),
        ...(thought === "" ? {} : { reasoning_content: thought }),
        ...(details.length === 0 ? {} : { reasoning_details: details }),
      });
    }
    return this.#writeResults(calls);
  }

  /** Chats take only texts as results everywhere: pictures and files follow as a message of the user. */
  #writeResults(calls: readonly ToolCall[]): Failure | undefined {
    const shown: ChatPart[] = [];
    for (const { id } of calls) {
      const found = this.#outputs.get(id);
      if (!found || this.#answered.has(id)) continue;
      this.#answered.add(id);
      const parts = partsOf(found.output.output, `${found.place}.output`);
      if (!parts.ok) return parts.failure;
      const media = imagePartsOf(parts.value);
      const text = plainTextOf(parts.value);
      const content =
        media.length === 0
          ? text
          : `${text}${text === "" ? "" : "\n"}[${media.length === 1 ? "An attachment follows" : `${media.length} attachments follow`}.]`;
      this.#messages.push({ role: "tool", tool_call_id: id, content });
      shown.push(...media);
    }
    if (shown.length > 0) this.#messages.push({ role: "user", content: shown });
    return undefined;
  }

  #closeLeading(): void {
    const text = this.#leading.filter((one) => one !== "").join("\n\n");
    this.#leading = [];
    if (text !== "") this.#messages.push({ role: "system", content: text });
  }
}

const isOutput = (item: InputItem): item is InputItem & ToolOutput =>
  isKnownItem(item) && (item.type === "function_call_output" || item.type === "custom_tool_call_output");

const noCallFor = (place: string): Failure =>
  failure("invalid_request", { param: `${place}.call_id`, publicText: `Invalid value for '${place}.call_id': no tool call with this id comes before it` });

/** A single text is written plainly: every provider takes that. */
function contentOf(parts: Parts): string | ChatPart[] {
  const [first] = parts;
  return parts.length === 1 && first?.type === "text" ? first.text : [...parts];
}
