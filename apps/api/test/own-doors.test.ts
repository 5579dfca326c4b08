/** First-party clients: chats under their own path, calls watched and cancelled. */
import { beforeAll, describe, expect, test } from "vitest";
import { answersDescribedBy, type DescribedAnswers } from "@switchyard/testkit/described-answers";
import { wavOfSeconds } from "@switchyard/testkit/sound";
import { KEYS } from "./gateway-harness.process.ts";
import { mediaConfig } from "./media-config.ts";
import { useGateway } from "./use-gateway.ts";

const gateway = useGateway({ UPSTREAM_IDLE_MS: "20000", UPSTREAM_FIRST_BYTE_MS: "20000" }, mediaConfig);

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
const status = (id: string, key: string = KEYS.acme): Promise<Response> => fetch(`${gateway.url}/api/llm/status/${id}`, { headers: bearer(key) });
const cancel = (requestId: string, key: string = KEYS.acme): Promise<Response> =>
  gateway.post("/api/llm/cancel", { requestId }, { authorization: `Bearer ${key}` });
const chat = (more: Record<string, unknown>, headers: Record<string, string> = {}): Promise<Response> =>
  gateway.post("/api/llm/chat/completions", { model: "pool", messages: [{ role: "user", content: "hi" }], ...more }, headers);

test("a chat under the own path is the same chat; what tells of the task stays here", async () => {
  const answer = await chat({ task_type: "implementation_plan" });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ object: "chat.completion", usage: { cost: expect.any(String) as string } });
  expect(gateway.main.tally.calls[0]?.body).not.toHaveProperty("task_type");
});

test("a running stream is shown to its key alone and cancelled: the provider is left, what flowed is charged, the stream says so", async () => {
  const before = await gateway.wallet("acme");
  gateway.main.next({ kind: "text", tokens: 50, inputTokens: 10, fault: { kind: "stall", at: 20 } });
  const answer = await chat({ stream: true }, { "x-client-request-id": "mine-1" });
  const id = answer.headers.get("x-generation-id") ?? "";
  for (const known of ["mine-1", id, answer.headers.get("x-request-id") ?? ""]) {
    expect(await (await status(known)).json()).toMatchObject({
      requestId: known,
      status: "active",
      generationId: id,
      provider: "main",
      stream: true,
      hasContent: true,
    });
  }
  expect((await status(id, KEYS.other)).status).toBe(404);
  expect((await status(id, KEYS.narrow)).status).toBe(404);
  expect((await cancel(id, KEYS.narrow)).status).toBe(404);
  expect(await (await cancel("mine-1")).json()).toMatchObject({ success: true });
  const text = await answer.text();
  expect(text).toContain("The call was cancelled.");
  expect(text).not.toContain("[DONE]");
  await gateway.main.until((tally) => tally.aborted === 1);
  await gateway.settled();
  expect((await gateway.wallet("acme")).posted).toBeLessThan(before.posted);
  await expect.poll(async () => (await status(id)).json()).toMatchObject({ status: "finished", outcome: "aborted" });
  expect((await cancel(id)).status).toBe(404);
});

test("a call that is answered whole is cancelled as well, and costs nothing when nothing came", async () => {
  const before = await gateway.wallet("acme");
  gateway.main.next({ kind: "text", text: "never", fault: { kind: "stall", at: "before-headers" } });
  const asked = chat({}, { "x-client-request-id": "mine-2" });
  await gateway.main.until((tally) => tally.requests === 1);
  expect((await cancel("mine-2")).status).toBe(200);
  const answer = await asked;
  expect(answer.status).toBe(499);
  await gateway.settled();
  expect((await gateway.wallet("acme")).posted).toBe(before.posted);
});

