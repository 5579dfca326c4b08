/** What Codex and the OpenAI SDK were recorded to send to the OpenAI doors, against targets of either wire; and manners of plain HTTP clients. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { describe, expect, test } from "vitest";
import { hasOpenAiSpec, openAiSpec } from "@switchyard/testkit/openai-spec";
import { KEYS } from "./gateway-harness.process.ts";
import { rawExchange, rawRequest } from "./raw-client.http.ts";
import { readDescriptionFirst, useGateway } from "./use-gateway.ts";

const CLIENTS = "../shared/fixtures/clients";
const hasClients = existsSync(CLIENTS);
if (!hasClients) console.warn("left out: replays of recorded clients, which are not here");

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly body: Record<string, unknown> | null;
}
const recordedBy = (client: string): [string, Recorded][] =>
  hasClients
    ? readdirSync(`${CLIENTS}/${client}`).map((file) => [`${client} ${file}`, JSON.parse(readFileSync(`${CLIENTS}/${client}/${file}`, "utf8")) as Recorded])
    : [];

/** Knows chats alone, whatever the door. */
const CHAT_ONLY = "spare/spare-large";

readDescriptionFirst();
const gateway = useGateway();

/** The connection's own headers are the new connection's; the rest is sent as it was recorded. */
const OF_THE_CONNECTION = new Set(["host", "connection", "content-length", "accept-encoding", "transfer-encoding", "authorization", "upgrade"]);
const headersOf = ({ headers }: Recorded): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !OF_THE_CONNECTION.has(name) && !name.startsWith("sec-websocket"))
      // The recorder cut long values with a sign that no header may hold.
      .map(([name, value]) => [name, value.replaceAll("…", "...")]),
  ),
  authorization: `Bearer ${KEYS.acme}`,
});

/** The last event's response, or the whole body. */
async function responseIn(answer: Response): Promise<Record<string, unknown>> {
  const text = await answer.text();
  if (!answer.headers.get("content-type")?.startsWith("text/event-stream")) return JSON.parse(text) as Record<string, unknown>;
  const last = text.trimEnd().split("\n\n").at(-1) ?? "";
  return (JSON.parse(last.slice(last.indexOf("data: ") + 6)) as { response: Record<string, unknown> }).response;
}

/** One that may speak Responses itself, one of the family that speaks chat, one with a wire of its own, and the sandbox. */
const TARGETS = ["pool", CHAT_ONLY, "claude/claude-sonnet-4-5", "demo"];
const posts = [...recordedBy("codex"), ...recordedBy("openai-node")].filter(
  ([, { method, path }]) => method === "POST" && /^\/v1\/(responses|completions|chat\/completions)$/.test(path),
);

describe.runIf(hasClients)("a recorded request", () => {
  test("was found for each door", () => {
    const paths = new Set(posts.map(([, { path }]) => path));
    expect(paths).toEqual(new Set(["/v1/responses", "/v1/completions", "/v1/chat/completions"]));
  });

  describe.each(TARGETS)("to %s", (model) => {
    test.each(posts)("%s is answered", async (_name, recorded) => {
      const query = new URLSearchParams(recorded.query).toString();
      const answer = await fetch(`${gateway.url}${recorded.path}${query === "" ? "" : `?${query}`}`, {
        method: "POST",
        headers: headersOf(recorded),
        body: JSON.stringify({ ...recorded.body, model }),
      });
      if (recorded.body?.["previous_response_id"] !== undefined) {
        expect(answer.status).toBe(404);
        expect(await answer.json()).toMatchObject({ error: { code: "previous_response_not_found", param: "previous_response_id" } });
        return;
      }
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toContain(recorded.body?.["stream"] === true ? "text/event-stream" : "application/json");
      if (recorded.path !== "/v1/responses") return void (await answer.text());
      const response = await responseIn(answer);
      expect(response).toMatchObject({ object: "response", status: "completed", store: recorded.body?.["store"] !== false });
      if (hasOpenAiSpec) expect(openAiSpec().faultsOf("Response", response)).toEqual([]);
    });
  });

  test("of Codex keeps its tools' names: flattened on the way out, its own on the way back", async () => {
    const [, recorded] = recordedBy("codex").find(([name]) => name.includes("02-tool")) ?? [];
    if (!recorded) throw new Error("no such recording");
    gateway.spare.next({ kind: "tools", calls: [{ name: "multi_agent_v1__spawn_agent", arguments: '{"message":"go"}' }] });
    const answer = await fetch(`${gateway.url}/v1/responses`, {
      method: "POST",
      headers: headersOf(recorded),
      body: JSON.stringify({ ...recorded.body, model: CHAT_ONLY }),
    });
    const response = await responseIn(answer);
    expect(response["output"]).toMatchObject([{ type: "function_call", name: "spawn_agent", namespace: "multi_agent_v1", arguments: '{"message":"go"}' }]);
    const sent = gateway.spare.tally.calls[0]?.body as { messages: { role: string }[]; tools: { function: { name: string } }[] };
    expect(sent.messages.map(({ role }) => role)).toEqual(["system", "user", "user", "assistant", "tool"]);
    expect(sent.tools.map((tool) => tool.function.name)).toContain("exec_command");
    expect(sent).not.toHaveProperty("client_metadata");
    expect(answer.headers.get("x-switchyard-dropped")).toMatch(/^tools\[\d+\]$/);
  });

  test.each(recordedBy("codex").filter(([, { method }]) => method === "GET"))("%s is told to use HTTP", async (_name, { path, headers }) => {
    const lines = Object.entries(headers).filter(([name]) => name.startsWith("sec-websocket") || name === "openai-beta");
    const handshake = ["connection: Upgrade", "upgrade: websocket", ...lines.map(([name, value]) => `${name}: ${value}`)];
    const { answers } = await rawExchange(gateway.server.port, `GET ${path} HTTP/1.1\r\n${["host: localhost", ...handshake].join("\r\n")}\r\n\r\n`);
    expect(answers[0]?.status).toBe(426);
    expect(JSON.parse(answers[0]?.body ?? "")).toMatchObject({ error: { code: "upgrade_not_supported" } });
  });

  test.each(recordedBy("openai-node").filter(([, { path }]) => path.startsWith("/v1/responses/")))(
    "%s about somebody else's response is 404 in JSON",
    async (_name, recorded) => {
      const answer = await fetch(`${gateway.url}${recorded.path}`, { method: recorded.method, headers: headersOf(recorded) });
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ error: { type: "not_found_error" } });
    },
  );
});

