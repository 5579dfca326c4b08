/** Folds Gemini's stream of partial answers into OpenAI's chunks. */
import { producedBytes } from "../openai-dialect/delta.ts";
import { fieldsOf, listOf, textOf, type Fields } from "../openai-dialect/fields.ts";
import { mayBeEmpty } from "../openai-dialect/finish-reason.ts";
import { chunkFrame } from "../openai-dialect/stream.ts";
import { EventReader, type StreamEvent } from "../event-reader.ts";
import type { ChatAsk, StreamReader } from "../provider.ts";
import { closingDeltas, deltasOf, newCandidate, type CandidateState } from "./candidate.ts";
import { blockedPrompt, googleErrorEvent } from "./failure.ts";
import { finishReasonOf } from "./finish-reason.ts";
import { logprobsOf } from "./logprobs.ts";
import { usageOf } from "./usage.ts";

/** A picture comes within one event. */
const EVENT_BYTES_MAX = 24 * 1024 * 1024;
const CANDIDATES_MAX = 8;

export const googleReader = (ask: ChatAsk): StreamReader => new GoogleReader(ask);

interface Candidate {
  readonly state: CandidateState;
  reason: string | undefined;
}

class GoogleReader extends EventReader {
  readonly #ask: ChatAsk;
  readonly #candidates = new Map<number, Candidate>();
  #model: string;

  constructor(ask: ChatAsk) {
    super(EVENT_BYTES_MAX);
    this.#ask = ask;
    this.#model = ask.model;
  }

  protected read({ data }: StreamEvent): void {
    if (fieldsOf(data["error"])) return this.fail(googleErrorEvent(data));
    this.#model = textOf(data["modelVersion"]) ?? this.#model;
    const blocked = this.#candidates.size === 0 ? blockedPrompt(data["promptFeedback"]) : undefined;
    if (blocked) return this.fail(blocked);
    for (const [position, value] of listOf(data["candidates"]).entries()) {
      this.#readCandidate(fieldsOf(value) ?? {}, position);
      if (this.ended) return;
    }
    const usage = usageOf(data["usageMetadata"]);
    if (usage) this.report({ kind: "usage", usage });
  }

  #readCandidate(fields: Fields, position: number): void {
    const candidate = this.#candidateOf(fields["index"], position);
    if (candidate === undefined) return this.fail({ kind: "protocol", detail: "the stream has too many candidates" });
    const { state } = candidate;
    const logprobs = logprobsOf(fields["logprobsResult"]);
    const deltas = listOf(fieldsOf(fields["content"])?.["parts"]).flatMap((part) => deltasOf(fieldsOf(part) ?? {}, state));
    for (const [at, delta] of deltas.entries()) this.#say(state, delta, at === 0 ? logprobs : undefined);
    const reason = finishReasonOf(fields["finishReason"], state.toolCount > 0);
    if (reason === "broken") return this.fail({ kind: "unavailable", detail: `the model gave up: ${String(fields["finishReason"])}` });
    candidate.reason = reason ?? candidate.reason;
  }

  #candidateOf(told: unknown, position: number): Candidate | undefined {
    const index = typeof told === "number" && Number.isInteger(told) && told >= 0 ? told : position;
    const known = this.#candidates.get(index);
    if (known || index >= CANDIDATES_MAX) return known;
    const candidate = { state: newCandidate(index, this.#ask.generationId), reason: undefined };
    this.#candidates.set(index, candidate);
    this.send(this.#frame(index, { role: "assistant", content: "" }, null));
    return candidate;
  }

  /** A signature by itself is no content: it does not end the search for a target that answers. */
  #say(state: CandidateState, delta: Fields, logprobs?: Fields): void {
    const isContent = "content" in delta || "reasoning_content" in delta || "tool_calls" in delta || "images" in delta;
    this.send(this.#frame(state.index, delta, null, logprobs), isContent ? producedBytes(delta) : undefined);
  }

  protected isWhole(): boolean {
    let ended = 0;
    for (const { reason } of this.#candidates.values()) {
      if (reason === undefined) return false;
      ended += 1;
    }
    return ended >= (this.#ask.request.n ?? 1);
  }

  protected close(): void {
    const candidates = [...this.#candidates.values()].toSorted((a, b) => a.state.index - b.state.index);
    for (const { state } of candidates) for (const delta of closingDeltas(state)) this.#say(state, delta);
    if (!this.sawContent && !candidates.every(({ reason }) => mayBeEmpty(reason))) {
      return this.fail({ kind: "empty", detail: "the stream holds no content" });
    }
    for (const { state, reason } of candidates) {
      // A call may have come after the reason was told.
      const told = reason === "stop" && state.toolCount > 0 ? "tool_calls" : (reason ?? "stop");
      this.finished(this.#frame(state.index, {}, told), told);
    }
    this.done();
  }

  #frame(index: number, delta: Fields, reason: string | null, logprobs?: Fields): string {
    const choices = [{ index, delta, logprobs: logprobs ?? null, finish_reason: reason }];
    return chunkFrame({ id: this.#ask.generationId, object: "chat.completion.chunk", created: this.#ask.createdSeconds, model: this.#model, choices });
  }
}
