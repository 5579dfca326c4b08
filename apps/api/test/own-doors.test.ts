/** First-party clients: chats under their own path, calls watched and cancelled. */
import { expect, test } from "vitest";
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