const DOORS: [string, object][] = [
  ["/v1/chat/completions", { model: "demo", messages: [{ role: "user", content: "hi" }] }],
  ["/v1/responses", { model: "demo", input: "hi" }],
  ["/v1/completions", { model: "demo", prompt: "hi" }],
];

describe.each(DOORS)("%s", (path, body) => {
  const post = (headers: Record<string, string>, more = ""): Promise<Response> =>
    fetch(`${gateway.url}${path}${more}`, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });

  test.each([[{ authorization: `Bearer ${KEYS.acme}` }], [{ "x-api-key": KEYS.acme }], [{ "api-key": KEYS.acme }]])("takes the key in %j", async (headers) => {
    expect((await post(headers)).status).toBe(200);
  });

  test("passes over queries and headers that it does not know", async () => {
    const answer = await post(
      { "x-api-key": KEYS.acme, "openai-beta": "x=1", "anthropic-version": "1999-01-01", "x-stainless-lang": "js" },
      "?beta=true&api-version=1",
    );
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-request-id")).toBeTruthy();
  });

  test("reads JSON that curl calls a form, and no form", async () => {
    const form = { "x-api-key": KEYS.acme, "content-type": "application/x-www-form-urlencoded" };
    expect((await post(form)).status).toBe(200);
    const answer = await fetch(`${gateway.url}${path}`, { method: "POST", headers: form, body: "model=demo&prompt=hi" });
    expect(answer.status).toBe(415);
    expect(((await answer.json()) as { error: { message: string } }).error.message).toContain("content-type: application/json");
  });

  test("says at once that a large body may come", async () => {
    const text = JSON.stringify({ ...body, metadata: { padding: "x".repeat(500) } });
    const waited = await new Promise<{ continued: boolean; status: number | undefined }>((resolve, reject) => {
      let continued = false;
      const headers = { "x-api-key": KEYS.acme, "content-type": "application/json", "content-length": String(Buffer.byteLength(text)), expect: "100-continue" };
      const req = httpRequest(`${gateway.url}${path}`, { method: "POST", headers }, (res) => {
        res.resume();
        res.on("end", () => resolve({ continued, status: res.statusCode }));
      });
      req.on("continue", () => {
        continued = true;
        req.end(text);
      });
      req.on("error", reject);
      req.flushHeaders();
    });
    expect(waited).toEqual({ continued: true, status: 200 });
  });

  test("takes heads of 15 KiB", async () => {
    expect((await post({ "x-api-key": KEYS.acme, "x-codex-turn-metadata": "x".repeat(15 * 1024) })).status).toBe(200);
  });

  test("says exactly once why each choice ended", async () => {
    for (const stream of [false, true]) {
      const answer = await fetch(`${gateway.url}${path}`, {
        method: "POST",
        headers: { "x-api-key": KEYS.acme, "content-type": "application/json" },
        body: JSON.stringify({ ...body, model: CHAT_ONLY, stream }),
      });
      const text = await answer.text();
      const ends = path === "/v1/responses" ? /"status":"completed","background"/g : /"finish_reason":"stop"/g;
      expect(text.match(ends)).toHaveLength(1);
    }
  });
});

test("HEAD / needs no key and is quick", async () => {
  const { answers } = await rawExchange(gateway.server.port, rawRequest("HEAD / HTTP/1.1"));
  expect(answers[0]?.status).toBe(200);
});

test("a session that repeats itself without end is told to wait; others go on", async () => {
  const ask = (session: string): Promise<Response> => gateway.post("/v1/responses", { model: "pool", input: "hi", store: false }, { "x-session-id": session });
  const statuses: number[] = [];
  let wait: string | null = null;
  for (let batch = 0; batch < 10; batch++) {
    for (const answer of await Promise.all(Array.from({ length: 10 }, () => ask("ses_loop")))) {
      statuses.push(answer.status);
      wait ??= answer.status === 429 ? answer.headers.get("retry-after") : null;
      await answer.text();
    }
  }
  const served = statuses.filter((status) => status === 200).length;
  expect(served).toBe(80);
  expect(statuses.filter((status) => status === 429)).toHaveLength(20);
  expect(gateway.main.tally.calls).toHaveLength(80);
  expect(wait).toMatch(/^(?:[1-9]|10)$/);
  expect((await ask("ses_other")).status).toBe(200);
  await gateway.settled();
});
