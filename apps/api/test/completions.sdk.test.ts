/** The official OpenAI SDK's legacy completions against the running server: by a model that completes texts, and by chats. */
import { describe, expect, test } from "vitest";
import type { APIError } from "openai";
import type { Completion, CompletionCreateParamsNonStreaming } from "openai/resources/completions";
import { hasOpenAiSpec, openAiSpec } from "@switchyard/testkit/openai-spec";
import { KEYS, PRICE } from "./gateway-harness.process.ts";
import { readDescriptionFirst, useGateway } from "./use-gateway.ts";

readDescriptionFirst();
const gateway = useGateway();

const asSpecified = (value: unknown): void => {
  if (hasOpenAiSpec) expect(openAiSpec().faultsOf("CreateCompletionResponse", value)).toEqual([]);
};
/** OpenAI describes whole and streamed completions by one schema, which forgets that the reason is null until there is one. */
const asSpecifiedPiece = (piece: Completion): void =>
  asSpecified({ ...piece, choices: piece.choices.map((choice) => ({ ...choice, finish_reason: (choice.finish_reason as string | null) ?? "stop" })) });
const bodySent = (at = 0): Record<string, unknown> => (gateway.main.tally.calls[at]?.body ?? {}) as Record<string, unknown>;
const complete = (more: Partial<CompletionCreateParamsNonStreaming> = {}): Promise<Completion> =>
  gateway.openai().completions.create({ model: "pool", prompt: "Once upon a time", ...more });

async function streamed(model: string, more: object = {}): Promise<Completion[]> {
  const pieces: Completion[] = [];
  for await (const piece of await gateway.openai().completions.create({ model, prompt: "Once", stream: true, ...more })) pieces.push(piece);
  for (const piece of pieces) asSpecifiedPiece(piece);
  return pieces;
}
const textOf = (pieces: readonly Completion[], index = 0): string =>
  pieces.flatMap(({ choices }) => choices.filter((choice) => choice.index === index).map(({ text }) => text)).join("");

describe("a model that only knows chats", () => {
  test("is asked by one, and answers as a completion with the exact cost", async () => {
    gateway.main.next({ kind: "text", text: "there was a signal box.", inputTokens: 7, usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 } });
    const before = await gateway.wallet("acme");
    const answer = await complete({ max_tokens: 50, stop: ["\n"], temperature: 0.5, user: "u" });
    expect(answer).toMatchObject({
      object: "text_completion",
      choices: [{ text: "there was a signal box.", index: 0, finish_reason: "stop", logprobs: null }],
    });
    expect(answer.id).toMatch(/^gen_/);
    asSpecified(answer);
    expect(bodySent()).toMatchObject({
      messages: [{ role: "user", content: "Once upon a time" }],
      max_completion_tokens: 50,
      stop: ["\n"],
      temperature: 0.5,
      user: "u",
    });
    expect(bodySent()).not.toHaveProperty("prompt");
    expect(before.posted - (await gateway.wallet("acme")).posted).toBe(7n * PRICE.main.input + 5n * PRICE.main.output);
  });

  test("answers each of several prompts, each choice in its place, the echo before it", async () => {
    gateway.main.next({ kind: "text", text: "one" }, { kind: "text", text: "two" });
    const answer = await complete({ prompt: ["a:", "b:"], n: 2, echo: true });
    expect(answer.choices.map(({ index, text }) => [index, text])).toEqual([
      [0, "a:one"],
      [1, "a:one"],
      [2, "b:two"],
      [3, "b:two"],
    ]);
    expect(answer.usage?.prompt_tokens).toBe(20);
    asSpecified(answer);
    await gateway.settled();
  });

  test("repeats nothing under an idempotency key, however many prompts there are", async () => {
    const headers = { "idempotency-key": "twice-1" };
    const ask = () => gateway.openai().completions.create({ model: "pool", prompt: ["a", "b"] }, { headers });
    const first = await ask();
    expect((await ask()).choices).toEqual(first.choices);
    expect(gateway.main.tally.calls).toHaveLength(2);
  });

  test("streams in pieces of the same shape, one finish, the usage when it was asked for", async () => {
    gateway.main.next({ kind: "text", text: "there was a box", inputTokens: 9 });
    const pieces = await streamed("pool", { echo: true, stream_options: { include_usage: true } });
    expect(textOf(pieces)).toBe("Oncethere was a box");
    expect(pieces.flatMap(({ choices }) => choices.map(({ finish_reason: reason }) => reason)).filter(Boolean)).toEqual(["stop"]);
    expect(new Set(pieces.map(({ id }) => id)).size).toBe(1);
    expect(pieces.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 4 } });
    expect((await streamed("pool")).every(({ choices }) => choices.length === 1)).toBe(true);
  });

  test("tells logprobs in the old shape", async () => {
    const content = [
      { token: "Hi", logprob: -0.1, bytes: null, top_logprobs: [{ token: "Hi", logprob: -0.1, bytes: null }] },
      { token: "!", logprob: -0.2, bytes: null, top_logprobs: [] },
    ];
    const choices = [{ index: 0, message: { role: "assistant", content: "Hi!" }, logprobs: { content }, finish_reason: "stop" }];
    gateway.main.next({
      kind: "body",
      body: { id: "x", object: "chat.completion", created: 1, model: "m", choices, usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } },
    });
    const answer = await complete({ logprobs: 1 });
    expect(bodySent()).toMatchObject({ logprobs: true, top_logprobs: 1 });
    expect(answer.choices[0]?.logprobs).toEqual({ tokens: ["Hi", "!"], token_logprobs: [-0.1, -0.2], top_logprobs: [{ Hi: -0.1 }, {}], text_offset: [0, 2] });
  });

  test.each([
    [{ suffix: "the end" }, "suffix"],
    [{ prompt: [1, 2, 3] }, "prompt"],
    [{ best_of: 3 }, "best_of"],
    [{ echo: true, logprobs: 1 }, "echo"],
  ])("refuses %j by name, before anything is charged", async (more, param) => {
    const before = await gateway.wallet("acme");
    const error = (await gateway
      .openai()
      .completions.create({ model: "claude/claude-sonnet-4-5", prompt: "x", ...more })
      .catch((thrown: unknown) => thrown)) as APIError;
    expect(error).toMatchObject({ status: 501, type: "not_supported", param });
    expect(await gateway.wallet("acme")).toEqual(before);
    expect(gateway.claude.tally.calls).toHaveLength(0);
  });

  test("that breaks off says so, without [DONE]", async () => {
    gateway.main.next({ kind: "text", tokens: 20, fault: { kind: "reset", at: 5 } });
    const text = await (await gateway.post("/v1/completions", { model: "pool", prompt: "x", stream: true })).text();
    expect(text).toContain('"code":"upstream_incomplete"');
    expect(text).not.toContain("[DONE]");
    await gateway.settled();
  });
});

