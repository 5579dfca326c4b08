/** Legacy completions of the family: the caller's fields, our model name and cap; the stream passed on with our id. */
import { failureOf, wordsOf } from "../failure-words.ts";
import { EventReader, type StreamEvent } from "../event-reader.ts";
import type { Ask, Reply, StreamPart, Wire } from "../provider.ts";
import { fieldsOf, listOf, textOf, type Fields } from "./fields.ts";
import { finishReasonOf } from "./finish-reason.ts";
import { dialectHeaders } from "./headers.ts";
import { readJsonAnswer } from "./json-wire.ts";
import { operationFailure } from "./operation-failure.ts";
import { isError } from "./stream.ts";
import { reportedCostOf, usageOf } from "./usage.ts";

type CompletionsAsk = Ask<"completions">;

export const completionsWire: Wire<"completions"> = {
  request: (ask, endpoint) => {
    const { stream: _stream, stream_options: options, ...rest } = ask.request;
    const body = {
      ...rest,
      model: ask.model,
      max_tokens: ask.maxOutput,
      ...(ask.stream ? { stream: true, stream_options: { ...fieldsOf(options), include_usage: true } } : {}),
    };
    const headers = dialectHeaders(endpoint, ask.stream ? "text/event-stream" : "application/json");
    return { upstream: { path: "/completions", headers, body: JSON.stringify(body) } };
  },
  response: (body, ask) => readJsonAnswer(body, (answer) => replyOf(answer, ask)),
  reader: (ask) => new CompletionsReader(ask),
  retell,
  failure: operationFailure,
};

const choicesOf = (answer: Fields): readonly Fields[] =>
  listOf(answer["choices"])
    .map(fieldsOf)
    .filter((one) => one !== undefined);

function replyOf(answer: Fields, ask: CompletionsAsk): Reply | string {
  const choices = choicesOf(answer).map((choice, at) => ({
    logprobs: null,
    index: at,
    ...choice,
    text: textOf(choice["text"]) ?? "",
    finish_reason: finishReasonOf(choice["finish_reason"]) ?? "stop",
  }));
  if (choices.length === 0) return "the answer has no choices";
  const reportedCost = reportedCostOf(answer["usage"]);
  return {
    body: { ...answer, id: ask.generationId, object: "text_completion", created: createdOf(answer, ask), model: textOf(answer["model"]) ?? ask.model, choices },
    usage: usageOf(answer["usage"]),
    outputBytes: choices.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
    finishReason: choices[0]?.finish_reason,
    ...(reportedCost === undefined ? {} : { reportedCost }),
  };
}

const createdOf = (answer: Fields, ask: CompletionsAsk): number => (typeof answer["created"] === "number" ? answer["created"] : ask.createdSeconds);

function retell(reply: Reply): readonly StreamPart[] {
  const frame = (choice: Fields): Buffer => Buffer.from(`data: ${JSON.stringify({ ...reply.body, usage: undefined, choices: [choice] })}\n\n`);
  const choices = choicesOf(reply.body);
  return [
    ...choices.map((choice): StreamPart => {
      const bytes = frame({ ...choice, finish_reason: null });
      return { kind: "content", bytes, outputBytes: Buffer.byteLength(String(choice["text"])) };
    }),
    ...choices.map((choice): StreamPart => {
      const reason = String(choice["finish_reason"]);
      return { kind: "finish", bytes: frame({ ...choice, text: "", logprobs: null }), reason };
    }),
    ...(reply.usage === undefined
      ? []
      : [{ kind: "usage" as const, usage: reply.usage, ...(reply.reportedCost === undefined ? {} : { reportedCost: reply.reportedCost }) }]),
    { kind: "done" },
  ];
}

class CompletionsReader extends EventReader {
  readonly #ask: CompletionsAsk;
  /** The finish of each choice, kept until nothing can follow it. */
  readonly #finishes = new Map<number, { readonly frame: string; readonly reason: string }>();

  constructor(ask: CompletionsAsk) {
    super();
    this.#ask = ask;
  }

  protected read({ data, name }: StreamEvent): void {
    if (name === "error" || isError(data)) return this.fail(failureOf(undefined, wordsOf(data), {}));
    const usage = usageOf(data["usage"]);
    const reportedCost = reportedCostOf(data["usage"]);
    for (const [at, choice] of choicesOf(data).entries()) {
      const index = typeof choice["index"] === "number" ? choice["index"] : at;
      const text = textOf(choice["text"]) ?? "";
      const reason = finishReasonOf(choice["finish_reason"]);
      if (reason === "broken") return this.fail({ kind: "unavailable", detail: "the provider ended the stream with an error" });
      if (text !== "") this.send(this.#frame(data, { ...choice, index, text, finish_reason: null }), Buffer.byteLength(text));
      if (reason !== undefined) {
        const frame = this.#frame(data, { ...choice, index, text: "", ...(text === "" ? {} : { logprobs: null }), finish_reason: reason });
        this.#finishes.set(index, { frame, reason });
      }
    }
    if (usage) this.report({ kind: "usage", usage, ...(reportedCost === undefined ? {} : { reportedCost }) });
  }

  protected isWhole(): boolean {
    return this.#finishes.size >= (typeof this.#ask.request["n"] === "number" ? this.#ask.request["n"] : 1);
  }

  protected close(): void {
    for (const { frame, reason } of this.#finishes.values()) this.finished(frame, reason);
    this.done();
  }

  #frame(data: Fields, choice: Fields): string {
    const { usage: _usage, choices: _choices, ...rest } = data;
    const whole = {
      ...rest,
      id: this.#ask.generationId,
      object: "text_completion",
      created: createdOf(data, this.#ask),
      choices: [{ logprobs: null, ...choice }],
    };
    return `data: ${JSON.stringify(whole)}\n\n`;
  }
}
