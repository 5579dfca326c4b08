/** Failover through the running server: until the first content always, after it never. */
import { beforeAll, describe, expect, test } from "vitest";
import { OpenAI } from "openai";
import type { Script } from "@switchyard/testkit/fake-script";
import { freePort } from "@switchyard/testkit/free-port.process";
import { KEYS, PRICE } from "./gateway-harness.process.ts";
import { useGateway } from "./use-gateway.ts";

const gateway = useGateway();

const messages = [{ role: "user" as const, content: "Say hello" }];
const ask = (extra: Record<string, unknown> = {}): Promise<Response> => gateway.post("/v1/chat/completions", { model: "pool", messages, ...extra });

async function framesOf(response: Response): Promise<string[]> {
  return (await response.text())
    .split("\n\n")
    .filter((frame) => frame.startsWith("data: "))
    .map((frame) => frame.slice(6));
}

const FAILURES: Readonly<Record<string, Script>> = {
  "408": { kind: "status", status: 408 },
  "409": { kind: "status", status: 409 },
  "500": { kind: "status", status: 500 },
  "503": { kind: "status", status: 503 },
  "529": { kind: "status", status: 529 },
  "a reset before headers": { kind: "text", tokens: 5, fault: { kind: "reset", at: "before-headers" } },
  "a reset after headers": { kind: "text", tokens: 5, fault: { kind: "reset", at: "headers" } },
  silence: { kind: "text", tokens: 5, fault: { kind: "stall", at: "before-headers" } },
  "an HTML page with status 200": { kind: "body", body: "<html>maintenance</html>", contentType: "text/html" },
  "an empty body": { kind: "body", body: "" },
  "a redirect": { kind: "redirect", location: "http://127.0.0.1:9/elsewhere" },
};

describe("the next target answers when the first fails with", () => {
  for (const stream of [false, true]) {
    for (const [name, script] of Object.entries(FAILURES)) {
      test(`${name} (${stream ? "streamed" : "whole"})`, async () => {
        gateway.main.next(script);
        gateway.spare.next({ kind: "text", text: "spare here", inputTokens: 10 });
        const before = await gateway.wallet("acme");
        const response = await ask({ stream });
        expect(response.status).toBe(200);
        expect(response.headers.get("x-switchyard-provider")).toBe("spare");
        expect(response.headers.get("x-switchyard-attempts")).toBe("2");
        expect(await response.text()).toContain("spare");
        expect([gateway.main.tally.requests, gateway.spare.tally.requests]).toEqual([1, 1]);
        // One hold, one charge: that of the target which answered.
        const { input, output } = gateway.spare.tally.usage;
        expect(before.posted - (await gateway.wallet("acme")).posted).toBe(BigInt(input) * PRICE.spare.input + BigInt(output) * PRICE.spare.output);
      });
    }
  }

  test("an error inside a 200 stream before content", async () => {
    gateway.main.next({ kind: "text", tokens: 5, fault: { kind: "error", at: 0 } });
    const response = await ask({ stream: true });
    expect(response.headers.get("x-switchyard-provider")).toBe("spare");
    expect(await response.text()).toContain("[DONE]");
  });

  test("an empty answer, whole and streamed", async () => {
    gateway.main.next({ kind: "text", text: "" }, { kind: "text", text: "" });
    expect((await ask()).headers.get("x-switchyard-provider")).toBe("spare");
    const streamed = await ask({ stream: true });
    expect(streamed.headers.get("x-switchyard-provider")).toBe("spare");
    await streamed.text();
  });

  test("a failure keyword across the frames of a stream", async () => {
    gateway.main.next({ kind: "text", text: "Sorry, the MODEL is overloaded just now." });
    const response = await ask({ model: "wary", stream: true });
    expect(response.headers.get("x-switchyard-provider")).toBe("spare");
    expect(await response.text()).not.toContain("Sorry");
  });

  test("529 from OpenAI, overload inside Anthropic's 200: the third one answers, in the order of priority", async () => {
    gateway.main.next({ kind: "status", status: 529 });
    gateway.claude.next({ kind: "text", tokens: 5, fault: { kind: "error", at: 0 } });
    const sdk = gateway.openai();
    const { data, response } = await sdk.chat.completions.create({ model: "three", messages, stream: true }).withResponse();
    let text = "";
    for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toBe("Hello from the fake provider.");
    expect(response.headers.get("x-switchyard-attempts")).toBe("3");
    const call = (await (
      await fetch(`${gateway.url}/v1/generation?id=${response.headers.get("x-generation-id")}`, { headers: { authorization: `Bearer ${KEYS.acme}` } })
    ).json()) as { attempts: { provider: string; outcome: string; failure?: string }[] };
    expect(call.attempts.map(({ provider, outcome, failure }) => [provider, outcome, failure])).toEqual([
      ["main", "failed", "overloaded"],
      ["claude", "failed", "overloaded"],
      ["spare", "ok", undefined],
    ]);
  });
});

describe("the client's own mistake is told, not tried elsewhere", () => {
  test("400, 413 and context length stop at the first target and cost nothing", async () => {
    const before = await gateway.wallet("acme");
    const cases: [Script, number, string][] = [
      [{ kind: "status", status: 400, message: "temperature is not supported with this model" }, 400, "invalid_request"],
      [{ kind: "status", status: 413 }, 413, "payload_too_large"],
      [
        { kind: "status", status: 400, message: "This model's maximum context length is 8192 tokens.", code: "context_length_exceeded" },
        400,
        "context_length_exceeded",
      ],
    ];
    for (const [script, status, code] of cases) {
      gateway.main.next(script);
      const response = await ask();
      expect(response.status).toBe(status);
      expect(((await response.json()) as { error: { code: string } }).error.code).toBe(code);
    }
    expect(gateway.spare.tally.requests).toBe(0);
    expect((await gateway.wallet("acme")).posted).toBe(before.posted);
    await gateway.settled();
  });
});

