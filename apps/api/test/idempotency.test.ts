/** The promise of Idempotency-Key through the running program: one request upstream, one charge, whatever is repeated and whatever breaks. */
import { expect, test } from "vitest";
import { createGate } from "@switchyard/testkit/fake-script";
import { KEYS } from "./gateway-harness.process.ts";
import { useGateway } from "./use-gateway.ts";

const gateway = useGateway();

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly code: string | undefined;
}
const body = { model: "main/gpt-4o-mini", messages: [{ role: "user", content: "Say hello" }], max_tokens: 20 };
const send = async (
  key: string,
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
  path = "/v1/chat/completions",
): Promise<Answered> => {
  const answer = await gateway.post(path, { ...body, ...more }, { "idempotency-key": key, ...headers });
  const text = await answer.text();
  const code = answer.ok ? undefined : (JSON.parse(text) as { error: { code: string } }).error.code;
  return { status: answer.status, headers: answer.headers, text, code };
};
let keys = 0;
const fresh = (): string => `key-${++keys}`;
const upstream = (): number => gateway.main.tally.requests;
const balance = async (): Promise<bigint> => (await gateway.wallet("acme")).posted;

test("a repeated request is answered as before, without a second call upstream or a second charge", async () => {
  const before = await balance();
  const key = fresh();
  const first = await send(key);
  expect(first.status).toBe(200);
  expect(first.headers.get("idempotent-replayed")).toBeNull();
  const charged = before - (await balance());
  expect(charged).toBeGreaterThan(0n);
  for (let repeat = 0; repeat < 3; repeat++) {
    const again = await send(key);
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.headers.get("x-generation-id")).toBe(first.headers.get("x-generation-id"));
  }
  expect(upstream()).toBe(1);
  expect(before - (await balance())).toBe(charged);
  await gateway.settled();
});

test("of fifty at once one goes upstream; the others are told to come back, and get its answer when they do", async () => {
  const key = fresh();
  const gate = createGate();
  gateway.main.always({ kind: "text", text: "only once", wait: { at: "headers", gate } });
  const refused: Answered[] = [];
  const running = Array.from({ length: 50 }, async () => {
    const answer = await send(key);
    if (answer.status === 409) refused.push(answer);
    return answer;
  });
  await gate.reached;
  await expect.poll(() => refused.length, { timeout: 20_000 }).toBe(49);
  gate.open();
  const answers = await Promise.all(running);
  for (const { code, headers } of refused) expect([code, headers.get("retry-after")]).toEqual(["idempotency_in_progress", "1"]);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ code }) => code === "idempotency_in_progress")).toHaveLength(49);
  expect((await send(key)).text).toBe(answers.find(({ status }) => status === 200)?.text);
  expect(upstream()).toBe(1);
  await gateway.settled();
}, 30_000);

test("the same key with another body is refused, and never sent; with only other spaces it is the same", async () => {
  const key = fresh();
  expect((await send(key)).status).toBe(200);
  const other = await send(key, { max_tokens: 21 });
  expect([other.status, other.code]).toEqual([422, "idempotency_key_reused"]);
  const streamed = await send(key, { stream: true });
  expect([streamed.status, streamed.code]).toEqual([422, "idempotency_key_reused"]);
  const spaced = await gateway.post("/v1/chat/completions", JSON.stringify(body, undefined, 2), { "idempotency-key": key });
  expect([spaced.status, spaced.headers.get("idempotent-replayed")]).toEqual([200, "true"]);
  expect(upstream()).toBe(1);
});

test("other workspaces and other doors know nothing of a key", async () => {
  const key = fresh();
  expect((await send(key)).status).toBe(200);
  const stranger = await send(key, {}, { authorization: `Bearer ${KEYS.other}` });
  expect([stranger.status, stranger.headers.get("idempotent-replayed")]).toEqual([200, null]);
  const door = await send(key, {}, {}, "/v1/messages");
  expect([door.status, door.headers.get("idempotent-replayed")]).toEqual([200, null]);
  expect(upstream()).toBe(3);
});

test.each([
  ["/v1/messages", body],
  ["/v1/responses", { model: body.model, input: "Say hello", max_output_tokens: 20 }],
] as const)("%s repeats its answer, too", async (path, request) => {
  const key = fresh();
  const ask = async (): Promise<Response> => gateway.post(path, request, { "idempotency-key": key });
  const first = await ask();
  expect(first.status).toBe(200);
  // A response that is told anew says when it was told.
  const told = async (answer: Response): Promise<unknown> => ({ ...((await answer.json()) as object), created_at: 0, completed_at: 0 });
  const answer = await told(first);
  for (let repeat = 0; repeat < 2; repeat++) {
    const again = await ask();
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([200, "true"]);
    expect(await told(again)).toEqual(answer);
  }
  expect(upstream()).toBe(1);
});

