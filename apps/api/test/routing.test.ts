/** Names, strategies and sessions through the running server. */
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
