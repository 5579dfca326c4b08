/** Tells a chat's answer, whole or frame by frame, as Google's candidates. */
import { completionTokensOf, promptTokensOf, type Usage } from "@switchyard/shared/domain/usage";
import { reasoningDetailsOf, REASONING_FORMATS } from "@switchyard/shared/wire/reasoning-details";

type Fields = Readonly<Record<string, unknown>>;
type GoogleFields = Record<string, unknown>;

const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});
const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** Members of the family name the same thought differently. */
const thoughtOf = (said: Fields): string => textOf(said["reasoning_content"]) || textOf(said["reasoning"]);

const REASONS: Readonly<Record<string, string>> = { stop: "STOP", tool_calls: "STOP", function_call: "STOP", length: "MAX_TOKENS", content_filter: "SAFETY" };
const reasonOf = (finish: unknown): string | undefined => (typeof finish === "string" ? (REASONS[finish] ?? "OTHER") : undefined);

/** The tokens of a call as Google counts them. */
export const usageMetadataOf = (usage: Usage): GoogleFields => ({
  promptTokenCount: promptTokensOf(usage),
  ...(usage.cachedInput > 0 ? { cachedContentTokenCount: usage.cachedInput } : {}),
  candidatesTokenCount: completionTokensOf(usage) - usage.reasoning,
  ...(usage.reasoning > 0 ? { thoughtsTokenCount: usage.reasoning } : {}),
  totalTokenCount: promptTokensOf(usage) + completionTokensOf(usage),
});

/** A signature that goes with a call, or with what was said. */
function signatureFor(message: Fields, callId: string | undefined): GoogleFields {
  for (const detail of reasoningDetailsOf(message["reasoning_details"]))
    if (detail.type === "reasoning.encrypted" && detail.format === REASONING_FORMATS.google && detail.id === callId) return { thoughtSignature: detail.data };
  return {};
}

function callPart(call: Fields, message: Fields): GoogleFields {
  const called = fieldsOf(call["function"]);
  const id = textOf(call["id"]);
  return {
    functionCall: { ...(id === "" ? {} : { id }), name: textOf(called["name"]), args: argumentsOf(textOf(called["arguments"])) },
    ...signatureFor(message, id),
  };
}

/** Google's arguments are an object; a text that is none is kept where its caller can see it. */
function argumentsOf(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : { value };
  } catch {
    return { malformed: text };
  }
}

function candidateOf(choice: Fields, parts: readonly GoogleFields[], finish: string | undefined): GoogleFields {
  return {
    content: { role: "model", parts },
    ...(finish === undefined ? {} : { finishReason: finish }),
    index: typeof choice["index"] === "number" ? choice["index"] : 0,
  };
}

/** @param body a `chat.completion` */
export function generateAnswerOf(body: Fields, { usage, id, model }: { readonly usage: Usage; readonly id: string; readonly model: string }): GoogleFields {
  const candidates = listOf(body["choices"]).map((choice) => {
    const message = fieldsOf(choice["message"]);
    const thought = thoughtOf(message);
    const said = textOf(message["content"]) || textOf(message["refusal"]);
    const parts = [
      ...(thought === "" ? [] : [{ text: thought, thought: true }]),
      ...(said === "" ? [] : [{ text: said, ...signatureFor(message, undefined) }]),
      ...listOf(message["tool_calls"]).map((call) => callPart(call, message)),
    ];
    return candidateOf(choice, parts, reasonOf(choice["finish_reason"]));
  });
  return { candidates, usageMetadata: usageMetadataOf(usage), modelVersion: model, responseId: id };
}

/** What a choice has said so far that cannot be told yet: Google tells a call whole. */
interface ChoiceState {
  readonly calls: { id: string; name: string; arguments: string }[];
  readonly details: Fields[];
  finish: string | undefined;
}

/** Folds chat frames into Google's pieces. The last piece carries the finish reasons and the usage. */
export class GenerateStream {
  readonly #id: string;
  readonly #model: string;
  readonly #choices = new Map<number, ChoiceState>();

  constructor(answer: { readonly id: string; readonly model: string }) {
    this.#id = answer.id;
    this.#model = answer.model;
  }

  /** @param frames whole SSE frames of chat chunks @returns pieces to send, in order */
  push(frames: Buffer): GoogleFields[] {
    const pieces: GoogleFields[] = [];
    for (const line of frames.toString("utf8").split("\n")) {
      if (!line.startsWith("data: {")) continue;
      for (const choice of listOf((JSON.parse(line.slice(6)) as Fields)["choices"])) {
        const parts = this.#tell(choice);
        if (parts.length > 0) pieces.push(this.#piece([candidateOf(choice, parts, undefined)]));
      }
    }
    return pieces;
  }

  /** The end of a whole stream. */
  end(usage: Usage): GoogleFields {
    const candidates = [...this.#choices].map(([index, { calls, details, finish }]) => {
      const message = { reasoning_details: details };
      const parts = calls.map((call) => callPart({ id: call.id, function: { name: call.name, arguments: call.arguments } }, message));
      return candidateOf({ index }, parts.length > 0 ? parts : [{ text: "", ...signatureFor(message, undefined) }], finish ?? "STOP");
    });
    return { ...this.#piece(candidates), usageMetadata: usageMetadataOf(usage) };
  }

  #piece(candidates: readonly GoogleFields[]): GoogleFields {
    return { candidates, modelVersion: this.#model, responseId: this.#id };
  }

  #tell(choice: Fields): GoogleFields[] {
    const index = typeof choice["index"] === "number" ? choice["index"] : 0;
    let state = this.#choices.get(index);
    if (!state) this.#choices.set(index, (state = { calls: [], details: [], finish: undefined }));
    const delta = fieldsOf(choice["delta"]);
    state.finish = reasonOf(choice["finish_reason"]) ?? state.finish;
    state.details.push(...listOf(delta["reasoning_details"]));
    for (const [at, call] of listOf(delta["tool_calls"]).entries()) {
      const place = typeof call["index"] === "number" ? call["index"] : at;
      const known = (state.calls[place] ??= { id: "", name: "", arguments: "" });
      const called = fieldsOf(call["function"]);
      known.id ||= textOf(call["id"]);
      known.name += textOf(called["name"]);
      known.arguments += textOf(called["arguments"]);
    }
    const thought = thoughtOf(delta);
    const said = textOf(delta["content"]) || textOf(delta["refusal"]);
    return [...(thought === "" ? [] : [{ text: thought, thought: true }]), ...(said === "" ? [] : [{ text: said }])];
  }
}
