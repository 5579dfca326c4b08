/** What counts as a failure, and when a target rests: by each group's own settings, through the running server. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { KEYS, PRICE, startGateway, type Gateway } from "./gateway-harness.process.ts";

let gateway: Gateway;

const both = [
  { provider: "main", model: "gpt-4o-mini", priority: 1 },
  { provider: "spare", model: "spare-large", priority: 2 },
];
const counted = { failures: 2, minutes: 1, share: 0, restSeconds: 2 };
const GROUPS = [
  { name: "counting", targets: both, failover: { restAfter: counted } },
  {
    name: "odd",
    targets: both,
    failover: { on: { context_too_long: "next", empty: "accept" }, statuses: { next: [418], stop: [500] } },
  },
  // Long enough that a busy machine still answers at once within it.
  { name: "hedged", targets: both, hedgeAfterMs: 900 },
  { name: "hedged-three", targets: [...both, { provider: "claude", model: "claude-sonnet-4-5", priority: 3 }], hedgeAfterMs: 150 },
  { name: "hurried", targets: both, failover: { firstTokenMs: 250 } },
  {
    name: "worded",
    targets: both,
    failureKeywords: [
      { text: "No Capacity", scope: "error" },
      { text: "try later", scope: "content" },
    ],
  },
];

async function apply(config: Record<string, unknown>): Promise<string[]> {
  const answer = await fetch(`${gateway.url}/api/admin/config`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEYS.operator}`, "content-type": "application/json" },
    body: JSON.stringify(config),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return ((await answer.json()) as { changes: string[] }).changes;
}
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries++) {
    if (tries > 400) throw new Error("it never came");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
/** A new key of a provider is what ends every rest of it; it also shows that it does. */
let keys = 0;
const mend = async (): Promise<void> => {
  keys += 1;
  await apply({
    providers: [
      { name: "main", kind: "openai", baseUrl: gateway.main.url, apiKey: `sk-main-number-${keys}` },
      { name: "spare", kind: "openai-compatible", baseUrl: gateway.spare.url, apiKey: `sk-spare-number-${keys}` },
    ],
  });
  await until(async () => {
    await (await ask("pool")).text();
    return gateway.main.tally.calls.at(-1)?.headers["authorization"] === `Bearer sk-main-number-${keys}`;
  });
  gateway.resetFakes();
};

beforeAll(async () => {
  gateway = await startGateway({ UPSTREAM_FIRST_BYTE_MS: "30000", UPSTREAM_IDLE_MS: "30000" });
  await apply({ groups: GROUPS });
  await until(async () => (await ask("worded")).status === 200);
});
afterAll(async () => {
  await gateway?.close();
});
beforeEach(() => gateway.resetFakes());

const messages = [{ role: "user" as const, content: "Say hello" }];
const ask = (model: string, extra: object = {}): Promise<Response> => gateway.post("/v1/chat/completions", { model, messages, ...extra });
const asked = (): number[] => [gateway.main.tally.requests, gateway.spare.tally.requests];
const errorOf = async (response: Response): Promise<{ message: string; code: string }> =>
  ((await response.json()) as { error: { message: string; code: string } }).error;
const attemptsOf = async (response: Response): Promise<Record<string, unknown>[]> => {
  await response.text();
  const answer = await gateway.generation(response.headers.get("x-generation-id") ?? "");
  return answer["attempts"] as Record<string, unknown>[];
};

describe("a group says what leads to the next target", () => {
  test("by status", async () => {
    gateway.main.next({ kind: "status", status: 418 }, { kind: "status", status: 500 });
    expect((await ask("odd")).headers.get("x-switchyard-provider")).toBe("spare");
    expect((await ask("odd")).status).toBe(502);
    expect(asked()).toEqual([2, 1]);
  });

  test("by what failed: a context that is too long for one may do for the next", async () => {
    gateway.main.next({ kind: "status", status: 400, message: "This model's maximum context length is 8192 tokens.", code: "context_length_exceeded" });
    expect((await ask("odd")).headers.get("x-switchyard-provider")).toBe("spare");
  });

  test("an empty answer may be one", async () => {
    gateway.main.next({ kind: "text", text: "" }, { kind: "text", text: "" });
    expect((await ask("odd")).status).toBe(200);
    const streamed = await ask("odd", { stream: true });
    expect(await streamed.text()).toContain("[DONE]");
    expect(asked()).toEqual([2, 0]);
  });

  test("a first token that is late, whether headers came or not", async () => {
    gateway.main.next(
      { kind: "text", tokens: 5, fault: { kind: "stall", at: 0 } },
      { kind: "text", tokens: 5, fault: { kind: "stall", at: "before-headers" } },
    );
    for (const _ of [1, 2]) {
      const begun = performance.now();
      const response = await ask("hurried", { stream: true });
      expect(response.headers.get("x-switchyard-provider")).toBe("spare");
      expect(performance.now() - begun).toBeLessThan(15_000); // the provider itself would be waited for twice as long
      expect((await attemptsOf(response))[0]).toMatchObject({ provider: "main", outcome: "failed", failure: "timeout" });
    }
  });

  test("a keyword in an error, where it is looked for, whatever the status", async () => {
    gateway.main.next({ kind: "status", status: 400, message: "Sorry: no CAPACITY left" });
    const response = await ask("worded");
    expect(response.headers.get("x-switchyard-provider")).toBe("spare");
    expect((await attemptsOf(response))[0]).toMatchObject({ failure: "keyword", status: 400, detail: "the provider's error says 'no capacity'" });
    gateway.main.next({ kind: "status", status: 400, message: "Please try later" });
    expect((await ask("worded")).status).toBe(400);
  });

  test("a keyword in an answer, where it is looked for, across the frames of a stream", async () => {
    gateway.main.next({ kind: "text", text: "Please try LATER." }, { kind: "text", text: "There is no capacity here." });
    const response = await ask("worded", { stream: true });
    expect(response.headers.get("x-switchyard-provider")).toBe("spare");
    expect(await response.text()).not.toContain("LATER");
    expect((await ask("worded")).headers.get("x-switchyard-provider")).toBe("main");
  });
});

