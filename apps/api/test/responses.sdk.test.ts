/** The official OpenAI SDK's Responses against the running server, in front of providers that speak chat. */
import { describe, expect, test } from "vitest";
import { APIError, BadRequestError, InternalServerError, NotFoundError, RateLimitError } from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import type { Response as OpenAiResponse, ResponseInputItem, ResponseStreamEvent } from "openai/resources/responses/responses";
import * as z from "zod";
import { hasOpenAiSpec, openAiSpec } from "@switchyard/testkit/openai-spec";
import { KEYS, PRICE, testConfig } from "./gateway-harness.process.ts";
import { readDescriptionFirst, useGateway } from "./use-gateway.ts";

/** The same providers, of a kind that does not speak Responses itself. */
const chatOnly: typeof testConfig = (...fakes) => {
  const config = testConfig(...fakes);
  const providers = config["providers"] as { kind: string }[];
  return { ...config, providers: providers.map((one) => (one.kind === "openai" ? { ...one, kind: "openai-compatible" } : one)) };
};

readDescriptionFirst();
const gateway = useGateway({}, chatOnly);

const CLAUDE = "claude/claude-sonnet-4-5";
const WEATHER = { type: "function" as const, name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } }, strict: false };

async function collect(stream: AsyncIterable<ResponseStreamEvent>): Promise<ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}
const costOf = (response: OpenAiResponse): string | undefined => (response.usage as unknown as { cost?: string } | undefined)?.cost;
const asSpecified = (schema: string, value: unknown): void => {
  if (hasOpenAiSpec) expect(openAiSpec().faultsOf(schema, value)).toEqual([]);
};
const failureOf = async (call: Promise<unknown>): Promise<APIError> => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(APIError);
  return error as APIError;
};
const bodySent = (at: number): Record<string, unknown> => (gateway.main.tally.calls[at]?.body ?? {}) as Record<string, unknown>;
const messagesSent = (at = 0): unknown => bodySent(at)["messages"];

describe("a whole answer", () => {
  test("is a response object with the exact cost", async () => {
    gateway.main.next({
      kind: "text",
      text: "Hello there.",
      inputTokens: 12,
      reasoning: "hm hm",
      usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
    });
    const before = await gateway.wallet("acme");
    const { data, response } = await gateway.openai().responses.create({ model: "pool", instructions: "Be kind.", input: "Say hello" }).withResponse();
    expect(data.output_text).toBe("Hello there.");
    expect(data.id).toBe(response.headers.get("x-generation-id"));
    expect(data).toMatchObject({ status: "completed", model: "gpt-4o-mini", store: true, usage: { input_tokens: 12, output_tokens: 3, total_tokens: 15 } });
    expect(data.output.map(({ type }) => type)).toEqual(["reasoning", "message"]);
    const { output_text: _sdk, ...sent } = data;
    asSpecified("Response", sent);
    const cost = 12n * PRICE.main.input + 3n * PRICE.main.output;
    expect(costOf(data)).toBe("0.000042");
    expect(before.posted - (await gateway.wallet("acme")).posted).toBe(cost);
    expect(messagesSent()).toEqual([
      { role: "system", content: "Be kind." },
      { role: "user", content: "Say hello" },
    ]);
  });

  test("that was cut by the cap is incomplete, and the cap is the caller's", async () => {
    gateway.main.next({ kind: "text", tokens: 50 });
    const answer = await gateway.openai().responses.create({ model: "pool", input: "x", max_output_tokens: 5 });
    expect(answer).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" }, usage: { output_tokens: 5 } });
  });

  test("is parsed by the SDK from a schema", async () => {
    gateway.main.next({ kind: "text", text: '{"city":"Bern"}' });
    const parsed = await gateway
      .openai()
      .responses.parse({ model: "pool", input: "x", text: { format: zodTextFormat(z.object({ city: z.string() }), "place") } });
    expect(parsed.output_parsed).toEqual({ city: "Bern" });
    expect(gateway.main.tally.calls[0]?.body).toMatchObject({ response_format: { type: "json_schema", json_schema: { name: "place", strict: true } } });
  });
});