test("an upload shows its progress and can be cancelled", async () => {
  const wav = wavOfSeconds(60);
  const head = `--b\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n`;
  const begun = Buffer.concat([Buffer.from(head), wav.subarray(0, 1_000_000)]);
  const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(begun) });
  const headers = { ...bearer(KEYS.acme), "content-type": "multipart/form-data; boundary=b", "x-client-request-id": "upload-1" };
  const asked = fetch(`${gateway.url}/api/audio/transcriptions`, { method: "POST", headers, body, duplex: "half" } as RequestInit).then(
    (answer) => answer.status,
    () => "gone",
  );
  await expect
    .poll(async () => (await status("upload-1")).json())
    .toMatchObject({ status: "uploading", upload: { receivedBytes: begun.length, totalBytes: null } });
  expect((await cancel("upload-1")).status).toBe(200);
  expect([499, "gone"]).toContain(await asked);
  await expect.poll(async () => (await status("upload-1")).status).toBe(404);
});

test.each([[{}], [{ requestId: "" }], [{ requestId: 7 }], [{ requestId: "x".repeat(201) }]])("cancelling %j is refused naming the field", async (body) => {
  const answer = await gateway.post("/api/llm/cancel", body);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { param: "requestId" } });
});

test("an unknown id is not found, whatever it is", async () => {
  for (const id of ["gen_00000000000000000000000001", "nothing", "%00", "..%2f..", "x".repeat(5_000)]) {
    expect((await status(id)).status, id.slice(0, 20)).toBe(404);
  }
  expect((await cancel("gen_00000000000000000000000001")).status).toBe(404);
});

