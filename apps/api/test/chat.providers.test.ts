/** A chat through the running server, answered by providers that speak other wires: Google's, Anthropic's, and the family's further members. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpenAI } from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startFakeAnthropic } from "@switchyard/testkit/fake-anthropic";
import { startFakeGoogle } from "@switchyard/testkit/fake-google";
import { startFakeOpenAi } from "@switchyard/testkit/fake-openai";
import type { FakeProvider } from "@switchyard/testkit/fake-provider";
import type { Script } from "@switchyard/testkit/fake-script";
import { freshDatabase, TEST_SECRET_KEY } from "@switchyard/testkit/postgres-harness.pg";
import { startServer, type RunningServer } from "@switchyard/testkit/server.process";

const KEY = "sy-providers-key-for-tests-1";
let server: RunningServer;
let fakes: Record<"google" | "claude" | "family", FakeProvider>;
let sdk: OpenAI;
let clean: () => Promise<void>;

beforeAll(async () => {
  const [google, claude, family, database, folder] = await Promise.all([
    startFakeGoogle(),
    startFakeAnthropic(),
    startFakeOpenAi(),
    freshDatabase(),
    mkdtemp(join(tmpdir(), "switchyard-providers-")),
  ]);
  fakes = { google, claude, family };
  const model = (id: string) => ({
    id,
    contextWindow: 100_000,
    maxOutput: 8_000,
    capabilities: ["chat", "tools", "vision", "reasoning", "json"],
    price: { inputPerMillion: "1", cachedInputPerMillion: "0.5", outputPerMillion: "4" },
  });
  const provider = (name: string, kind: string, baseUrl: string, id: string) => ({
    name,
    kind,
    baseUrl,
    apiKey: `key-of-${name}-in-the-test`,
    models: [model(id)],
  });
  const configFile = join(folder, "config.json");
  const config = {
    providers: [
      provider("google", "google", google.url, "gemini-3-pro-preview"),
      provider("claude", "anthropic", claude.url, "claude-sonnet-4-5"),
      provider("xai", "xai", family.url, "grok-4"),
      provider("openrouter", "openrouter", family.url, "openai/gpt-4o-mini"),
      provider("azure", "openai-compatible", `${family.url}?api-version=2026-01-01`, "deployed"),
    ],
    groups: [
      {
        name: "pool",
        targets: [
          { provider: "google", model: "gemini-3-pro-preview", priority: 1 },
          { provider: "claude", model: "claude-sonnet-4-5", priority: 2 },
        ],
      },
    ],
    workspaces: [{ name: "acme", credit: "100.00", keys: [{ name: "ci", secret: KEY }] }],
  };
  await writeFile(configFile, JSON.stringify(config));
  server = await startServer({
    env: {
      DATABASE_URL: database.url,
      SECRET_KEY: TEST_SECRET_KEY,
      DATA_DIR: folder,
      CONFIG_FILE: configFile,
      ADMIN_PASSWORD: "an administrator's password",
      ALLOW_PRIVATE_UPSTREAMS: "true",
      LOG_LEVEL: "warn",
    },
  });
  sdk = new OpenAI({ apiKey: KEY, baseURL: `${server.url}/v1`, maxRetries: 0 });
  clean = async () => {
    await server.stop();
    await Promise.all([google.close(), claude.close(), family.close()]);
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  };
});
afterAll(() => clean?.());
beforeEach(() => Object.values(fakes).forEach((fake) => fake.reset()));

const messages = [{ role: "user" as const, content: "Say hello" }];
type Message = OpenAI.ChatCompletionMessage & { reasoning_content?: string; reasoning_details?: unknown[] };
const generation = async (id: string | null) =>
  (await (await fetch(`${server.url}/v1/generation?id=${id}`, { headers: { authorization: `Bearer ${KEY}` } })).json()) as Record<string, unknown>;

describe.each([
  ["google", "google/gemini-3-pro-preview"],
  ["claude", "claude/claude-sonnet-4-5"],
] as const)("%s", (name, model) => {
  const script: Script = {
    kind: "tools",
    text: "Let me look.",
    reasoning: "which city is meant",
    inputTokens: 30,
    cachedTokens: 10,
    calls: [
      { name: "weather", arguments: '{"city":"Ulm"}' },
      { name: "time", arguments: "{}" },
    ],
  };

  test("answers whole and streamed alike, with thoughts, parallel calls and exact usage", async () => {
    fakes[name].always(script);
    const whole = await sdk.chat.completions.create({ model, messages, reasoning_effort: "low", max_completion_tokens: 4_000 });
    const streamed = await sdk.chat.completions
      .stream({ model, messages, reasoning_effort: "low", max_completion_tokens: 4_000, stream_options: { include_usage: true } })
      .finalChatCompletion();
    for (const { choices, usage } of [whole, streamed]) {
      expect(choices[0]).toMatchObject({ finish_reason: "tool_calls", message: { content: "Let me look." } });
      expect(choices[0]?.message.tool_calls?.map((call) => (call.type === "function" ? [call.function.name, call.function.arguments] : []))).toEqual([
        ["weather", '{"city":"Ulm"}'],
        ["time", "{}"],
      ]);
      expect(usage).toMatchObject({ prompt_tokens: 30, prompt_tokens_details: { cached_tokens: 10 }, completion_tokens: whole.usage?.completion_tokens });
    }
    expect(whole.choices[0]?.message).toMatchObject({ reasoning_content: "which city is meant" });
  });

  test("gets its own proofs of thought back in the next turn", async () => {
    fakes[name].next(script);
    const first = await sdk.chat.completions.create({ model, messages, reasoning_effort: "low", max_completion_tokens: 4_000 });
    const said = first.choices[0]?.message as Message;
    expect(said.reasoning_details).not.toHaveLength(0);
    const results = (said.tool_calls ?? []).map((call) => ({ role: "tool" as const, tool_call_id: call.id, content: "sunny" }));
    await sdk.chat.completions.create({ model, messages: [...messages, said, ...results], reasoning_effort: "low", max_completion_tokens: 4_000 });
    expect(JSON.stringify(fakes[name].tally.calls[1]?.body)).toContain("c2lnbmF0dXJl");
  });
});

test("when Google is overloaded inside its 200, Anthropic answers; the other way round nobody's key leaves its own provider", async () => {
  fakes.google.next({ kind: "text", tokens: 5, fault: { kind: "error", at: 0 } });
  const { data, response } = await sdk.chat.completions.create({ model: "pool", messages, stream: true }).withResponse();
  let text = "";
  for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? "";
  expect(text).toBe("Hello from the fake provider.");
  expect(response.headers.get("x-switchyard-provider")).toBe("claude");
  expect(fakes.google.tally.calls[0]?.headers["x-goog-api-key"]).toBe("key-of-google-in-the-test");
  expect(fakes.claude.tally.calls[0]?.headers["x-api-key"]).toBe("key-of-claude-in-the-test");
  expect(JSON.stringify(fakes.claude.tally.calls[0]?.headers)).not.toContain("key-of-google");
});

test("a field that Google cannot carry is refused by name and costs nothing", async () => {
  const refused = sdk.chat.completions.create({ model: "google/gemini-3-pro-preview", messages, n: 9 });
  await expect(refused).rejects.toMatchObject({ status: 400, param: "n" });
  expect(fakes.google.tally.requests).toBe(0);
});

test("what OpenRouter says a call cost stands beside ours", async () => {
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, cost: 0.00314 };
  fakes.family.always({ kind: "text", text: "one two three", usage });
  for (const stream of [false, true]) {
    const { data, response } = await sdk.chat.completions.create({ model: "openrouter/openai/gpt-4o-mini", messages, stream }).withResponse();
    if (Symbol.asyncIterator in data) for await (const _ of data) continue;
    const call = await generation(response.headers.get("x-generation-id"));
    expect(call).toMatchObject({ provider: "openrouter", cost: { reported_by_provider: "0.00314" } });
    expect(call["cost"]).toMatchObject({ total: "0.00003" });
  }
  expect(fakes.family.tally.calls[0]?.body).toMatchObject({ model: "openai/gpt-4o-mini", usage: { include: true } });
});

test("an address with a query, and a model that would refuse the effort", async () => {
  await sdk.chat.completions.create({ model: "azure/deployed", messages });
  await sdk.chat.completions.create({ model: "xai/grok-4", messages, reasoning_effort: "high" });
  expect(fakes.family.tally.calls.map((call) => call.path)).toEqual(["/v1/chat/completions", "/v1/chat/completions"]);
  expect(fakes.family.tally.calls[1]?.body).not.toHaveProperty("reasoning_effort");
});