describe("a streamed answer", () => {
  test.each(["pool", CLAUDE])("of %s is the whole sequence, each event as OpenAI describes it", async (model) => {
    for (const fake of [gateway.main, gateway.claude]) fake.next({ kind: "text", text: "Grüezi, 你好 👋", inputTokens: 9, sliceBytes: 3 });
    const events = await collect(await gateway.openai().responses.create({ model, input: "Say hello", stream: true }));
    for (const event of events) asSpecified("ResponseStreamEvent", event);
    const types = [...new Set(events.map(({ type }) => type))];
    expect(types).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, at) => at));
    const last = events.at(-1);
    if (last?.type !== "response.completed") throw new Error("no end");
    expect(last.response.output[0]).toMatchObject({ type: "message", content: [{ text: "Grüezi, 你好 👋" }] });
    expect(costOf(last.response)).toMatch(/^0\.0\d+$/);
  });

  test("is put together by the SDK's helper", async () => {
    gateway.main.next({ kind: "text", text: "one two three", reasoning: "let me think" });
    const stream = gateway.openai().responses.stream({ model: "pool", input: "count" });
    let deltas = "";
    stream.on("response.output_text.delta", (event) => (deltas += event.delta));
    const final = await stream.finalResponse();
    expect(deltas).toBe("one two three");
    expect(final.output_text).toBe("one two three");
  });

  test("that broke off says so twice: an error, then a failed response; what came is charged", async () => {
    gateway.main.next({ kind: "text", tokens: 20, fault: { kind: "reset", at: 8 } });
    const answer = await gateway.post("/v1/responses", { model: "pool", input: "x", stream: true });
    const text = await answer.text();
    const tail = text.trimEnd().split("\n\n").slice(-2);
    expect(tail[0]).toMatch(/^event: error\n/);
    expect(tail[1]).toMatch(/^event: response\.failed\n/);
    const failed = JSON.parse((tail[1] ?? "").split("data: ")[1] ?? "") as { response: { status: string; error: { code: string } } };
    expect(failed.response).toMatchObject({ status: "failed", error: { code: "server_error" } });
    expect(text).not.toContain("response.completed");
    expect(text).not.toContain("[DONE]");
    await gateway.settled();
    gateway.main.next({ kind: "text", tokens: 20, fault: { kind: "reset", at: 8 } });
    const thrown = await failureOf(gateway.openai().responses.create({ model: "pool", input: "x", stream: true }).then(collect));
    expect(thrown.message).toContain("broke off");
  });

  test("fails over before the first word, as every call does", async () => {
    gateway.main.next({ kind: "status", status: 529 });
    gateway.spare.next({ kind: "text", text: "from the spare" });
    const { data, response } = await gateway.openai().responses.create({ model: "pool", input: "x" }).withResponse();
    expect(data.output_text).toBe("from the spare");
    expect(response.headers.get("x-switchyard-attempts")).toBe("2");
  });

  test("can be called off by its owner and by nobody else", async () => {
    gateway.main.next({ kind: "text", tokens: 400, frameDelayMs: 10 });
    const stream = await gateway.openai().responses.create({ model: "pool", input: "x", stream: true, max_output_tokens: 400 });
    let id = "";
    const ended = (async (): Promise<APIError> => {
      const read = async (): Promise<void> => {
        for await (const event of stream) if (event.type === "response.created") id = event.response.id;
      };
      return failureOf(read());
    })();
    await expect.poll(() => id).not.toBe("");
    await expect(gateway.openai(KEYS.other).responses.cancel(id)).rejects.toBeInstanceOf(NotFoundError);
    const cancelled = await gateway.openai().responses.cancel(id);
    expect(cancelled).toMatchObject({ id, status: "cancelled" });
    expect((await ended).message).toContain("cancelled");
    await gateway.main.until((tally) => tally.aborted === 1);
    await gateway.settled();
  });

  test("is no abort when the client leaves after the last event", async () => {
    gateway.main.next({ kind: "text", tokens: 5 });
    const stream = await gateway.openai().responses.create({ model: "pool", input: "x", stream: true });
    let id = "";
    for await (const event of stream) {
      if (event.type !== "response.completed") continue;
      id = event.response.id;
      break;
    }
    await gateway.settled();
    const call = (await (await fetch(`${gateway.url}/v1/generation?id=${id}`, { headers: { authorization: `Bearer ${KEYS.acme}` } })).json()) as object;
    expect(call).toMatchObject({ surface: "responses", outcome: "answered", tokens: { basis: "usage" } });
  });
});