describe("answers are what the API's description says they are", () => {
  const operator = { authorization: `Bearer ${KEYS.operator}` };
  const acme = { authorization: `Bearer ${KEYS.acme}` };
  const messages = [{ role: "user", content: "hi" }];
  const contents = [{ role: "user", parts: [{ text: "hi" }] }];
  let described: DescribedAnswers;
  beforeAll(async () => {
    described = answersDescribedBy(await (await fetch(`${gateway.url}/openapi.json`)).json());
  });

  /** Method, path as described, path as asked where that differs, status, credential, body. */
  const asked: readonly (readonly [string, string, string, number, Record<string, string>, unknown?])[] = [
    ["POST", "/v1/chat/completions", "", 200, acme, { model: "pool", messages }],
    ["POST", "/api/llm/chat/completions", "", 200, acme, { model: "pool", messages }],
    ["POST", "/v1/chat/completions", "", 400, acme, { model: "pool" }],
    ["POST", "/v1/chat/completions", "", 404, acme, { model: "nobody", messages }],
    ["POST", "/v1/completions", "", 200, acme, { model: "pool", prompt: "hi" }],
    ["POST", "/v1/responses", "", 200, acme, { model: "pool", input: "hi" }],
    ["POST", "/v1/messages", "", 200, acme, { model: "pool", max_tokens: 50, messages }],
    ["POST", "/v1/messages", "", 400, acme, { model: "pool", messages }],
    ["POST", "/v1/messages/count_tokens", "", 200, acme, { model: "pool", messages }],
    ["POST", "/v1beta/models/{asked}", "/v1beta/models/pool:generateContent", 200, acme, { contents }],
    ["POST", "/v1beta/models/{asked}", "/v1beta/models/nobody:generateContent", 404, acme, { contents }],
    ["GET", "/v1beta/models", "", 200, acme],
    ["GET", "/v1beta/models/{asked}", "/v1beta/models/pool", 200, acme],
    ["GET", "/v1/models", "", 200, acme],
    ["GET", "/v1/models/{model}", "/v1/models/main/gpt-4o-mini", 200, acme],
    ["GET", "/v1/models/{model}", "/v1/models/nobody", 404, acme],
    ["GET", "/v1/models", "", 401, { authorization: "Bearer nonsense" }],
    ["GET", "/v1/generation", "/v1/generation?id=gen_none", 404, acme],
    ["POST", "/v1/embeddings", "", 200, acme, { model: "text-embedding-3-small", input: "hi" }],
    ["POST", "/v1/moderations", "", 200, acme, { model: "omni-moderation-latest", input: "hi" }],
    ["POST", "/api/models/estimate-tokens", "", 200, acme, { model: "pool", text: "hi" }],
    ["POST", "/api/models/estimate-cost", "", 200, acme, { modelId: "pool", inputTokens: 5, outputTokens: 5 }],
    ["POST", "/api/models/estimate-batch-cost", "", 200, acme, { requests: [{ modelId: "pool", inputTokens: 5, outputTokens: 5 }] }],
    ["POST", "/api/llm/cancel", "", 404, acme, { requestId: "gen_none" }],
    ["GET", "/health", "", 200, {}],
    ["GET", "/ready", "", 200, {}],
    ["GET", "/api/admin/wallets", "", 200, operator],
    ["GET", "/api/admin/wallets", "", 403, acme],
    ["GET", "/api/admin/wallets/{workspaceId}/entries", "/api/admin/wallets/nobody/entries", 404, operator],
    ["GET", "/api/admin/invariants", "", 200, operator],
    ["GET", "/api/admin/config", "", 200, operator],
    ["POST", "/api/admin/config", "", 200, operator, {}],
    ["POST", "/api/admin/config", "", 400, operator, { nonsense: 1 }],
    ["POST", "/api/admin/prices/refresh", "", 200, operator, { dryRun: true }],
    ["POST", "/api/admin/import", "", 404, operator, { provider: "nobody" }],
    ["POST", "/api/admin/import/undo", "", 404, operator, { importId: "aud_none" }],
    ["POST", "/api/admin/route", "", 200, operator, { model: "pool" }],
    ["POST", "/api/admin/password", "", 404, operator, { email: "nobody@acme.test", password: "a long enough password" }],
    ["GET", "/api/admin/groups", "", 200, operator],
    ["GET", "/api/admin/groups/{name}", "/api/admin/groups/pool", 200, operator],
    ["GET", "/api/admin/aliases", "", 200, operator],
    ["GET", "/api/admin/routing", "", 200, operator],
    ["GET", "/api/admin/changes", "", 200, operator],
  ];
  for (const [method, path, real, status, headers, body] of asked) {
    test(`${method} ${real || path} ${status}`, async () => {
      const answer = await fetch(`${gateway.url}${real || path}`, {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      expect(answer.status, text).toBe(status);
      expect(described.faultsOf(method, path, status, JSON.parse(text)), text.slice(0, 2_000)).toEqual([]);
      const generation = answer.headers.get("x-generation-id");
      if (status === 200 && generation) expect(described.faultsOf("GET", "/v1/generation", 200, await gateway.generation(generation))).toEqual([]);
    });
  }

  test("kept responses, and the wallet's entries", async () => {
    const made = (await (await gateway.post("/v1/responses", { model: "pool", input: "hi", store: true })).json()) as { id: string };
    const place = `${gateway.url}/v1/responses/${made.id}`;
    expect(described.faultsOf("GET", "/v1/responses/{id}", 200, await (await fetch(place, { headers: acme })).json())).toEqual([]);
    const items = await fetch(`${place}/input_items`, { headers: acme });
    expect(described.faultsOf("GET", "/v1/responses/{id}/input_items", 200, await items.json())).toEqual([]);
    const gone = await fetch(place, { method: "DELETE", headers: acme });
    expect(described.faultsOf("DELETE", "/v1/responses/{id}", 200, await gone.json())).toEqual([]);
    await gateway.settled();
    const { workspaceId } = await gateway.wallet("acme");
    const entries = (await gateway.admin(`/api/admin/wallets/${workspaceId}/entries`)) as { entries: unknown[] };
    expect(entries.entries.length).toBeGreaterThan(0);
    expect(described.faultsOf("GET", "/api/admin/wallets/{workspaceId}/entries", 200, entries)).toEqual([]);
  });
});