describe("a model that completes texts", () => {
  const model = "main/davinci-002";

  test("is asked in this wire, with what only it can take", async () => {
    gateway.main.next({ kind: "text", text: "in the middle", inputTokens: 8 });
    const answer = await complete({ model, suffix: "the end", best_of: 2, max_tokens: 20 });
    expect(gateway.main.tally.calls[0]?.path).toMatch(/\/v1\/completions$/);
    expect(bodySent()).toMatchObject({ model: "davinci-002", prompt: "Once upon a time", suffix: "the end", best_of: 2, max_tokens: 20 });
    expect(answer).toMatchObject({ choices: [{ text: "in the middle", finish_reason: "stop" }], usage: { prompt_tokens: 8 } });
    asSpecified(answer);
  });

  test("takes tokens as prompts", async () => {
    await complete({ model, prompt: [[1, 2], [3]] });
    expect([bodySent(0)["prompt"], bodySent(1)["prompt"]]).toEqual([[1, 2], [3]]);
  });

  test("streams with our id and exact charge, also for several prompts and from bytes cut anywhere", async () => {
    gateway.main.next(
      { kind: "text", text: "uno dos", sliceBytes: 1, lineEnding: "\r\n", comments: true, inputTokens: 5 },
      { kind: "text", text: "tres", inputTokens: 5 },
    );
    const before = await gateway.wallet("acme");
    const pieces = await streamed(model, { prompt: ["a", "b"] });
    expect([textOf(pieces, 0), textOf(pieces, 1)]).toEqual(["uno dos", "tres"]);
    expect(new Set(pieces.map(({ id }) => id))).toHaveLength(1);
    expect(pieces.flatMap(({ choices }) => choices.map(({ finish_reason: reason }) => reason)).filter(Boolean)).toEqual(["stop", "stop"]);
    expect(before.posted - (await gateway.wallet("acme")).posted).toBe(10n * PRICE.main.input + 3n * PRICE.main.output);
  });
});

test.each([
  [{}, "prompt"],
  [{ prompt: [] }, "prompt"],
  [{ prompt: { a: 1 } }, "prompt"],
  [{ prompt: "x", logprobs: 9 }, "logprobs"],
  [{ prompt: "x", n: 3, best_of: 2 }, "best_of"],
  [{ prompt: "x", stream_options: {} }, "stream_options"],
  [{ prompt: Array.from({ length: 65 }, () => "x") }, "prompt"],
  [{ prompt: "x", base_url: "https://evil.test" }, "base_url"],
])("%j is refused by the name %s", async (body, param) => {
  const answer = await gateway.post("/v1/completions", { model: "pool", ...body }, { authorization: `Bearer ${KEYS.acme}` });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { param, type: "invalid_request_error" } });
});

test.runIf(hasOpenAiSpec)("models and refusals, too, are as OpenAI describes them", async () => {
  const told = async (path: string, key: string = KEYS.acme, body?: object): Promise<unknown> => {
    const asked = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const answer = await fetch(`${gateway.url}${path}`, { ...asked, headers: { authorization: `Bearer ${key}`, "content-type": "application/json" } });
    return answer.json();
  };
  expect(openAiSpec().faultsOf("ListModelsResponse", await told("/v1/models"))).toEqual([]);
  expect(openAiSpec().faultsOf("Model", await told("/v1/models/main/gpt-4o-mini"))).toEqual([]);
  const prompt = "Once";
  const refusals: readonly (readonly [string, string, object?])[] = [
    ["/v1/models", "sy-nonsense"],
    ["/v1/models/nobody", KEYS.acme],
    ["/v1/completions", KEYS.acme, { prompt }],
    ["/v1/completions", KEYS.poor, { model: "pool", prompt, max_tokens: 1_000, n: 120 }],
    ["/v1/completions", KEYS.disabled, { model: "pool", prompt }],
    ["/v1/completions", KEYS.acme, { model: "claude/claude-sonnet-4-5", prompt, suffix: "end" }],
    ["/v1/nothing", KEYS.acme],
  ];
  for (const refusal of refusals) expect(openAiSpec().faultsOf("ErrorResponse", await told(...refusal)), refusal[0]).toEqual([]);
});
