/** Drives the routes that handle secrets beyond a plain chat, so that everything they answer can be searched for canaries. */
import { PNG } from "@switchyard/testkit/fake-media";
import type { FakeProvider } from "@switchyard/testkit/fake-provider";
import { wavOfSeconds } from "@switchyard/testkit/sound";
import { KEYS, type Gateway } from "./gateway-harness.process.ts";

export const SEVERAL_KEYS = ["sk-several-first-secret-of-the-test", "sk-several-second-secret-of-the-test", "sk-several-third-secret-of-the-test"] as const;
export const GOOGLE_KEY = "AIza-google-secret-of-the-test";
/** In the address of the price book, which an installation's own mirror may want. */
export const BOOK_TOKEN = "token-of-the-price-book-of-the-test";

export interface Ways {
  readonly gateway: Gateway;
  readonly google: FakeProvider;
  /** Asks and remembers what came back. */
  readonly hear: (path: string, init?: RequestInit) => Promise<Response>;
}

/** The configuration's Google provider, which makes pictures and sound. */
export const googleProvider = (google: FakeProvider) => ({
  name: "gemini",
  kind: "google",
  baseUrl: google.url,
  apiKey: GOOGLE_KEY,
  models: [
    { id: "gemini-2.5-flash", price: { inputPerMillion: "1", audioInputPerMillion: "3", outputPerMillion: "10" } },
    { id: "gemini-2.5-flash-image", price: { inputPerMillion: "1", outputPerMillion: "5", imageOutputPerMillion: "30" } },
    { id: "gemini-2.5-flash-preview-tts", price: { inputPerMillion: "1", outputPerMillion: "10" } },
  ],
});

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** @throws when the answer is another than expected: a route that was not reached proves nothing */
async function ask({ hear }: Ways, key: string, method: Method, path: string, expected: number, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await hear(path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (answer.status !== expected) throw new Error(`${method} ${path} answered with ${answer.status}: ${text.slice(0, 300)}`);
  return answer.headers.get("content-type")?.startsWith("application/json") ? (JSON.parse(text) as Record<string, unknown>) : {};
}

/** Responses kept, streamed and in the background, called off and broken by a provider that repeats its key; and conversations. */
export async function tellResponses(ways: Ways, echo: string): Promise<void> {
  const { main, claude } = ways.gateway;
  const call = (method: Method, path: string, expected: number, body?: unknown) => ask(ways, KEYS.acme, method, path, expected, body);
  const until = async (id: string, isIt: (status: unknown) => boolean): Promise<void> => {
    while (!isIt((await call("GET", `/v1/responses/${id}`, 200))["status"])) await new Promise((resolve) => setTimeout(resolve, 30));
  };
  const ended = (id: string): Promise<void> => until(id, (status) => status !== "queued" && status !== "in_progress");
  const conversation = String((await call("POST", "/v1/conversations", 200, { metadata: { of: "the test" } }))["id"]);
  const kept = String((await call("POST", "/v1/responses", 200, { model: "main/gpt-4o-mini", input: "Say hello", conversation }))["id"]);
  for (const path of ["", "/input_items", "?stream=true"]) await call("GET", `/v1/responses/${kept}${path}`, path === "?stream=true" ? 501 : 200);
  await call("GET", `/v1/conversations/${conversation}/items`, 200);
  await call("POST", `/v1/conversations/${conversation}/items`, 200, { items: [{ role: "user", content: "And more" }] });
  await call("POST", `/v1/conversations/${conversation}`, 200, { metadata: { of: "another" } });
  await call("POST", "/v1/responses", 200, { model: "claude/claude-sonnet-4-5", input: "x", stream: true, max_output_tokens: 50 });

  const background = { input: "x", background: true, max_output_tokens: 300 };
  for (const model of ["main/gpt-4o-mini", "claude/claude-sonnet-4-5"]) {
    await ended(String((await call("POST", "/v1/responses", 200, { ...background, model }))["id"]));
    await call("POST", "/v1/responses", 200, { ...background, model, stream: true });
  }
  // A provider that repeats its key when the caller has been answered long ago: what is kept of it is told later.
  main.next({ kind: "status", status: 400, message: echo });
  const refused = String((await call("POST", "/v1/responses", 200, { ...background, model: "main/gpt-4o-mini" }))["id"]);
  await ended(refused);
  await call("GET", `/v1/responses/${refused}?stream=true`, 501);
  claude.next({ kind: "text", tokens: 9, fault: { kind: "error", at: 3, error: { type: "api_error", message: echo } } });
  await ended(String((await call("POST", "/v1/responses", 200, { ...background, model: "claude/claude-sonnet-4-5" }))["id"]));
  claude.next({ kind: "text", tokens: 250, frameDelayMs: 20 });
  const running = String((await call("POST", "/v1/responses", 200, { ...background, model: "claude/claude-sonnet-4-5" }))["id"]);
  await until(running, (status) => status === "in_progress");
  await call("POST", `/v1/responses/${running}/cancel`, 200);
  await ask(ways, KEYS.other, "GET", `/v1/responses/${kept}`, 404);
  await call("DELETE", `/v1/responses/${kept}`, 200);
  await call("DELETE", `/v1/conversations/${conversation}`, 200);
}

/** Pictures and sound by Google, good and refused with its key in the words. */
export async function tellGoogle(ways: Ways, echo: string): Promise<void> {
  const { google } = ways;
  const part = (inlineData: unknown) => ({
    kind: "body" as const,
    body: {
      candidates: [{ content: { role: "model", parts: [{ inlineData }] }, finishReason: "STOP" }],
      usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 9, totalTokenCount: 14 },
    },
  });
  const post = (path: string, expected: number, body: unknown) => ask(ways, KEYS.acme, "POST", path, expected, body);
  const picture = { model: "gemini-2.5-flash-image", prompt: "A signal box" };
  google.next(part({ mimeType: "image/png", data: PNG.toString("base64") }));
  await post("/v1/images/generations", 200, picture);
  const refused = { kind: "status", status: 400, message: echo } as const;
  google.next(refused);
  await post("/v1/images/generations", 400, picture);
  const speech = { model: "gemini-2.5-flash-preview-tts", voice: "Kore", input: "All clear.", response_format: "wav" };
  google.next(refused);
  await post("/v1/audio/speech", 400, speech);
  const hear = async (expected: number): Promise<void> => {
    const form = new FormData();
    form.set("model", "gemini-2.5-flash");
    form.set("file", new Blob([new Uint8Array(wavOfSeconds(1))], { type: "audio/wav" }), "a.wav");
    const answer = await ways.hear("/v1/audio/transcriptions", { method: "POST", headers: { authorization: `Bearer ${KEYS.acme}` }, body: form });
    if (answer.status !== expected) throw new Error(`the transcription answered with ${answer.status}: ${await answer.text()}`);
  };
  google.next({ kind: "text", text: "All clear." });
  await hear(200);
  google.next(refused);
  await hear(400);
  google.next(refused);
  await post("/v1beta/models/gemini-2.5-flash:generateContent", 400, { contents: [{ role: "user", parts: [{ text: "x" }] }] });
}

