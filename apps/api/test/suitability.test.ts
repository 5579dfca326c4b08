/** What a model cannot do is refused before money is held and before its provider hears of it; a group leaves it out. */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { KEYS, startGateway, type Gateway } from "./gateway-harness.process.ts";

const PRICE = { inputPerMillion: "1", outputPerMillion: "10" };
const PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
  const models = (entries: readonly (readonly [string, number, readonly string[] | undefined])[]) =>
    entries.map(([id, contextWindow, capabilities]) => ({ id, contextWindow, maxOutput: 500, price: PRICE, ...(capabilities ? { capabilities } : {}) }));
  const applied = await gateway.post(
    "/api/admin/config",
    {
      providers: [
        {
          name: "main",
          kind: "openai",
          baseUrl: gateway.main.url,
          models: models([
            ["blind-1", 2_000, ["chat"]],
            ["seeing-1", 100_000, ["chat", "vision", "tools", "json"]],
            ["stranger-1", 2_000, undefined],
            ["text-embedding-3-small", 8_000, undefined],
            ["hears-1", 8_000, ["transcription"]],
          ]),
        },
      ],
      groups: [
        {
          name: "mixed",
          targets: [
            { provider: "main", model: "blind-1", priority: 1 },
            { provider: "main", model: "seeing-1", priority: 2 },
          ],
        },
        {
          name: "of-all-kinds",
          targets: [
            { provider: "main", model: "text-embedding-3-small", priority: 1 },
            { provider: "main", model: "seeing-1", priority: 2 },
          ],
        },
      ],
    },
    { authorization: `Bearer ${KEYS.operator}` },
  );
  if (!applied.ok) throw new Error(await applied.text());
});
afterAll(async () => {
  await gateway?.close();
});
beforeEach(() => gateway.resetFakes());

const seeing = [
  {
    role: "user",
    content: [
      { type: "text", text: "What is this?" },
      { type: "image_url", image_url: { url: PIXEL } },
    ],
  },
];
const long = [{ role: "user", content: "long ".repeat(4_000) }];
const hello = [{ role: "user", content: "hello" }];
const generationOf = async (response: Response): Promise<unknown> =>
  (await fetch(`${gateway.url}/v1/generation?id=${response.headers.get("x-generation-id")}`, { headers: { authorization: `Bearer ${KEYS.acme}` } })).json();
const tools = [{ type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } }];

test.each([
  ["a picture", { messages: seeing }, "messages[0].content[1]", "invalid_request"],
  ["tools", { messages: hello, tools }, "tools", "invalid_request"],
  ["a prompt beyond its context", { messages: long }, "messages", "context_length_exceeded"],
])("%s is refused to a model without it: nothing is sent, nothing is held", async (_what, body, param, code) => {
  for (const stream of [false, true]) {
    const response = await gateway.post("/v1/chat/completions", { model: "main/blind-1", stream, ...body });
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    expect(response.status).toBe(400);
    expect(error).toMatchObject({ param, type: "invalid_request_error", code });
    expect(String(error["message"])).toContain("blind-1");
    await vi.waitFor(async () => expect(await generationOf(response)).toMatchObject({ outcome: "refused", hold: null, attempts: [] }), 5_000);
  }
  expect(gateway.main.tally.requests).toBe(0);
  await gateway.settled();
});

test.each([
  ["a picture", { messages: seeing }],
  ["tools", { messages: hello, tools }],
  ["a long prompt", { messages: long }],
])("in a group %s goes to the target that can, and the trail says why", async (_what, body) => {
  gateway.main.next({ kind: "text", tokens: 3 });
  const response = await gateway.post("/v1/chat/completions", { model: "mixed", ...body });
  expect(response.status).toBe(200);
  await response.text();
  expect((gateway.main.tally.calls[0]?.body as { model?: string } | undefined)?.model).toBe("seeing-1");
  await gateway.settled();
  const told = JSON.stringify(await generationOf(response));
  expect(told).toContain('"reason":"incapable"');
  expect(told).toMatch(/cannot (?:see pictures|use tools)|beyond its 2000/);
});

test("a model of which nothing is known is asked", async () => {
  gateway.main.next({ kind: "text", tokens: 3 });
  expect((await gateway.post("/v1/chat/completions", { model: "main/stranger-1", messages: seeing })).status).toBe(200);
  expect(gateway.main.tally.requests).toBe(1);
});

test.each([
  ["a chat", "/v1/chat/completions", { model: "main/text-embedding-3-small", messages: hello }, "text-embedding-3-small' is for embeddings"],
  ["a chat in Anthropic's wire", "/v1/messages", { model: "main/text-embedding-3-small", max_tokens: 5, messages: hello }, "is for embeddings"],
  ["a response", "/v1/responses", { model: "main/hears-1", input: "hello" }, "hears-1' is for transcription"],
  ["an embedding", "/v1/embeddings", { model: "main/seeing-1", input: "hello" }, "seeing-1' is for chats"],
  ["a picture", "/v1/images/generations", { model: "main/seeing-1", prompt: "a signal box" }, "seeing-1' is for chats"],
  ["speech", "/v1/audio/speech", { model: "main/hears-1", input: "hello", voice: "alloy" }, "hears-1' is for transcription"],
  ["a verdict", "/v1/moderations", { model: "main/seeing-1", input: "hello" }, "seeing-1' is for chats"],
])("%s is refused with 501 to a model that is for something else: nothing is sent, nothing is held", async (_what, path, body, words) => {
  const response = await gateway.post(path, body);
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  expect(response.status).toBe(501);
  expect(String(error["message"])).toContain(words);
  if (path !== "/v1/messages") expect(error).toMatchObject({ param: "model", code: "not_supported" });
  await vi.waitFor(async () => expect(await generationOf(response)).toMatchObject({ outcome: "refused", hold: null, attempts: [] }), 5_000);
  expect(gateway.main.tally.requests).toBe(0);
  await gateway.settled();
});

test("in a group every operation goes to the model that is for it", async () => {
  gateway.main.next({ kind: "text", tokens: 3 });
  const chat = await gateway.post("/v1/chat/completions", { model: "of-all-kinds", messages: hello });
  const vectors = await gateway.post("/v1/embeddings", { model: "of-all-kinds", input: "hello" });
  expect([chat.status, vectors.status]).toEqual([200, 200]);
  await Promise.all([chat.text(), vectors.text()]);
  expect(gateway.main.tally.calls.map(({ body }) => (body as { model?: string }).model)).toEqual(["seeing-1", "text-embedding-3-small"]);
  await gateway.settled();
  expect(JSON.stringify(await generationOf(chat))).toContain('"because":"is for embeddings"');
});
