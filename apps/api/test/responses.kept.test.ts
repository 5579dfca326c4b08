/** Responses that run without their caller and conversations that are kept here, driven by OpenAI's SDK against the running server. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { APIError, BadRequestError, NotFoundError } from "openai";
import type { Response as OpenAiResponse, ResponseStreamEvent } from "openai/resources/responses/responses";
import { createGate } from "@switchyard/testkit/fake-script";
import { hasOpenAiSpec, openAiSpec } from "@switchyard/testkit/openai-spec";
import { KEYS, PRICE, startGateway, type Gateway } from "./gateway-harness.process.ts";

let gateway: Gateway;
beforeAll(async () => {
  // Takes seconds, in which no connection is served.
  if (hasOpenAiSpec) openAiSpec();
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway?.close();
});
beforeEach(() => gateway.resetFakes());

/** One that is asked in a chat, and one that speaks Responses itself. */
const MODELS = ["claude/claude-sonnet-4-5", "main/gpt-4o-mini"];
const fakeOf = (model: string) => (model.startsWith("claude") ? gateway.claude : gateway.main);

const asSpecified = (schema: string, value: unknown): void => {
  if (hasOpenAiSpec) expect(openAiSpec().faultsOf(schema, JSON.parse(JSON.stringify({ ...(value as object), output_text: undefined })))).toEqual([]);
};
const retrieved = (id: string): Promise<OpenAiResponse> => gateway.openai().responses.retrieve(id);
async function ended(id: string): Promise<OpenAiResponse> {
  await expect.poll(async () => (await retrieved(id)).status, { timeout: 20_000 }).not.toMatch(/queued|in_progress/);
  return retrieved(id);
}
async function collect(stream: AsyncIterable<ResponseStreamEvent>, most = Number.MAX_SAFE_INTEGER): Promise<ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = [];
  for await (const event of stream) if (events.push(event) >= most) break;
  return events;
}
const failureOf = async (call: Promise<unknown>): Promise<APIError> => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(APIError);
  return error as APIError;
};