describe("when every target fails", () => {
  test("the answer is one clear error with a request id, nothing is charged and no provider word leaks", async () => {
    gateway.main.next({ kind: "status", status: 500, message: "secret stack of sk-live-0123456789abcdef" });
    gateway.spare.next({ kind: "status", status: 503, message: "another secret" });
    const before = await gateway.wallet("acme");
    const response = await ask();
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(response.headers.get("x-request-id")).toBeTruthy();
    const text = await response.text();
    expect(text).not.toContain("secret");
    expect(JSON.parse(text)).toMatchObject({ error: { type: "overloaded_error", code: "overloaded" } });
    await gateway.settled();
    expect((await gateway.wallet("acme")).posted).toBe(before.posted);
  });

  test("a provider that refuses our credentials is our 502, never the client's 401", async () => {
    const lone = { kind: "status", status: 401, message: "Incorrect API key provided: sk-main-secret-of-the-test" } as const;
    gateway.claude.next(lone);
    const response = await ask({ model: "claude/claude-sonnet-4-5" });
    expect(response.status).toBe(502);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(await response.text()).not.toContain("sk-main");
  });
});

describe("a provider that nobody answers for", () => {
  const model = { id: "gone-1", maxOutput: 1_000, price: { inputPerMillion: "1", outputPerMillion: "10" } };
  beforeAll(async () => {
    const closed = await freePort();
    const applied = await gateway.post(
      "/api/admin/config",
      {
        providers: [{ name: "gone", kind: "openai-compatible", baseUrl: `http://127.0.0.1:${closed}/v1`, models: [model] }],
        groups: [
          {
            name: "half-gone",
            targets: [
              { provider: "gone", model: "gone-1", priority: 1 },
              { provider: "spare", model: "spare-large", priority: 2 },
            ],
          },
        ],
      },
      { authorization: `Bearer ${KEYS.operator}` },
    );
    if (!applied.ok) throw new Error(await applied.text());
  });

  test.each([false, true])("leaves the call to the next one (stream: %s)", async (stream) => {
    gateway.spare.next({ kind: "text", text: "spare here" });
    const response = await ask({ model: "half-gone", stream });
    expect(response.headers.get("x-switchyard-attempts")).toBe("2");
    expect(await response.text()).toContain("spare");
  });

  test.each([
    ["gone/gone-1", 502, "provider_error"],
    ["main/gpt-4o-mini", 504, "upstream_timeout"],
  ])("alone is one refusal and no charge: %s is %i", async (alone, status, code) => {
    const before = await gateway.wallet("acme");
    for (const stream of [false, true]) {
      gateway.main.next({ kind: "text", tokens: 5, fault: { kind: "stall", at: "before-headers" } });
      const response = await ask({ model: alone, stream });
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ error: { code } });
    }
    await gateway.settled();
    expect(await gateway.wallet("acme")).toEqual(before);
  });
});

describe("after the first content there is no other target", () => {
  for (const [name, [fault, code]] of Object.entries({
    "a reset": [{ kind: "reset", at: 3 }, "upstream_incomplete"],
    "a clean end without finish": [{ kind: "end", at: 3 }, "upstream_incomplete"],
    "an error frame": [{ kind: "error", at: 3, error: { message: "The server sk-live-0123456789abcdef is overloaded", type: "server_error" } }, "overloaded"],
    silence: [{ kind: "stall", at: 3 }, "upstream_timeout"],
  } as const)) {
    test(`${name} ends the stream with one error frame, no [DONE], and charges what flowed`, async () => {
      gateway.main.next({ kind: "text", tokens: 50, fault });
      const before = await gateway.wallet("acme");
      const frames = await framesOf(await ask({ stream: true }));
      expect(JSON.parse(frames.at(-1) ?? "")).toMatchObject({ error: { code } });
      expect(frames.join("")).not.toContain("sk-live");
      expect(frames.filter((frame) => frame.includes('"error"'))).toHaveLength(1);
      expect(frames).not.toContain("[DONE]");
      expect(gateway.spare.tally.requests).toBe(0);
      await gateway.settled();
      const charged = before.posted - (await gateway.wallet("acme")).posted;
      expect(charged).toBeGreaterThan(0n);
      expect(charged).toBeLessThan(50n * PRICE.main.output);
    });
  }

  test("the SDK throws, and keeps the partial text", async () => {
    gateway.main.next({ kind: "text", tokens: 50, fault: { kind: "reset", at: 3 } });
    const stream = await gateway.openai().chat.completions.create({ model: "pool", messages, stream: true });
    let text = "";
    await expect(
      (async () => {
        for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
      })(),
    ).rejects.toBeInstanceOf(OpenAI.APIError);
    expect(text.length).toBeGreaterThan(0);
  });
});

describe("Retry-After", () => {
  test("of a provider rests that target for as long, and the others go on", async () => {
    gateway.main.next({ kind: "status", status: 429, retryAfter: "4" });
    expect((await ask()).headers.get("x-switchyard-provider")).toBe("spare");
    expect((await ask()).headers.get("x-switchyard-attempts")).toBe("1");
    expect(gateway.main.tally.requests).toBe(1);
    const alone = await ask({ model: "main/gpt-4o-mini" });
    expect(alone.status).toBe(503);
    expect(Number(alone.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(Number(alone.headers.get("retry-after"))).toBeLessThanOrEqual(4);
    await expect.poll(async () => (await ask()).headers.get("x-switchyard-provider"), { interval: 200 }).toBe("main");
  });
});
