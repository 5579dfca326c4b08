/** Whatever is sent to the Responses and completions doors is answered or refused by name: never a 500, never lost. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { KEYS } from "./gateway-harness.process.ts";
import { useGateway } from "./use-gateway.ts";

const gateway = useGateway();

const odd = fc.constantFrom<unknown>(
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  "",
  "x",
  "\u0000",
  "\ud800",
  [],
  {},
  [null],
  [[]],
  { type: "x" },
  "gen_00000000000000000000000001",
);
/** Bodies that are good, with all that these doors know. */
const CONVERSATION = {
  instructions: "Be brief.",
  input: [
    { type: "message", role: "developer", content: [{ type: "input_text", text: "x" }] },
    {
      role: "user",
      content: [{ type: "input_text", text: "look" }],
    },
    { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "sy1.W10" },
    { type: "function_call", id: "fc_1", call_id: "call_1", name: "f", arguments: "{}", status: "completed" },
    { type: "custom_tool_call", call_id: "call_2", name: "sql", input: "SELECT 1" },
    { type: "function_call_output", call_id: "call_1", output: [{ type: "input_text", text: "done" }] },
    { type: "custom_tool_call_output", call_id: "call_2", output: "1" },
    { type: "web_search_call", id: "ws_1", status: "completed" },
    { role: "assistant", content: "hello" },
    { role: "user", content: "go on" },
  ],
  tools: [
    { type: "function", name: "f", parameters: { type: "object", properties: {} }, strict: false },
    { type: "custom", name: "sql", format: { type: "grammar", syntax: "lark", definition: "x" } },
    { type: "namespace", name: "ns", description: "n", tools: [{ type: "function", name: "g", parameters: null }] },
    { type: "web_search", external_web_access: false },
  ],
  tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "f" }] },
  text: { format: { type: "json_schema", name: "a", schema: { type: "object" }, strict: true }, verbosity: "low" },
  reasoning: { effort: "low", summary: "auto" },
  include: ["message.output_text.logprobs"],
  metadata: { a: "b" },
  max_output_tokens: 20,
  stream: true,
  store: true,
};
const COMPLETION = {
  prompt: ["a", "b"],
  echo: true,
  n: 2,
  best_of: 2,
  stop: ["x"],
  max_tokens: 9,
  logit_bias: { "1": 1 },
  stream: true,
  stream_options: { include_usage: true },
};

/** What once was not answered well. */
const ALLOWED_NOTHING = { ...CONVERSATION, tool_choice: { type: "allowed_tools", mode: "auto", tools: [null, "f", { name: 1, namespace: [] }] } };

/** A good body in which a few values, wherever they stand, were exchanged for odd ones. */
const spoilt = (good: object): fc.Arbitrary<Record<string, unknown>> =>
  fc.array(fc.tuple(fc.nat(), odd), { maxLength: 2 }).map((changes) => {
    const body = structuredClone(good) as Record<string, unknown>;
    for (const [which, value] of changes) {
      const places = placesIn(body);
      const place = places[which % places.length];
      if (place) place.holder[place.key] = value;
    }
    return body;
  });

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}
const placesIn = (value: unknown): readonly Place[] =>
  typeof value === "object" && value !== null
    ? Object.keys(value).flatMap((key) => [{ holder: value as Record<string, unknown>, key }, ...placesIn((value as Record<string, unknown>)[key])])
    : [];

/** Answered, the caller's own fault, or named as what nobody here can do. */
const FINE = new Set([200, 400, 404, 413, 422, 501]);

const DOORS: [string, fc.Arbitrary<Record<string, unknown>>][] = [
  ["/v1/responses", spoilt(CONVERSATION)],
  ["/v1/completions", spoilt(COMPLETION)],
];

test("a choice among tools that are none is the model's own", async () => {
  const answer = await gateway.post("/v1/responses", { ...ALLOWED_NOTHING, stream: false, model: "pool" });
  expect([answer.status, ((await answer.json()) as { error?: unknown }).error ?? null]).toEqual([200, null]);
});

test.each(DOORS)("%s answers or refuses whatever it is sent", { timeout: 120_000 }, async (path, body) => {
  const models = fc.constantFrom("pool", "spare/spare-large", "claude/claude-sonnet-4-5", "main/davinci-002");
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(body, models, async (sent, model) => {
      const answer = await gateway.post(path, { ...sent, model });
      const text = await answer.text();
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      expect([path, answer.status, FINE.has(answer.status) ? "" : text, FINE.has(answer.status)]).toEqual([path, answer.status, "", true]);
      if (answer.status === 200) return;
      const { error } = JSON.parse(text) as { error: Record<string, unknown> };
      expect(error).toMatchObject({ message: expect.any(String) as string, type: expect.any(String) as string, code: expect.any(String) as string });
      expect(answer.headers.get("x-request-id")).toBeTruthy();
    }),
    { numRuns: 200 },
  );
  // Neither all were good nor all were bad, or nothing would be shown.
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400]));
  await gateway.settled();
});

test.each(["%00", "gen_", "x".repeat(5_000), "..%2f..", "gen_00000000000000000000000001", "00000000-0000-0000-0000-000000000000", "{}"])(
  "an id that is none (%s) is not there, for every method",
  async (id) => {
    const headers = { authorization: `Bearer ${KEYS.acme}` };
    for (const [method, path] of [
      ["GET", ""],
      ["DELETE", ""],
      ["GET", "/input_items"],
      ["POST", "/cancel"],
    ] as const) {
      const answer = await fetch(`${gateway.url}/v1/responses/${id}${path}`, { method, headers });
      expect([method, path, answer.status]).toEqual([method, path, 404]);
      expect(await answer.json()).toMatchObject({ error: { type: "not_found_error" } });
    }
  },
);

test.each([
  ["limit=0", "limit"],
  ["limit=101", "limit"],
  ["limit=x", "limit"],
  ["limit=1&limit=2", "limit"],
  ["order=down", "order"],
  ["after=nobody", "after"],
])("input_items?%s is refused by name", async (query, param) => {
  const made = (await (await gateway.post("/v1/responses", { model: "pool", input: "x" })).json()) as { id: string };
  const answer = await fetch(`${gateway.url}/v1/responses/${made.id}/input_items?${query}`, { headers: { authorization: `Bearer ${KEYS.acme}` } });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { param } });
});