describe("tools", () => {
  test.each(["pool", CLAUDE])("are called in parallel by %s, and their results go back", async (model) => {
    const calls = [
      { name: "get_weather", arguments: '{"city":"Zürich"}' },
      { name: "get_weather", arguments: '{"city":"東京"}' },
    ];
    const fake = model === "pool" ? gateway.main : gateway.claude;
    fake.next({ kind: "tools", calls, argumentPiece: 3 });
    const input: ResponseInputItem[] = [{ role: "user", content: "weather?" }];
    const first = await gateway
      .openai()
      .responses.stream({ model, input, tools: [WEATHER], store: false })
      .finalResponse();
    const called = first.output.filter((item) => item.type === "function_call");
    expect(called.map((item) => item.arguments)).toEqual(calls.map((call) => call.arguments));
    fake.next({ kind: "text", text: "Sunny." });
    input.push(
      ...(first.output as ResponseInputItem[]),
      ...called.map((item) => ({ type: "function_call_output" as const, call_id: item.call_id, output: "sunny" })),
    );
    const second = await gateway.openai().responses.create({ model, input, tools: [WEATHER], store: false });
    expect(second.output_text).toBe("Sunny.");
    if (model !== "pool") return;
    expect(messagesSent(1)).toMatchObject([
      { role: "user" },
      { role: "assistant", tool_calls: [{ function: { arguments: calls[0]?.arguments } }, { function: { arguments: calls[1]?.arguments } }] },
      { role: "tool", tool_call_id: called[0]?.call_id, content: "sunny" },
      { role: "tool", tool_call_id: called[1]?.call_id, content: "sunny" },
    ]);
  });

  test("that only OpenAI could run are left out, and the answer says so", async () => {
    const { data, response } = await gateway
      .openai()
      .responses.create({ model: "pool", input: "x", tools: [{ type: "web_search" }, WEATHER] })
      .withResponse();
    expect(response.headers.get("x-switchyard-dropped")).toBe("tools[0]");
    expect(data.tools).toHaveLength(2);
    expect(bodySent(0)["tools"]).toHaveLength(1);
  });
});

describe("effort", () => {
  test("is left out where the model does not think, and the answer says so", async () => {
    const { response } = await gateway
      .openai()
      .responses.create({ model: "pool", input: "x", reasoning: { effort: "high" } })
      .withResponse();
    expect(response.headers.get("x-switchyard-dropped")).toBe("reasoning.effort");
    expect(bodySent(0)).not.toHaveProperty("reasoning_effort");
  });
});

describe("kept responses", () => {
  test("are gone on from, whoever answers next", async () => {
    const openai = gateway.openai();
    gateway.main.next({ kind: "text", text: "I am Ada." });
    const first = await openai.responses.create({ model: "pool", instructions: "Only now.", input: "Who are you?" });
    gateway.claude.next({ kind: "text", text: "I said Ada." });
    const second = await openai.responses.stream({ model: CLAUDE, previous_response_id: first.id, input: "Who?" }).finalResponse();
    expect(second.previous_response_id).toBe(first.id);
    gateway.main.next({ kind: "text", text: "Ada!" });
    await openai.responses.create({ model: "pool", previous_response_id: second.id, input: "Again?" });
    expect(messagesSent(1)).toEqual([
      { role: "user", content: "Who are you?" },
      { role: "assistant", content: "I am Ada." },
      { role: "user", content: "Who?" },
      { role: "assistant", content: "I said Ada." },
      { role: "user", content: "Again?" },
    ]);
  });

  test("give their items to whoever names one by its id", async () => {
    gateway.main.next({ kind: "text", text: "Remember me." });
    const first = await gateway.openai().responses.create({ model: "pool", input: "x" });
    const item = first.output[0];
    const input = [
      { role: "user" as const, content: "x" },
      { type: "item_reference" as const, id: item?.id ?? "" },
      { role: "user" as const, content: "y" },
    ];
    await gateway.openai().responses.create({ model: "pool", input });
    expect(messagesSent(1)).toMatchObject([{ role: "user" }, { role: "assistant", content: "Remember me." }, { role: "user" }]);
    const foreign = await failureOf(gateway.openai(KEYS.other).responses.create({ model: "pool", input }));
    expect(foreign).toBeInstanceOf(NotFoundError);
    expect(foreign.param).toBe("input[1].id");
  });

  test("are retrieved, listed and deleted by their own workspace; to others they do not exist", async () => {
    const openai = gateway.openai();
    const input = [
      { role: "user" as const, content: "one" },
      { role: "user" as const, content: [{ type: "input_text" as const, text: "two" }] },
    ];
    const made = await openai.responses.create({ model: "pool", input, metadata: { a: "1" } });
    const found = await openai.responses.retrieve(made.id);
    expect(found).toEqual(made);
    asSpecified("Response", JSON.parse(JSON.stringify({ ...found, output_text: undefined })));
    const items = await openai.responses.inputItems.list(made.id, { order: "asc", limit: 1 });
    expect(items.data).toMatchObject([{ type: "message", role: "user", content: [{ type: "input_text", text: "one" }] }]);
    const all = [];
    for await (const item of openai.responses.inputItems.list(made.id, { order: "asc", limit: 1 })) all.push(item);
    expect(all).toHaveLength(2);
    const raw: unknown = await (await fetch(`${gateway.url}/v1/responses/${made.id}/input_items`, { headers: { "x-api-key": KEYS.acme } })).json();
    asSpecified("ResponseItemList", raw);

    const others = gateway.openai(KEYS.other);
    const { responses } = others;
    for (const call of ["retrieve", "delete", "cancel"] as const) expect(await failureOf(responses[call](made.id))).toBeInstanceOf(NotFoundError);
    expect(await failureOf(responses.inputItems.list(made.id).then((page) => page.data))).toBeInstanceOf(NotFoundError);
    const theirs = await failureOf(others.responses.create({ model: "pool", input: "x", previous_response_id: made.id }));
    const nobodys = await failureOf(others.responses.create({ model: "pool", input: "x", previous_response_id: "gen_00000000000000000000000001" }));
    expect(theirs).toMatchObject({ status: 404, code: "previous_response_not_found", param: "previous_response_id" });
    expect(theirs.message).toBe(nobodys.message);

    await expect(openai.responses.cancel(made.id)).rejects.toBeInstanceOf(BadRequestError);
    await openai.responses.delete(made.id);
    await expect(openai.responses.retrieve(made.id)).rejects.toBeInstanceOf(NotFoundError);
    await expect(openai.responses.delete(made.id)).rejects.toBeInstanceOf(NotFoundError);
  });

  test("are not kept when the caller does not want it, and a conversation with a hole is refused", async () => {
    const openai = gateway.openai();
    const unkept = await openai.responses.create({ model: "pool", input: "x", store: false });
    expect(unkept).toMatchObject({ store: false });
    await expect(openai.responses.retrieve(unkept.id)).rejects.toBeInstanceOf(NotFoundError);
    const one = await openai.responses.create({ model: "pool", input: "one" });
    const two = await openai.responses.create({ model: "pool", input: "two", previous_response_id: one.id });
    await openai.responses.delete(one.id);
    const refused = await failureOf(openai.responses.create({ model: "pool", input: "three", previous_response_id: two.id }));
    expect(refused).toMatchObject({ status: 404, code: "previous_response_not_found" });
    expect(refused.message).toContain("deleted");
  });

  test("are kept once, when the same answer is asked for again under its idempotency key", async () => {
    const ask = () =>
      gateway
        .openai()
        .responses.create({ model: "pool", input: "x" }, { headers: { "idempotency-key": "once-1" } })
        .withResponse();
    const first = await ask();
    const again = await ask();
    expect(again.response.headers.get("idempotent-replayed")).toBe("true");
    expect(again.data).toMatchObject({ id: first.data.id, store: true, output: first.data.output });
    expect(gateway.main.tally.calls).toHaveLength(1);
    expect((await gateway.openai().responses.retrieve(first.data.id)).id).toBe(first.data.id);
  });

  test("hold any text, NUL and halves of characters included", async () => {
    const input = "a\u0000b\ud800c";
    const made = await gateway.openai().responses.create({ model: "pool", input });
    expect(made).toMatchObject({ store: true });
    const { data } = await gateway.openai().responses.inputItems.list(made.id);
    expect(JSON.stringify(data[0])).toContain("a\\u0000b");
  });
});