test("of a stream there is no replay, but no second call either: the answer names the first", async () => {
  const key = fresh();
  const first = await send(key, { stream: true });
  expect(first.text).toContain("[DONE]");
  const again = await send(key, { stream: true });
  expect([again.status, again.code, again.headers.get("x-should-retry")]).toEqual([409, "idempotency_replay_unavailable", "false"]);
  expect(again.text).toContain(first.headers.get("x-generation-id"));
  expect(upstream()).toBe(1);
});

test("a stream that is running refuses its twin", async () => {
  const key = fresh();
  const gate = createGate();
  gateway.main.always({ kind: "text", tokens: 6, wait: { at: 3, gate } });
  const first = send(key, { stream: true });
  await gate.reached;
  const twin = await send(key, { stream: true });
  expect([twin.status, twin.code]).toEqual([409, "idempotency_in_progress"]);
  gate.open();
  expect((await first).text).toContain("[DONE]");
  expect(upstream()).toBe(1);
});

test("what delivered nothing frees the key: a provider's failure, a refusal for money, a wrong request", async () => {
  const failed = fresh();
  gateway.main.next({ kind: "status", status: 500, message: "broken" });
  expect((await send(failed)).status).toBe(502);
  expect([(await send(failed)).status, upstream()]).toEqual([200, 2]);
  const broke = fresh();
  expect((await send(broke, { max_tokens: 900_000_000, model: "spare/spare-large", n: 128 }, { authorization: `Bearer ${KEYS.poor}` })).code).toBe(
    "insufficient_credits",
  );
  expect((await send(broke, { max_tokens: 1 }, { authorization: `Bearer ${KEYS.poor}` })).status).toBe(200);
  const wrong = fresh();
  expect((await send(wrong, { temperature: 7 })).status).toBe(400);
  expect((await send(wrong, { model: "no-such-model" })).status).toBe(404);
  expect((await send(wrong)).status).toBe(200);
  await gateway.settled();
});

test("an answer that is too large to keep is not told again, and not sent again", async () => {
  const key = fresh();
  gateway.main.next({ kind: "text", text: "x".repeat(300_000), ignoreCap: true });
  expect((await send(key)).status).toBe(200);
  expect((await send(key)).code).toBe("idempotency_replay_unavailable");
  expect(upstream()).toBe(1);
});

test.each(["x".repeat(256), "two words", "tab\there", ""])("a key that is none is refused by name: %j", async (key) => {
  const answer = await send(key);
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text)).toMatchObject({ error: { param: "Idempotency-Key", code: "invalid_request" } });
  expect(upstream()).toBe(0);
});

test("a replay costs neither money nor a place in the limits, and works when the wallet is empty", async () => {
  const answer = await gateway.post(
    "/api/admin/config",
    {
      workspaces: [
        { name: "acme", keys: [{ name: "once a day", secret: "sy-once-a-day-key-for-tests", limits: [{ kind: "requests", max: 1, windowSeconds: 86_400 }] }] },
      ],
    },
    { authorization: `Bearer ${KEYS.operator}` },
  );
  expect(answer.status).toBe(200);
  const authorization = "Bearer sy-once-a-day-key-for-tests";
  const key = fresh();
  expect((await send(key, {}, { authorization })).status).toBe(200);
  expect((await send(key, {}, { authorization })).headers.get("idempotent-replayed")).toBe("true");
  expect((await send(fresh(), {}, { authorization })).status).toBe(429);
});

test("after a crash in mid-call the key is free again, or stands for what was charged; never for two calls", async () => {
  const [silent, spoken] = [fresh(), fresh()];
  const gate = createGate();
  gateway.main.next({ kind: "text", text: "never told", wait: { at: "before-headers", gate } });
  const lost = send(silent).catch(() => undefined);
  await gate.reached;
  const middle = createGate();
  gateway.main.next({ kind: "text", tokens: 40, frameDelayMs: 60, wait: { at: 30, gate: middle } });
  const broken = send(spoken, { stream: true, max_tokens: 50 }).catch(() => undefined);
  await middle.reached;
  await gateway.kill();
  await Promise.all([lost, broken]);
  gate.open();
  middle.open();
  gateway.resetFakes();
  await gateway.restart();
  await expect.poll(async () => (await send(silent)).status, { timeout: 50_000, interval: 500 }).toBe(200);
  expect((await send(spoken, { stream: true, max_tokens: 50 })).code).toBe("idempotency_replay_unavailable");
  expect(upstream()).toBe(1);
  await gateway.settled();
}, 90_000);