describe.each(MODELS)("in the background, %s", (model) => {
  test("answers after its caller has gone, and is charged exactly", async () => {
    const gate = createGate();
    fakeOf(model).next({ kind: "text", text: "Here it is.", inputTokens: 12, wait: { at: "before-headers", gate } });
    const before = await gateway.wallet("acme");
    const { data: begun, response } = await gateway.openai().responses.create({ model, input: "Take your time", background: true }).withResponse();
    expect(begun).toMatchObject({ status: "queued", background: true, output: [] });
    expect(begun.id).toBe(response.headers.get("x-generation-id"));
    asSpecified("Response", begun);
    await gate.reached;
    expect(await retrieved(begun.id)).toMatchObject({ status: "queued", created_at: begun.created_at });
    expect((await gateway.wallet("acme")).held).toBeGreaterThan(0n);
    gate.open();
    const done = await ended(begun.id);
    expect(done).toMatchObject({ id: begun.id, status: "completed", background: true, created_at: begun.created_at, usage: { input_tokens: 12 } });
    expect(done.output_text).toBe("Here it is.");
    asSpecified("Response", done);
    const price = model.startsWith("claude") ? PRICE.spare : PRICE.main;
    const cost = 12n * price.input + BigInt(done.usage?.output_tokens ?? 0) * price.output;
    expect(before.posted - (await gateway.wallet("acme")).posted).toBe(cost);
    await gateway.settled();
    // It can be gone on from like any other, and named items are found.
    fakeOf(model).next({ kind: "text", text: "And more." });
    const next = await gateway.openai().responses.create({ model, input: "Go on", previous_response_id: begun.id });
    expect(next.output_text).toBe("And more.");
  });

  test("is called off by its workspace alone, again and again", async () => {
    fakeOf(model).next({ kind: "text", tokens: 400, frameDelayMs: 20 });
    const { id } = await gateway.openai().responses.create({ model, input: "x", background: true, max_output_tokens: 500 });
    await expect.poll(async () => (await retrieved(id)).status).toBe("in_progress");
    expect(await failureOf(gateway.openai(KEYS.other).responses.cancel(id))).toBeInstanceOf(NotFoundError);
    const early = await failureOf(gateway.openai().responses.create({ model, input: "y", previous_response_id: id }));
    expect(early).toMatchObject({ status: 400, param: "previous_response_id" });
    const cancelled = await gateway.openai().responses.cancel(id);
    expect(cancelled).toMatchObject({ id, status: "cancelled", background: true });
    asSpecified("Response", cancelled);
    expect(await gateway.openai().responses.cancel(id)).toEqual(cancelled);
    expect(await retrieved(id)).toMatchObject({ ...cancelled });
    // What had come by then is there, where we tell the events ourselves.
    if (model.startsWith("claude")) expect((await retrieved(id)).output_text).not.toBe("");
    await fakeOf(model).until((tally) => tally.aborted === 1);
    await gateway.settled();
  });

  test("streams to whoever listens, and goes on for whoever comes back", async () => {
    fakeOf(model).next({ kind: "text", tokens: 30, frameDelayMs: 15 });
    const first = await collect(await gateway.openai().responses.create({ model, input: "x", background: true, stream: true }), 6);
    const [created] = first;
    if (created?.type !== "response.created") throw new Error("no beginning");
    const { id } = created.response;
    const last = first.at(-1)?.sequence_number ?? 0;
    const rest = await collect(await gateway.openai().responses.retrieve(id, { stream: true, starting_after: last }));
    const events = [...first, ...rest];
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, at) => at));
    // What a provider says itself is passed on.
    if (model.startsWith("claude")) for (const event of events) asSpecified("ResponseStreamEvent", event);
    const end = events.at(-1);
    if (end?.type !== "response.completed") throw new Error("no end");
    const { response } = end;
    expect(await retrieved(id)).toMatchObject({ status: "completed", usage: response.usage, output: response.output });
    const text = events.flatMap((event) => (event.type === "response.output_text.delta" ? [event.delta] : [])).join("");
    expect(text).toBe((await retrieved(id)).output_text);
    const again = await collect(await gateway.openai().responses.retrieve(id, { stream: true }));
    expect(again).toEqual(events);
    expect((await gateway.openai().responses.stream({ response_id: id }).finalResponse()).output_text).toBe(text);
    await gateway.settled();
  });

  test("that breaks off has failed, with what came", async () => {
    fakeOf(model).next({ kind: "text", tokens: 20, fault: { kind: "reset", at: 8 } });
    const { id } = await gateway.openai().responses.create({ model, input: "x", background: true });
    expect(await ended(id)).toMatchObject({ status: "failed", error: { code: "server_error" } });
    const next = await failureOf(gateway.openai().responses.create({ model, input: "y", previous_response_id: id }));
    expect(next).toMatchObject({ status: 400, param: "previous_response_id" });
    await gateway.settled();
  });
});

/** What the items of a conversation say, first to last. */
async function wordsOf(id: string): Promise<string[]> {
  const words: string[] = [];
  for await (const item of gateway.openai().conversations.items.list(id, { order: "asc", limit: 2 }))
    words.push(item.type === "message" ? item.content.map((part) => ("text" in part ? part.text : part.type)).join("") : item.type);
  return words;
}