describe("refusals", () => {
  test("are the SDK's own classes, each with what to do", async () => {
    const openai = gateway.openai();
    const bad = await failureOf(openai.responses.create({ model: "pool", input: "x", temperature: 3 }));
    expect(bad).toMatchObject({ status: 400, param: "temperature" });
    expect(await failureOf(openai.responses.create({ model: "nobody-has-this", input: "x" }))).toBeInstanceOf(NotFoundError);
    const template = await failureOf(openai.responses.create({ model: "pool", input: "x", prompt: { id: "pmpt_1" } }));
    expect(template).toBeInstanceOf(InternalServerError);
    expect(template).toMatchObject({ status: 501, param: "prompt", type: "not_supported" });
    expect(template.headers?.get("x-should-retry")).toBe("false");
  });

  test("a broke wallet is 402 with a sentence, at once and without a provider", async () => {
    const asked = gateway.openai(KEYS.poor).responses.create({ model: "pool", input: "x ".repeat(200_000), stream: true });
    const refused = await failureOf(asked);
    expect(refused).toMatchObject({ status: 402, type: "insufficient_quota", code: "insufficient_credits" });
    expect(refused.message).toContain("Top up");
    expect(gateway.main.tally.calls).toHaveLength(0);
  });

  test("a limit is 429 with a whole number of seconds and of milliseconds to wait", async () => {
    const limited = gateway.openai(KEYS.limited);
    for (let i = 0; i < 5; i++) await limited.responses.create({ model: "pool", input: "x", store: false });
    const refused = await failureOf(limited.responses.create({ model: "pool", input: "x", stream: true }));
    expect(refused).toBeInstanceOf(RateLimitError);
    const seconds = refused.headers?.get("retry-after") ?? "";
    expect(seconds).toMatch(/^[1-9]\d?$/);
    expect(Number(refused.headers?.get("retry-after-ms"))).toBeGreaterThan((Number(seconds) - 1) * 1000);
  });
});
