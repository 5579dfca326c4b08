/** Responses that run without their caller, driven by OpenAI's SDK against the running server. */
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