describe("conversations", () => {
  const WEATHER = { type: "function" as const, name: "weather", parameters: { type: "object", properties: {} }, strict: false };

  test("are made, read, changed and deleted by their own workspace; to others they do not exist", async () => {
    const { conversations } = gateway.openai();
    const made = await conversations.create({ metadata: { topic: "demo" }, items: [{ type: "message", role: "user", content: "Hello!" }] });
    expect(made).toMatchObject({ object: "conversation", metadata: { topic: "demo" }, id: expect.stringMatching(/^conv_/) as string });
    asSpecified("ConversationResource", made);
    expect(await conversations.retrieve(made.id)).toEqual(made);
    expect(await conversations.update(made.id, { metadata: { topic: "other" } })).toEqual({ ...made, metadata: { topic: "other" } });
    expect(await conversations.create()).toMatchObject({ metadata: {} });
    const strange = gateway.openai(KEYS.other).conversations;
    const [item] = (await conversations.items.list(made.id)).data;
    const itemId = (item as { id: string }).id;
    for (const call of [
      () => strange.retrieve(made.id),
      () => strange.update(made.id, { metadata: {} }),
      () => strange.delete(made.id),
      () => strange.items.list(made.id),
      () => strange.items.create(made.id, { items: [{ role: "user", content: "x" }] }),
      () => strange.items.retrieve(itemId, { conversation_id: made.id }),
      () => strange.items.delete(itemId, { conversation_id: made.id }),
      () => gateway.openai(KEYS.other).responses.create({ model: "pool", input: "x", conversation: made.id }),
      () => conversations.retrieve("conv_nobody"),
    ])
      expect(await failureOf(call())).toBeInstanceOf(NotFoundError);
    const gone = await conversations.delete(made.id);
    expect(gone).toEqual({ id: made.id, object: "conversation.deleted", deleted: true });
    asSpecified("DeletedConversationResource", gone);
    expect(await failureOf(conversations.retrieve(made.id))).toBeInstanceOf(NotFoundError);
  });

  test("hold items in order, page by page, each under one id", async () => {
    const { conversations } = gateway.openai();
    const { id } = await conversations.create();
    const empty: unknown = await (await fetch(`${gateway.url}/v1/conversations/${id}/items`, { headers: { "x-api-key": KEYS.acme } })).json();
    asSpecified("ConversationItemList", empty);
    const own = {
      type: "message" as const,
      id: "msg_own",
      role: "assistant" as const,
      status: "completed" as const,
      content: [{ type: "output_text" as const, text: "two", annotations: [] }],
    };
    const added = await conversations.items.create(id, {
      items: [
        { role: "user", content: "one" },
        own,
        own,
        { type: "function_call", call_id: "c1", name: "weather", arguments: "{}" },
        { type: "function_call_output", call_id: "c1", output: "sunny" },
      ],
    });
    expect(added.data).toHaveLength(5);
    const ids = added.data.map((item) => (item as { id: string }).id);
    expect(new Set(ids).size).toBe(5);
    expect(ids[1]).toBe("msg_own");
    asSpecified("ConversationItemList", { ...added });
    expect(await wordsOf(id)).toEqual(["one", "two", "two", "function_call", "function_call_output"]);
    const newest = await conversations.items.list(id, { limit: 2 });
    expect(newest.data.map((item) => (item as { id: string }).id)).toEqual([ids[4], ids[3]]);
    expect(newest).toMatchObject({ has_more: true, last_id: ids[3] });
    const one = await conversations.items.retrieve("msg_own", { conversation_id: id });
    expect(one).toMatchObject({ id: "msg_own", role: "assistant", content: [{ text: "two" }] });
    asSpecified("ConversationItem", one);
    expect(await conversations.items.delete("msg_own", { conversation_id: id })).toMatchObject({ id, object: "conversation" });
    expect(await wordsOf(id)).toEqual(["one", "two", "function_call", "function_call_output"]);
    expect(await failureOf(conversations.items.retrieve("msg_own", { conversation_id: id }))).toBeInstanceOf(NotFoundError);
  });

  test.each(MODELS)("go before what %s is asked, and get what it answers", async (model) => {
    const openai = gateway.openai();
    const fake = fakeOf(model);
    const { id } = await openai.conversations.create({ items: [{ role: "developer", content: "Be kind." }] });
    fake.next({ kind: "tools", calls: [{ name: "weather", arguments: "{}" }] });
    const first = await openai.responses.create({ model, input: "Weather?", conversation: id, tools: [WEATHER] });
    expect(first.conversation).toEqual({ id });
    asSpecified("Response", first);
    const call = first.output.find((item) => item.type === "function_call");
    fake.next({ kind: "text", text: "Sunny." });
    const result = { type: "function_call_output" as const, call_id: call?.call_id ?? "", output: "sun" };
    const second = await openai.responses.stream({ model, input: [result], conversation: { id }, tools: [WEATHER] }).finalResponse();
    expect(second.output_text).toBe("Sunny.");
    expect(await wordsOf(id)).toEqual(["Be kind.", "Weather?", "function_call", "function_call_output", "Sunny."]);
    const sent = JSON.stringify(fake.tally.calls[1]?.body);
    expect(sent.indexOf("Be kind.")).toBeLessThan(sent.indexOf("Weather?"));
    expect(sent.indexOf("Weather?")).toBeLessThan(sent.indexOf('"sun"'));
    // What broke off adds nothing.
    fake.next({ kind: "text", tokens: 20, fault: { kind: "reset", at: 8 } });
    await failureOf(openai.responses.create({ model, input: "Again?", conversation: id, stream: true }).then(collect));
    expect(await wordsOf(id)).toHaveLength(5);
    await gateway.settled();
  });

  test("refuse what they cannot keep", async () => {
    const { conversations, responses } = gateway.openai();
    const { id } = await conversations.create();
    const items = Array.from({ length: 21 }, () => ({ role: "user" as const, content: "x" }));
    expect(await failureOf(conversations.create({ items }))).toMatchObject({ status: 400, param: "items" });
    expect(await failureOf(conversations.items.create(id, { items: [{ type: "item_reference", id: "msg_1" }] }))).toMatchObject({ param: "items[0]" });
    expect(await failureOf(conversations.items.create(id, { items: [{ type: "function_call", name: "x" } as never] }))).toMatchObject({
      param: "items[0].call_id",
    });
    expect(await failureOf(conversations.items.list(id, { after: "msg_none" }))).toMatchObject({ status: 400, param: "after" });
    expect(await failureOf(conversations.update(id, { metadata: { a: 1 } as never }))).toMatchObject({ status: 400, param: "metadata.a" });
    const both = responses.create({ model: "pool", input: "x", conversation: id, previous_response_id: "gen_x" });
    expect(await failureOf(both)).toMatchObject({ status: 400, param: "conversation" });
    const large = { role: "user" as const, content: "x".repeat(17 * 1024 * 1024) };
    await conversations.items.create(id, { items: [large] });
    expect(await failureOf(conversations.items.create(id, { items: [large] }))).toMatchObject({ status: 413 });
    expect((await conversations.items.list(id)).data).toHaveLength(1);
  });
});