describe("the settings of routing", () => {
  test("written out and applied again change nothing, and a file that leaves them out leaves them", async () => {
    const { groups, aliases, routing } = (await gateway.admin("/api/admin/config")) as Record<string, { name: string }[]>;
    expect(groups?.find(({ name }) => name === "odd")).toMatchObject({ failover: GROUPS.find(({ name }) => name === "odd")?.failover });
    expect(groups?.find(({ name }) => name === "worded")).toMatchObject({ failureKeywords: [{ text: "No Capacity", scope: "error" }, { scope: "content" }] });
    expect(await apply({ groups, aliases, routing })).toEqual([]);
    expect(await apply({ groups: [{ name: "odd", targets: both }] })).toEqual([]);
    expect(await apply({ groups: [{ name: "odd", targets: both, strategy: "weighted" }] })).toEqual(["group odd changed"]);
    expect(await apply({ groups: [{ name: "odd", targets: both, strategy: "priority" }] })).toEqual(["group odd changed"]);
  });

  test("that cannot be are refused with their place", async () => {
    for (const [part, place] of [
      [{ groups: [{ name: "x", targets: [], failover: { firstTokenMs: 1 } }] }, "groups[0].failover.firstTokenMs"],
      [{ groups: [{ name: "x", targets: [], failover: { on: { timeout: "accept" } } }] }, "only an empty answer"],
      [{ routing: { hedgeAfterMs: 5 } }, "routing.hedgeAfterMs"],
      [{ aliases: [{ name: "x", model: "no/such" }] }, "the alias x stands for no/such"],
      [{ groups: [{ name: "x", targets: [...both, both[0]] }] }, "main/gpt-4o-mini twice"],
    ] as const) {
      const refused = await apply(part as unknown as Record<string, unknown>).catch((error: unknown) => String(error));
      expect(refused).toContain(place);
    }
  });
});