/** What operators set up live: a provider with several keys, in use, refused and tried; groups, aliases, routing; prices; and the account of all that. */
export async function tellOperators(ways: Ways, echo: string): Promise<void> {
  const { main } = ways.gateway;
  const operate = (method: Method, path: string, expected: number, body?: unknown) => ask(ways, KEYS.operator, method, `/api/admin${path}`, expected, body);
  const [first, second, third] = SEVERAL_KEYS;
  const fields = { kind: "openai", baseUrl: main.url };
  const model = { id: "gpt-4o-mini", maxOutput: 1_000, price: { inputPerMillion: "1", outputPerMillion: "10" } };
  await operate("POST", "/config", 200, { providers: [{ name: "several", ...fields, apiKeys: [{ key: first, name: "one" }, second], models: [model] }] });
  await operate("PUT", "/providers/several", 200, { ...fields, apiKeys: [{ key: third, name: "three" }, { name: "one" }, { was: "key-2", name: "two" }] });
  await operate("PUT", "/providers/several", 400, { ...fields, apiKeys: [{ key: [third], name: "three" }] });
  await operate("PUT", "/providers/several", 400, { ...fields, apiKeys: [third, third] });
  await operate("PUT", "/providers/several", 400, { ...fields, apiKey: `env:${first}` });
  await operate("PUT", "/providers/several", 400, { ...fields, baseUrl: `http://user:${first}@host/`, apiKeys: [first] });
  for (const path of ["/providers", "/providers/several"]) await operate("GET", path, 200);
  await operate("POST", "/providers/several/test", 200, {});
  await operate("POST", "/import", 200, { provider: "several", dryRun: true });
  for (const status of [200, 401, 429]) {
    if (status !== 200) main.next({ kind: "status", status, message: echo });
    const answer = await ways.hear("/v1/chat/completions", {
      method: "POST",
      headers: { authorization: `Bearer ${KEYS.acme}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "several/gpt-4o-mini", messages: [{ role: "user", content: "x" }] }),
    });
    if (answer.status !== 200) throw new Error(`no key of the provider served: ${await answer.text()}`);
    await ask(ways, KEYS.acme, "GET", `/v1/generation?id=${answer.headers.get("x-generation-id")}`, 200);
  }
  await operate("PUT", "/groups/of-several", 201, { targets: [{ provider: "several", model: "gpt-4o-mini" }] });
  await operate("PUT", "/aliases/short", 201, { model: "of-several" });
  await operate("POST", "/route", 200, { model: "short" });
  const routing = await operate("GET", "/routing", 200);
  await operate("PUT", "/routing", 200, { ...routing, revision: undefined, failureKeywords: ["the model is overloaded"] });
  await operate("PUT", "/routing", 400, { [first]: first, strategy: second });
  await operate("POST", "/prices/refresh", 200, { dryRun: true });
  await operate("POST", "/prices/refresh", 502, { online: true });
  const { changes } = (await operate("GET", "/changes", 200)) as { changes: { id: string; object: string }[] };
  const undone = changes.find(({ object }) => JSON.stringify(object).includes("short"));
  if (!undone) throw new Error(`no change of the alias among ${JSON.stringify(changes).slice(0, 500)}`);
  await operate("POST", `/changes/${undone.id}/undo`, 200, {});
  await operate("DELETE", "/groups/of-several", 200);
  await operate("GET", "/config", 200);
}

/** What the console shows and changes of all that, by its own procedures. */
export async function tellConsole({ hear, gateway }: Ways, session: string): Promise<void> {
  const cookie = { cookie: `sy_session=${session}` };
  const told = async (answer: Response): Promise<void> => {
    if (answer.status !== 200) throw new Error(`${new URL(answer.url).pathname} answered with ${answer.status}: ${await answer.text()}`);
  };
  const query = async (procedure: string, more: object = {}): Promise<void> =>
    told(await hear(`/trpc/${procedure}?input=${encodeURIComponent(JSON.stringify({ json: { workspace: "acme", ...more } }))}`, { headers: cookie }));
  const change = (procedure: string, more: object): Promise<Response> =>
    hear(`/trpc/${procedure}`, {
      method: "POST",
      headers: { ...cookie, "content-type": "application/json", origin: gateway.url, "x-switchyard-client": "console" },
      body: JSON.stringify({ json: { workspace: "acme", ...more } }),
    });
  for (const procedure of [
    "keys.list",
    "calls.list",
    "providers.list",
    "groups.list",
    "aliases.list",
    "wallet.get",
    "wallet.entries",
    "routing.get",
    "limits.get",
  ])
    await query(procedure);
  await query("overview.get", { range: "24h" });
  await query("routing.changes");
  await query("providers.get", { name: "several" });
  await query("providers.uses", { name: "several" });
  const [first] = SEVERAL_KEYS;
  const ask = { was: "several", kind: "openai", baseUrl: gateway.main.url };
  await told(await change("providers.test", { ask }));
  await told(await change("providers.test", { ask: { ...ask, apiKey: first } }));
  // Refused, with the key among what was sent.
  await change("providers.test", { ask: { ...ask, baseUrl: `ftp://${first}@host`, apiKey: first } });
  await change("providers.save", { was: "several", provider: { name: "several", kind: "nonsense", apiKeys: [first] } });
}