describe("in the background", () => {
  test("what cannot run is refused at once, before anything is held", async () => {
    const openai = gateway.openai();
    expect(await failureOf(openai.responses.create({ model: "nobody-has-this", input: "x", background: true }))).toBeInstanceOf(NotFoundError);
    expect(await failureOf(openai.responses.create({ model: "pool", input: "x", background: true, store: false }))).toMatchObject({ param: "background" });
    const broke = await failureOf(gateway.openai(KEYS.poor).responses.create({ model: "pool", input: "x ".repeat(200_000), background: true }));
    expect(broke).toMatchObject({ status: 402, code: "insufficient_credits" });
    expect(gateway.main.tally.calls).toHaveLength(0);
  });

  test("nobody takes it: the response has failed and costs nothing", async () => {
    gateway.main.next({ kind: "status", status: 500 });
    const { id } = await gateway.openai().responses.create({ model: "main/gpt-4o-mini", input: "x", background: true });
    expect(await ended(id)).toMatchObject({ status: "failed", output: [], error: { code: "server_error" } });
    await gateway.settled();
  });

  test("a repeated request is the response that it was, also when its conversation has gone on", async () => {
    const { id: conversation } = await gateway.openai().conversations.create();
    const ask = () =>
      gateway
        .openai()
        .responses.create(
          { model: "main/gpt-4o-mini", input: "x", background: true, conversation },
          { headers: { "idempotency-key": `again-${conversation}` } },
        )
        .withResponse();
    gateway.main.next({ kind: "text", text: "Once.", frameDelayMs: 30 });
    const first = await ask();
    const early = await ask();
    expect(await ended(first.data.id)).toMatchObject({ status: "completed" });
    const late = await ask();
    for (const again of [early, late]) {
      expect(again.data.id).toBe(first.data.id);
      expect(again.response.headers.get("idempotent-replayed")).toBe("true");
      expect(again.response.headers.get("x-generation-id")).toBe(first.data.id);
    }
    expect(late.data.output_text).toBe("Once.");
    expect(gateway.main.tally.requests).toBe(1);
    expect(await wordsOf(conversation)).toEqual(["x", "Once."]);
    await gateway.settled();
  });

  test("one that is deleted ends with it", async () => {
    gateway.main.next({ kind: "text", tokens: 400, frameDelayMs: 20 });
    const { id } = await gateway.openai().responses.create({ model: "main/gpt-4o-mini", input: "x", background: true });
    await expect.poll(async () => (await retrieved(id)).status).toBe("in_progress");
    await gateway.openai().responses.delete(id);
    await gateway.main.until((tally) => tally.aborted === 1);
    expect(await failureOf(retrieved(id))).toBeInstanceOf(NotFoundError);
    await gateway.settled();
  });

  test("a place to begin that is none, and a stream of what did not stream, are refused", async () => {
    const { id } = await gateway.openai().responses.create({ model: "pool", input: "x" });
    expect(await failureOf(gateway.openai().responses.retrieve(id, { stream: true }))).toMatchObject({ status: 501, param: "stream" });
    const answer = await fetch(`${gateway.url}/v1/responses/${id}?stream=true&starting_after=x`, { headers: { "x-api-key": KEYS.acme } });
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { param: "starting_after" } }]);
    expect(await failureOf(gateway.openai().responses.cancel(id))).toBeInstanceOf(BadRequestError);
  });

  test("a turn is added to the conversation that it names", async () => {
    const conversation = await gateway.openai().conversations.create({ items: [{ role: "user", content: "I am Ada." }] });
    gateway.main.next({ kind: "text", text: "Hello Ada." });
    const { id } = await gateway.openai().responses.create({ model: "main/gpt-4o-mini", input: "Greet me", background: true, conversation: conversation.id });
    expect(await ended(id)).toMatchObject({ status: "completed", conversation: { id: conversation.id } });
    expect(await wordsOf(conversation.id)).toEqual(["I am Ada.", "Greet me", "Hello Ada."]);
  });

  // The last one: it kills the program.
  test("a program that dies leaves a failed response behind, and its hold is recovered", async () => {
    gateway.main.next({ kind: "text", tokens: 400, frameDelayMs: 20 });
    const stream = await gateway.openai().responses.create({ model: "main/gpt-4o-mini", input: "x", background: true, stream: true });
    const [created] = await collect(stream, 8);
    if (created?.type !== "response.created") throw new Error("no beginning");
    const { id } = created.response;
    await gateway.kill();
    await gateway.restart();
    const lost = await ended(id);
    expect(lost).toMatchObject({ id, status: "failed", error: { code: "server_error", message: expect.stringContaining("stopped") as string } });
    asSpecified("Response", lost);
    await gateway.settled();
    // The reader who comes back hears what was told, and the end.
    const events = await collect(await gateway.openai().responses.retrieve(id, { stream: true, starting_after: 2 }));
    expect(events.at(-1)).toMatchObject({ type: "response.failed", response: { status: "failed" } });
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, at) => at + 3));
  });
});
