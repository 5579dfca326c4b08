/** Names, strategies, sessions and the dry run through the running server. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { KEYS, startGateway, type Gateway } from "./gateway-harness.process.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway?.close();
});
beforeEach(() => gateway.resetFakes());

const messages = [{ role: "user" as const, content: "Say hello" }];
const ask = (model: string, headers: Record<string, string> = {}, extra: object = {}): Promise<Response> =>
  gateway.post("/v1/chat/completions", { model, messages, ...extra }, headers);
const providerOf = async (model: string, headers?: Record<string, string>, extra?: object): Promise<string | null> => {
  const response = await ask(model, headers, extra);
  await response.text();
  return response.headers.get("x-switchyard-provider");
};
const explain = async (response: Response): Promise<Record<string, unknown>> => {
  await response.text();
  const id = response.headers.get("x-generation-id");
  const answer = await fetch(`${gateway.url}/v1/generation?id=${id}`, { headers: { authorization: `Bearer ${KEYS.acme}` } });
  return (await answer.json()) as Record<string, unknown>;
};
const as = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

describe("a model's name", () => {
  test("may be an alias, which the list of models and the trail know", async () => {
    const call = await explain(await ask("gpt-4o-2024-08-06"));
    expect(call).toMatchObject({
      group: "pool",
      model_asked: "gpt-4o-2024-08-06",
      route: { by: "alias", of: "platform", alias: "pool", strategy: "priority" },
    });
    const models = (await (await fetch(`${gateway.url}/v1/models`, { headers: as(KEYS.narrow) })).json()) as { data: { id: string }[] };
    expect(models.data.map(({ id }) => id)).toEqual(["pool", "gpt-4o-2024-08-06"]);
    expect((await fetch(`${gateway.url}/v1/models/gpt-4o-2024-08-06`, { headers: as(KEYS.narrow) })).status).toBe(200);
  });

  test("may be auto, within what the key may use", async () => {
    expect(await explain(await ask("auto"))).toMatchObject({
      provider: "main",
      route: { by: "auto", strategy: "lowest_cost", order: ["main/gpt-4o-mini", "claude/claude-sonnet-4-5", "spare/spare-large"] },
    });
    expect(await providerOf("auto", as(KEYS.narrow))).toBe("main");
    expect((await ask("three", as(KEYS.narrow))).status).toBe(403);
  });

  test("may be bare where only one provider has it", async () => {
    expect(await explain(await ask("spare-large"))).toMatchObject({ provider: "spare", route: { by: "bare_model" } });
  });
});

describe("a group in turn", () => {
  test("shares its calls out evenly", async () => {
    for (let call = 0; call < 6; call++) await providerOf("sharing");
    expect([gateway.main.tally.requests, gateway.spare.tally.requests]).toEqual([3, 3]);
  });

  test("keeps a session where it is, by header or by the key of the prompt's cache", async () => {
    const homes = new Set<string | null>();
    for (let session = 0; session < 12; session++) {
      const header = { "x-session-id": `session-${session}` };
      const home = await providerOf("sharing", header);
      homes.add(home);
      expect(await providerOf("sharing", header)).toBe(home);
      expect(await providerOf("sharing", { "X-Claude-Code-Session-Id": `session-${session}` })).toBe(home);
      expect(await providerOf("sharing", {}, { prompt_cache_key: `session-${session}` })).toBe(home);
    }
    expect(homes).toEqual(new Set(["main", "spare"]));
    expect(await explain(await ask("sharing", { "x-session-id": "any" }))).toMatchObject({ route: { strategy: "round_robin", sticky: true } });
  });
});

describe("the dry run", () => {
  const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url));
  const route = async (...words: string[]): Promise<{ code: number; text: string }> => {
    const env = { ...process.env, SWITCHYARD_URL: gateway.url, SWITCHYARD_KEY: KEYS.operator };
    try {
      return { code: 0, text: (await promisify(execFile)(process.execPath, [cli, "route", ...words], { env })).stdout };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, text: stdout + stderr };
    }
  };

  test("tells the plan of a call and sends nothing", async () => {
    const { code, text } = await route("--model", "gpt-4o-2024-08-06", "--key", "acme/narrow");
    expect(code).toBe(0);
    expect(text).toContain("gpt-4o-2024-08-06 is an alias of the platform for pool, in the order of priority");
    expect(text).toMatch(/^1\. main\/gpt-4o-mini {2}priority 1 .*\n2\. spare\/spare-large {2}priority 2 /m);
    expect([gateway.main.tally.requests, gateway.spare.tally.requests]).toEqual([0, 0]);
  });

  test("knows what a key may not use, who rests now, and that it will be over", async () => {
    expect(await route("--model", "three", "--key", "acme/narrow")).toMatchObject({
      code: 1,
      text: expect.stringContaining("may not use this model") as string,
    });
    expect(await route("--model", "pool", "--key", "acme/nobody")).toMatchObject({
      code: 1,
      text: expect.stringContaining("no such workspace or key") as string,
    });
    expect(await route("--model", "pool", "--at", "2020-01-01T00:00:00Z")).toMatchObject({ code: 1, text: expect.stringContaining("the past") as string });
    gateway.main.next({ kind: "status", status: 429, retryAfter: "3" });
    await (await ask("pool")).text();
    const resting = await route("--model", "pool");
    expect(resting.text).toMatch(/^1\. spare\/spare-large/m);
    expect(resting.text).toMatch(/^- {2}main\/gpt-4o-mini {2}rests after rate_limited until \S+ \([123] s\)/m);
    expect((await route("--model", "pool", "--at", "+1m")).text).toMatch(/^1\. main\/gpt-4o-mini/m);
    expect((await route("--model", "main/gpt-4o-mini", "--operation", "rerank")).text).toContain("cannot do this: rerank");
  }, 30_000);
});
