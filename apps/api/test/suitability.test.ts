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
