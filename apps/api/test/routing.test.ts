/** Names, strategies, sessions and the dry run through the running server. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { KEYS } from "./gateway-harness.process.ts";
import { useGateway } from "./use-gateway.ts";

const gateway = useGateway();

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
    gateway.main.next({ kind: "status", status: 429, retryAfter: "8" });
    await (await ask("pool")).text();
    const resting = await route("--model", "pool");
    expect(resting.text).toMatch(/^1\. spare\/spare-large/m);
    expect(resting.text).toMatch(/^- {2}main\/gpt-4o-mini {2}rests after rate_limited until \S+ \([1-8] s\)/m);
    expect((await route("--model", "pool", "--at", "+1m")).text).toMatch(/^1\. main\/gpt-4o-mini/m);
    expect((await route("--model", "main/gpt-4o-mini", "--operation", "rerank")).text).toContain("cannot do this: rerank");
  }, 30_000);
});

describe("what an operator changes while the program runs", () => {
  interface Told {
    readonly error?: { readonly message: string; readonly param: string | null };
    readonly revision?: string;
    readonly changes?: readonly { readonly id: string; readonly verb: string; readonly object: string; readonly actor: string; readonly undoable: boolean }[];
    readonly [field: string]: unknown;
  }
  const admin = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<{ status: number; told: Told }> => {
    const response = await fetch(`${gateway.url}/api/admin/${path}`, {
      method,
      headers: { ...as(KEYS.operator), "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, told: (await response.json()) as Told };
  };
  const latest = async (): Promise<NonNullable<Told["changes"]>[number]> =>
    (await admin("GET", "changes?limit=1")).told.changes?.[0] ?? expect.fail("something was changed");
  const mainTarget = { provider: "main", model: "gpt-4o-mini" };
  const spareTarget = { provider: "spare", model: "spare-large" };

  test("a group: made, changed, renamed, deleted, each time the next call follows", async () => {
    // Whoever was sent to rest by what came before is back.
    await expect.poll(() => providerOf("pool"), { timeout: 20_000, interval: 300 }).toBe("main");
    const made = await admin("PUT", "groups/fresh", { targets: [spareTarget] });
    expect(made).toMatchObject({ status: 201, told: { name: "fresh", targets: [{ ...spareTarget, priority: 1, weight: 1 }] } });
    expect(await providerOf("fresh")).toBe("spare");
    const changed = await admin(
      "PUT",
      "groups/fresh",
      { strategy: "priority", targets: [mainTarget, { ...spareTarget, priority: 2 }], hedgeAfterMs: 900 },
      { "if-match": `"${made.told.revision}"` },
    );
    expect(changed.status).toBe(200);
    expect(await providerOf("fresh")).toBe("main");
    expect(await admin("PUT", "groups/fresh", { targets: [] }, { "if-match": String(made.told.revision) })).toMatchObject({
      status: 409,
      told: { error: { param: "revision" } },
    });
    const { revision: _revision, name: _name, ...rest } = changed.told;
    expect((await admin("PUT", "groups/fresh", { ...rest, name: "fresher", keepOldName: true })).status).toBe(200);
    expect([await providerOf("fresher"), await providerOf("fresh")]).toEqual(["main", "main"]);
    expect(await admin("DELETE", "groups/fresher")).toMatchObject({ status: 409, told: { error: { message: expect.stringContaining("fresh") as string } } });
    expect((await admin("DELETE", "groups/fresher?cascade=true")).status).toBe(200);
    expect((await ask("fresher")).status).toBe(404);
    expect((await ask("fresh")).status).toBe(404);
  }, 30_000);

  test("takes a change back, once, and not over a later one", async () => {
    await admin("PUT", "groups/fleeting", { targets: [mainTarget] });
    const creation = await latest();
    expect(creation).toMatchObject({ verb: "group.created", object: "group fleeting", actor: "key:ops", undoable: true });
    await admin("DELETE", "groups/fleeting");
    const deletion = await latest();
    expect(await admin("POST", `changes/${creation.id}/undo`)).toMatchObject({ status: 409 });
    expect((await admin("POST", `changes/${deletion.id}/undo`)).status).toBe(200);
    expect(await providerOf("fleeting")).toBe("main");
    expect((await latest()) as object).toMatchObject({ verb: "group.created", undoes: deletion.id });
    expect((await admin("POST", `changes/${creation.id}/undo`)).status).toBe(200);
    expect((await ask("fleeting")).status).toBe(404);
    expect((await admin("POST", "changes/aud_00000000000000000000000000/undo")).status).toBe(404);
  });

  test("an alias, whose name may have slashes", async () => {
    expect(await admin("PUT", "aliases/vendor/model:latest", { model: "spare/spare-large" })).toMatchObject({ status: 201 });
    expect(await providerOf("vendor/model:latest")).toBe("spare");
    expect(await admin("PUT", "aliases/vendor/model:latest", { model: "pool" })).toMatchObject({ status: 200 });
    expect(await providerOf("vendor/model:latest")).toBe("main");
    expect(await admin("PUT", "aliases/vendor/model:latest", { model: "nothing" })).toMatchObject({ status: 400, told: { error: { param: "model" } } });
    expect((await admin("DELETE", "aliases/vendor/model:latest")).status).toBe(200);
    expect((await ask("vendor/model:latest")).status).toBe(404);
    expect((await admin("DELETE", "aliases/vendor/model:latest")).status).toBe(404);
  });

  test("what holds for all groups: failure keywords, statuses, the strategy of groups that name none, and auto", async () => {
    const { told: before } = await admin("GET", "routing");
    const { revision: _revision, ...settings } = before as { failover: object; revision: string };
    await admin("PUT", "groups/plain", { targets: [mainTarget, { ...spareTarget, priority: 2 }] });
    const wanted = {
      ...settings,
      strategy: "remote_first",
      auto: { enabled: false },
      failureKeywords: ["no capacity left"],
      failover: { ...settings.failover, statuses: { stop: [418] } },
    };
    expect((await admin("PUT", "routing", wanted)).status).toBe(200);
    expect((await ask("auto")).status).toBe(404);
    expect(await explain(await ask("plain"))).toMatchObject({ route: { strategy: "remote_first" } });
    gateway.main.next({ kind: "status", status: 418 });
    expect((await ask("pool")).status).toBeGreaterThanOrEqual(400);
    gateway.main.next({ kind: "status", status: 400, message: "There is no capacity left." });
    expect(await providerOf("pool")).toBe("spare");
    const change = await latest();
    expect(change).toMatchObject({ verb: "routing.changed", fields: expect.arrayContaining(["strategy", "auto", "failureKeywords", "statuses"]) as string[] });
    expect((await admin("POST", `changes/${change.id}/undo`)).status).toBe(200);
    expect((await admin("GET", "routing")).told).toEqual(before);
    expect((await ask("auto")).status).toBe(200);
    await admin("DELETE", "groups/plain");
  });

  test("a provider: tried, made, called, renamed, deleted with what names it, and its key is told to nobody", async () => {
    const secret = "sk-typed-in-the-console-1234";
    const put = (body: object, name = "third") => admin("PUT", `providers/${name}`, { kind: "openai-compatible", baseUrl: gateway.spare.url, ...body });
    expect(await put({ apiKey: secret, headers: { "x-team": "search" } })).toMatchObject({
      status: 201,
      told: { hasKey: true, headers: { "x-team": "search" } },
    });
    expect((await admin("PUT", "models/third/spare-large", { price: { inputPerMillion: "1", outputPerMillion: "2" }, maxOutput: 500 })).status).toBe(200);
    expect(await providerOf("third/spare-large")).toBe("third");
    expect(gateway.spare.tally.calls.at(-1)?.headers["authorization"]).toBe(`Bearer ${secret}`);
    expect(gateway.spare.tally.calls.at(-1)?.headers["x-team"]).toBe("search");
    await admin("PUT", "groups/of-third", { targets: [{ provider: "third", model: "spare-large" }, mainTarget] });
    await admin("PUT", "aliases/named-third", { model: "third/spare-large" });
    // A key that nobody can read goes to no address that its owner did not mean.
    expect(await put({ baseUrl: "https://elsewhere.test/v1" })).toMatchObject({ status: 400, told: { error: { param: "apiKey" } } });
    expect(await put({ name: "fourth", probeSeconds: 0 })).toMatchObject({ status: 200, told: { name: "fourth", probeSeconds: 0, hasKey: true } });
    expect([await providerOf("fourth/spare-large"), await providerOf("named-third")]).toEqual(["fourth", "fourth"]);
    expect(gateway.spare.tally.calls.at(-1)?.headers["x-team"]).toBeUndefined();
    const refused = await admin("DELETE", "providers/fourth");
    expect(refused).toMatchObject({ status: 409, told: { error: { message: "It is used by the group of-third, the alias named-third." } } });
    expect((await admin("DELETE", "providers/fourth?cascade=true")).status).toBe(200);
    expect((await admin("GET", "groups/of-third")).told["targets"]).toEqual([{ ...mainTarget, priority: 1, weight: 1 }]);
    expect([(await ask("fourth/spare-large")).status, (await ask("named-third")).status]).toEqual([404, 404]);
    expect((await admin("GET", "providers/fourth")).status).toBe(404);
    // The name is free again, and the new one has nothing of the old.
    expect(await put({}, "fourth")).toMatchObject({ status: 201, told: { hasKey: false } });
    expect((await ask("fourth/spare-large")).status).toBe(404);
    const told = JSON.stringify([(await admin("GET", "changes?limit=200")).told, (await admin("GET", "config")).told, (await admin("GET", "providers")).told]);
    expect(told).toContain("provider fourth");
    expect(told).not.toContain(secret);
    await Promise.all([admin("DELETE", "providers/fourth"), admin("DELETE", "groups/of-third")]);
  });

  test("a provider that is tried says what is wrong with it, and a model that is deleted leaves its groups", async () => {
    const test = async (): Promise<unknown> => (await admin("POST", "providers/tried/test")).told;
    const put = (body: object) => admin("PUT", "providers/tried", { kind: "openai-compatible", ...body });
    await put({ baseUrl: "http://127.0.0.1:9" });
    expect(await test()).toMatchObject({ ok: false, failure: "unreachable", status: null });
    await put({ baseUrl: gateway.url, apiKey: "sy-nobody-has-this-key-1" });
    expect(await test()).toMatchObject({ ok: false, failure: "no_list", status: 404 });
    await put({ baseUrl: `${gateway.url}/v1`, apiKey: "sy-nobody-has-this-key-1" });
    expect(await test()).toMatchObject({ ok: false, failure: "key_refused", status: 401 });
    await put({ baseUrl: `${gateway.url}/v1`, apiKey: KEYS.narrow });
    expect(await test()).toMatchObject({ ok: true, failure: null, models: 2 });
    await admin("PUT", "models/tried/a/b", { price: "free" });
    await admin("PUT", "groups/trying", { targets: [{ provider: "tried", model: "a/b" }] });
    expect(await admin("DELETE", "models/tried/a/b")).toMatchObject({ status: 409 });
    expect((await admin("DELETE", "models/tried/a/b?cascade=true")).status).toBe(200);
    expect((await admin("GET", "groups/trying")).told["targets"]).toEqual([]);
    expect(await admin("DELETE", "models/tried/a/b")).toMatchObject({ status: 404, told: { error: { param: "model" } } });
    expect(await put({ baseUrl: "ftp://x" })).toMatchObject({ status: 400, told: { error: { param: "baseUrl" } } });
    expect(await put({})).toMatchObject({ status: 400, told: { error: { param: "baseUrl" } } });
    const twice = [{ key: "sk-one-and-the-same-key" }, { key: "sk-one-and-the-same-key" }];
    expect(await put({ baseUrl: "https://x.test", apiKeys: twice })).toMatchObject({ status: 400, told: { error: { param: "apiKeys" } } });
    expect(await put({ baseUrl: "https://x.test", apiKey: "env:SECRET" })).toMatchObject({ status: 400, told: { error: { param: "apiKey" } } });
    await Promise.all([admin("DELETE", "groups/trying"), admin("DELETE", "providers/tried?cascade=true")]);
  });

  describe("of providers, models and prices is taken back where that is safe", () => {
    const provider = (name: string, body: object = {}) =>
      admin("PUT", `providers/${name}`, { kind: "openai-compatible", baseUrl: gateway.spare.url, apiKey: `sk-of-${name}-1234567890`, ...body });
    const undo = async (id: string) => admin("POST", `changes/${id}/undo`);
    const change = async (verb: string, object: string) => {
      const found = (await admin("GET", "changes?limit=50")).told.changes?.find((one) => one.verb === verb && one.object === object);
      return found ?? expect.fail(`${verb} ${object} is in the account`);
    };
    const price = { inputPerMillion: "1", outputPerMillion: "2" };
    const shownPrice = async (model: string): Promise<unknown> => {
      const answer = await fetch(`${gateway.url}/v1/models/${model}`, { headers: as(KEYS.acme) });
      return ((await answer.json()) as { pricing?: Record<string, unknown> }).pricing?.["input_per_million"];
    };

    test("a provider's settings and limits, but not its keys and headers, of which the account says so", async () => {
      await provider("takes", { headers: { "x-team": "one" } });
      const limits = [{ kind: "requests", max: 5, windowSeconds: 60 }];
      const { apiKey: _same, ...kept } = { apiKey: "", headers: { "x-team": "two" }, enabled: false, limits };
      expect((await provider("takes", { ...kept, name: "took", apiKey: "sk-a-renewed-key-4321" })).status).toBe(200);
      const made = await change("provider.created", "provider takes");
      expect(made.undoable).toBe(false);
      const changed = await change("provider.changed", "provider took");
      expect(changed).toMatchObject({ undoable: true, notPutBack: ["keys", "headers"] });
      expect((changed as unknown as { fields: string[] }).fields.toSorted()).toEqual(["enabled", "headers", "keys", "limits", "name"]);
      expect(await undo(changed.id)).toMatchObject({ status: 200, told: { notPutBack: ["keys", "headers"] } });
      expect((await admin("GET", "providers/takes")).told).toMatchObject({
        enabled: true,
        limits: [],
        headers: { "x-team": "two" },
        keys: [{ masked: "…4321" }],
      });
      expect((await admin("GET", "providers/took")).status).toBe(404);
      // Once; and what is only secret cannot be taken back at all.
      expect((await undo(changed.id)).status).toBe(409);
      expect((await provider("takes", { apiKey: "sk-yet-another-key-9876", headers: { "x-team": "two" } })).status).toBe(200);
      expect(await latest()).toMatchObject({ verb: "provider.changed", undoable: false, fields: ["keys"], notPutBack: [] });
      const told = JSON.stringify((await admin("GET", "changes?limit=200")).told);
      expect(told).not.toContain("x-team");
      expect(told).not.toMatch(/sk-(of|a-renewed|yet)/);
      // A key that was typed for one address goes to no other by taking something back.
      const elsewhere = { baseUrl: "https://elsewhere.test/v1", apiKey: "sk-typed-for-elsewhere-1" };
      expect((await provider("takes", elsewhere)).status).toBe(200);
      const moved = await change("provider.changed", "provider takes");
      expect(await undo(moved.id)).toMatchObject({ status: 409, told: { error: { message: expect.stringContaining("another address") as string } } });
      expect((await admin("GET", "providers/takes")).told["baseUrl"]).toBe(elsewhere.baseUrl);
      await admin("DELETE", "providers/takes");
    });

    test("a provider that was deleted comes back with its models, prices and group, and without its key", async () => {
      await provider("comes");
      await admin("PUT", "models/comes/spare-large", { price, maxOutput: 300 });
      await admin("PUT", "models/comes/off", { price, enabled: false });
      await admin("PUT", "groups/of-comes", { targets: [{ provider: "comes", model: "spare-large" }] });
      expect((await admin("DELETE", "providers/comes?cascade=true")).status).toBe(200);
      const [deletion, left] = [await change("provider.deleted", "provider comes"), await change("group.changed", "group of-comes")];
      expect(deletion).toMatchObject({ undoable: true, notPutBack: ["keys"] });
      // While another has the name it cannot come back.
      await provider("comes");
      expect(await undo(deletion.id)).toMatchObject({ status: 409, told: { error: { message: "Another provider is named comes now." } } });
      await admin("DELETE", "providers/comes");
      expect(await undo(deletion.id)).toMatchObject({ status: 200, told: { notPutBack: ["keys"] } });
      expect((await undo(left.id)).status).toBe(200);
      expect((await admin("GET", "providers/comes")).told).toMatchObject({ enabled: true, hasKey: false });
      expect(await providerOf("of-comes")).toBe("comes");
      expect(gateway.spare.tally.calls.at(-1)?.headers["authorization"]).toBeUndefined();
      expect(await shownPrice("comes/spare-large")).toBe("1.00");
      expect((await ask("comes/off")).status).toBe(503);
      await admin("DELETE", "groups/of-comes");
      await admin("DELETE", "providers/comes");
    });

    test("a model: made, changed and deleted; its price is a new row each time, and a first one stays", async () => {
      await provider("holds");
      await admin("PUT", "models/holds/spare-large", { price, maxOutput: 300 });
      const made = await change("model.created", "model holds/spare-large");
      await admin("PUT", "models/holds/spare-large", { price: { ...price, inputPerMillion: "7" }, maxOutput: 200, enabled: false });
      const [changed, dearer] = [await change("model.changed", "model holds/spare-large"), await change("price.changed", "price of holds/spare-large")];
      expect([changed, dearer]).toMatchObject([
        { undoable: true, fields: expect.arrayContaining(["maxOutput", "enabled"]) as string[] },
        { undoable: true, fields: expect.arrayContaining(["inputPerMillion"]) as string[] },
      ]);
      expect((await undo(made.id)).status).toBe(409);
      expect((await undo(changed.id)).status).toBe(200);
      expect(await shownPrice("holds/spare-large")).toBe("7.00");
      expect((await undo(dearer.id)).status).toBe(200);
      expect(await shownPrice("holds/spare-large")).toBe("1.00");
      expect((await undo(dearer.id)).status).toBe(409);
      // Prices never go back in place: the calls in between keep the row they were charged by.
      const client = new pg.Client({ connectionString: gateway.databaseUrl });
      await client.connect();
      const { rows } = await client.query<{ input: string }>(
        `select p.input_per_million::text as input from switchyard.prices p join switchyard.models m on m.id = p.model_id
           join switchyard.providers v on v.id = m.provider_id where v.name = 'holds' order by p.effective_at, p.id`,
      );
      await client.end();
      expect(rows.map(({ input }) => input)).toEqual(["1000000000", "7000000000", "1000000000"]);
      expect(await providerOf("holds/spare-large")).toBe("holds");
      await admin("DELETE", "models/holds/spare-large");
      expect((await ask("holds/spare-large")).status).toBe(404);
      expect((await undo((await change("model.deleted", "model holds/spare-large")).id)).status).toBe(200);
      expect(await providerOf("holds/spare-large")).toBe("holds");
      // What is named is not taken away from under who names it.
      await admin("PUT", "aliases/names-it", { model: "holds/spare-large" });
      const again = await change("model.created", "model holds/spare-large");
      expect((await undo(again.id)).status).toBe(409);
      await admin("DELETE", "aliases/names-it");
      expect((await undo(again.id)).status).toBe(200);
      expect((await ask("holds/spare-large")).status).toBe(404);
      await admin("PUT", "models/holds/unpriced", { maxOutput: 10 });
      await admin("PUT", "models/holds/unpriced", { price });
      expect(await latest()).toMatchObject({ verb: "price.created", undoable: false });
      expect(await undo((await latest()).id)).toMatchObject({ status: 409, told: { error: { message: "This change cannot be taken back." } } });
      await admin("DELETE", "providers/holds");
    });
  });

  test("is in the export, which changes nothing when it is applied again", async () => {
    await admin("PUT", "groups/kept", {
      targets: [{ ...mainTarget, weight: 3 }],
      sticky: false,
      cache: { ttlSeconds: 5 },
      failureKeywords: [{ text: "sorry", scope: "content" }],
    });
    await admin("PUT", "aliases/kept-too", { model: "kept" });
    await admin("PUT", "routing", { ...((await admin("GET", "config")).told["routing"] as object), probe: { seconds: 0, failures: 4 } });
    const { told: exported } = await admin("GET", "config");
    const { providers: _secrets, workspaces: _keys, operatorKeys: _operators, ...file } = exported;
    expect(file["groups"]).toContainEqual(expect.objectContaining({ name: "kept", sticky: false }));
    expect(file["groups"]).not.toContainEqual(expect.objectContaining({ name: "kept", strategy: expect.anything() as unknown }));
    expect(file["routing"]).toMatchObject({ probe: { failures: 4 } });
    expect((await admin("POST", "config", file)).told).toEqual({ changes: [] });
  });

  test("names what is wrong, and is for operators alone", async () => {
    const wrong: [string, string, unknown, number, string][] = [
      ["PUT", "groups/pool", { targets: [{ provider: "main", model: "none" }] }, 400, "targets"],
      ["PUT", "groups/pool", { targets: [{ provider: "main" }] }, 400, "targets[0].model"],
      ["PUT", "groups/pool", { targets: [], strategy: "luck" }, 400, "strategy"],
      ["PUT", "groups/pool", { targets: [], failover: { connectMs: 1 } }, 400, "failover.connectMs"],
      ["PUT", "groups/pool", { targets: [], name: "three" }, 409, "name"],
      ["PUT", "groups/not%20a%20name", { targets: [] }, 400, "name"],
      ["PUT", "groups/nothing", { targets: [], name: "else" }, 404, "name"],
      ["PUT", "routing", { failover: { statuses: { next: [500], stop: [500] } } }, 400, "failover.statuses"],
      ["PUT", "routing", { auto: "off" }, 400, "auto"],
      ["PUT", "aliases/a%20b", { model: "pool" }, 400, "name"],
      ["GET", "changes?limit=0", undefined, 400, "limit"],
    ];
    for (const [method, path, body, status, param] of wrong) {
      const { status: answered, told } = await admin(method, path, body);
      expect([path, answered, told.error?.param]).toEqual([path, status, param]);
    }
    expect((await admin("PUT", "routing", {}, as(KEYS.acme))).status).toBe(403);
    expect((await admin("PATCH", "routing", {})).status).toBe(405);
  });
});