describe("a target rests", () => {
  test("after as many failures as its group says; one call finds out whether it is well, and brings it back", async () => {
    await mend();
    gateway.main.next({ kind: "status", status: 500 }, { kind: "status", status: 503 });
    for (const _ of [1, 2, 3, 4]) expect((await ask("counting")).headers.get("x-switchyard-provider")).toBe("spare");
    expect(asked()).toEqual([2, 4]);
    await new Promise((resolve) => setTimeout(resolve, 2_050));
    gateway.resetFakes();
    const answers = await Promise.all(Array.from({ length: 8 }, async () => (await ask("counting")).headers.get("x-switchyard-provider")));
    expect(answers.filter((provider) => provider === "main").length).toBeGreaterThan(0);
    expect((await ask("counting")).headers.get("x-switchyard-provider")).toBe("main");
  });

  test("for longer when it is found ill again", async () => {
    await mend();
    gateway.main.next({ kind: "status", status: 500 }, { kind: "status", status: 500 }, { kind: "status", status: 500 });
    for (const _ of [1, 2]) await ask("counting");
    await new Promise((resolve) => setTimeout(resolve, 2_050));
    expect((await ask("counting")).headers.get("x-switchyard-attempts")).toBe("2");
    await new Promise((resolve) => setTimeout(resolve, 2_050)); // four seconds are due now
    expect((await ask("counting")).headers.get("x-switchyard-attempts")).toBe("1");
    expect(gateway.main.tally.requests).toBe(3);
  });

  test("never for the mistakes of clients", async () => {
    await mend();
    gateway.main.next(...Array.from({ length: 6 }, () => ({ kind: "status", status: 400, message: "temperature is not supported" }) as const));
    for (let call = 0; call < 6; call++) expect((await ask("counting")).status).toBe(400);
    expect((await ask("counting")).headers.get("x-switchyard-provider")).toBe("main");
  });

  test("with all its models when its credentials are refused, until it has new ones", async () => {
    await mend();
    gateway.main.next({ kind: "status", status: 401, message: "Incorrect API key" });
    expect((await ask("counting")).headers.get("x-switchyard-provider")).toBe("spare");
    expect((await ask("main/gpt-4o-mini")).status).toBe(503);
    expect(gateway.main.tally.requests).toBe(1);
    const metrics = await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${KEYS.operator}` } });
    expect(await metrics.text()).toContain('switchyard_target_state{target="main/gpt-4o-mini"} 3');
    await mend();
    expect((await ask("main/gpt-4o-mini")).status).toBe(200);
  });

  test("with all its models when its quota is gone", async () => {
    await mend();
    gateway.main.next({ kind: "status", status: 429, message: "You exceeded your current quota", code: "insufficient_quota", type: "insufficient_quota" });
    expect((await ask("pool")).headers.get("x-switchyard-provider")).toBe("spare");
    const alone = await ask("main/gpt-4o-mini");
    expect(alone.status).toBe(503);
    expect(Number(alone.headers.get("retry-after"))).toBeGreaterThan(50);
    expect(gateway.main.tally.requests).toBe(1);
    await mend();
  });
});

describe("when every target fails or rests", () => {
  test("one error counts the reasons and names the soonest moment to come back; then nobody is asked", async () => {
    await mend();
    gateway.main.next({ kind: "status", status: 429, retryAfter: "7" });
    gateway.spare.next({ kind: "status", status: 429, retryAfter: "3" });
    const failed = await ask("pool");
    expect(failed.status).toBe(503);
    expect(failed.headers.get("retry-after")).toBe("3");
    expect(await errorOf(failed)).toMatchObject({
      code: "provider_rate_limited",
      message: "No target of this model can answer now: 2 at its rate limit. Try again in 3 s.",
    });
    const resting = await ask("pool");
    expect(resting.status).toBe(503);
    expect(Number(resting.headers.get("retry-after"))).toBeLessThanOrEqual(3);
    expect((await errorOf(resting)).message).toMatch(
      /^No target of this model can answer now: left alone for a while: 2 at its rate limit\. Try again in [123] s\.$/,
    );
    expect(asked()).toEqual([1, 1]);
    const call = await gateway.generation(resting.headers.get("x-generation-id") ?? "");
    expect(call).toMatchObject({
      outcome: "refused",
      attempts: [],
      route: {
        order: [],
        skipped: [
          { target: "main/gpt-4o-mini", reason: "resting", because: "rate_limited" },
          { target: "spare/spare-large", reason: "resting", because: "rate_limited" },
        ],
      },
    });
    await mend();
    await gateway.settled();
  });
});

describe("hedging", () => {
  test("asks a second target when the first token is late; one is charged, the other broken off, both are told", async () => {
    await mend();
    for (const stream of [true, false]) {
      gateway.resetFakes();
      gateway.main.next({ kind: "text", text: "too slow", headersDelayMs: 15_000 });
      gateway.spare.next({ kind: "text", text: "spare was faster", inputTokens: 10 });
      const before = await gateway.wallet("acme");
      const begun = performance.now();
      const response = await ask("hedged", { stream });
      expect(await response.clone().text()).toContain("spare");
      expect(performance.now() - begun).toBeLessThan(12_000);
      expect(response.headers.get("x-switchyard-provider")).toBe("spare");
      expect(response.headers.get("x-switchyard-attempts")).toBe("2");
      expect(asked()).toEqual([1, 1]);
      const attempts = await attemptsOf(response);
      expect(attempts.find(({ provider }) => provider === "main")).toMatchObject({ outcome: "aborted", detail: "another attempt began to answer first" });
      expect(attempts.find(({ provider }) => provider === "spare")).toMatchObject({ outcome: "ok", hedge: true });
      await gateway.settled();
      const { input, output } = gateway.spare.tally.usage;
      expect(before.posted - (await gateway.wallet("acme")).posted).toBe(BigInt(input) * PRICE.spare.input + BigInt(output) * PRICE.spare.output);
      await expect.poll(() => gateway.main.tally.aborted).toBe(1);
    }
  });

  test("asks nobody else when the first is in time, and keeps the first when it wins after all", async () => {
    gateway.main.next({ kind: "text", text: "in time" }, { kind: "text", text: "late but first", headersDelayMs: 1_200 });
    expect((await ask("hedged")).headers.get("x-switchyard-attempts")).toBe("1");
    gateway.spare.next({ kind: "text", text: "never", headersDelayMs: 20_000 });
    const response = await ask("hedged", { stream: true });
    expect(response.headers.get("x-switchyard-provider")).toBe("main");
    expect(await response.text()).toContain("[DONE]");
    await expect.poll(() => gateway.spare.tally.aborted).toBe(1);
    await gateway.settled();
  });

  test("still goes on to the third when both fail, and tells the client's own mistake at once", async () => {
    await mend();
    gateway.main.next({ kind: "status", status: 500, headersDelayMs: 300 });
    gateway.spare.next({ kind: "status", status: 503 });
    expect((await ask("hedged-three")).headers.get("x-switchyard-provider")).toBe("claude");
    gateway.main.next({ kind: "text", text: "too slow", headersDelayMs: 15_000 });
    gateway.spare.next({ kind: "status", status: 400, message: "temperature is not supported" });
    expect((await ask("hedged-three")).status).toBe(400);
    await gateway.settled();
  });
});
