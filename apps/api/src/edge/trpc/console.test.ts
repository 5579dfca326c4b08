/** What people can do in the console: calls, keys, money and the overview, through the real surface. */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatId, type CallId } from "@switchyard/shared/kernel/id";
import { seedCalls, type CallToSeed } from "@switchyard/testkit/seed-workspaces.pg";
import { createAuthenticator } from "../../identity/authenticator.ts";
import { createSessions } from "../../identity/session.pg.ts";
import { resolveKeyIn } from "../../identity/resolve-key.pg.ts";
import { startConsoleRig, type Browser, type ConsoleRig } from "./testing/console-rig.http.ts";

let rig: ConsoleRig;
let owner: Browser;
let member: Browser;
const workspace = "acme";
beforeAll(async () => {
  rig = await startConsoleRig(["acme", "globex"]);
  owner = await rig.signedIn("owner@acme.test");
  member = await rig.signedIn("member@acme.test");
});
afterAll(() => rig.close());

const acme = () => rig.workspaces.find((one) => one.name === "acme") ?? expect.fail("acme is seeded");
const place = () => ({ workspaceId: acme().workspaceId, keyId: acme().keyId, priceId: acme().priceId, provider: "acme", model: "model-1", group: "acme-pool" });
const seed = async (calls: readonly CallToSeed[]): Promise<CallId[]> => seedCalls(rig.admin, place(), calls);
const refusal = (error: unknown): unknown => (error as { data?: { failure?: unknown; param?: unknown } }).data;

const failureIn = async (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => "done",
    (error: unknown) => JSON.stringify([String(error), refusal(error)]),
  );

describe("calls", () => {
  it("lists every call once, newest first, over pages of any size", async () => {
    const start = Date.now() - 3_600_000;
    await seed(Array.from({ length: 25 }, (_, index) => ({ cost: 10n, at: new Date(start + index * 1_000) })));
    const seen: { id: string; at: Date }[] = [];
    let cursor: string | undefined;
    do {
      const page = await owner.client.calls.list.query({ workspace, limit: 7, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.items.length).toBeLessThanOrEqual(7);
      seen.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(new Set(seen.map((call) => call.id)).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThanOrEqual(26);
    expect(seen.map((call) => call.at.getTime())).toEqual(seen.map((call) => call.at.getTime()).sort((a, b) => b - a));
  });

  it("explains one call down to its hold, its entry and its price", async () => {
    const call = await member.client.calls.get.query({ workspace, id: formatId("call", acme().callId) });
    expect(call).toMatchObject({
      outcome: "answered",
      charged: 1_000_000n,
      cost: 1_000_000n,
      key: { name: "first" },
      usage: { input: 1_000, cachedInput: 100, output: 300, reasoning: 20 },
      hold: { state: "posted", amount: 1_000_000n, charged: 1_000_000n },
      price: { source: "seed", outputPerMillion: 600_000_000n },
      entries: [{ kind: "usage", amount: -1_000_000n, callId: formatId("call", acme().callId) }],
    });
    expect(call.attempts).toHaveLength(1);
  });

  it("offers the values that occurred lately", async () => {
    expect(await owner.client.calls.facets.query({ workspace })).toEqual({
      groups: ["acme-pool"],
      providers: ["acme"],
      models: ["model-1"],
      keys: [{ id: formatId("key", acme().keyId), name: "first" }],
    });
  });

  it.each([
    ["a cursor that is no id", { cursor: "gen_tampered" }, "cursor"],
    ["the cursor of another list", { cursor: "key_00000000000000000000000000" }, "cursor"],
    ["a limit of zero", { limit: 0 }, "limit"],
    ["a limit beyond 200", { limit: 201 }, "limit"],
    ["a key that is none", { filter: { key: "key_x" } }, "filter.key"],
    ["a control character in a search", { filter: { search: "a\u0000b" } }, "filter.search"],
  ])("refuses %s", async (_what, input, param) => {
    expect(await owner.client.calls.list.query({ workspace, ...input }).catch(refusal)).toMatchObject({ failure: "invalid_request", httpStatus: 400, param });
  });

  it("takes the wildcards of LIKE as what they are", async () => {
    await seed([{ columns: { outcome: "failed", http_status: 502, error_code: "provider_error", error_text: "100 % of Main_Targets failed" } }]);
    const found = async (search: string) => (await owner.client.calls.list.query({ workspace, filter: { search } })).items.length;
    expect(await found("100 % of main_t")).toBe(1);
    expect(await found("100%")).toBe(0);
    expect(await found("main-targets")).toBe(0);
  });
});

describe("the overview", () => {
  it("adds up to exactly what the ledger took", async () => {
    await seed([
      {
        cost: 123_456_789n,
        columns: {
          attempts: [
            { provider: "other", model: "m", outcome: "failed", startMs: 0, totalMs: 5, bytes: 0 },
            { provider: "acme", model: "model-1", outcome: "ok", startMs: 5, totalMs: 90, bytes: 9 },
          ],
        },
      },
      {
        columns: {
          outcome: "failed",
          http_status: 502,
          attempts: [{ provider: "acme", model: "model-1", outcome: "failed", startMs: 0, totalMs: 5, bytes: 0 }],
        },
      },
      { columns: { outcome: "refused", http_status: 402, provider_name: null, model_name: null, attempts: [], first_token_ms: null } },
      { cost: 7n, columns: { outcome: "aborted", http_status: 499 } },
    ]);
    const overview = await owner.client.overview.get.query({ workspace, range: "24h" });
    const usage = await rig.admin.query<{ sum: string; calls: string }>(
      "select (select sum(amount) from ledger.entries where workspace_id = $1 and kind = 'usage') as sum, (select count(*) from switchyard.calls where workspace_id = $1) as calls",
      [acme().workspaceId],
    );
    expect(overview.totals.charged).toBe(BigInt(usage.rows[0]?.sum ?? 0));
    expect(overview.totals.calls).toBe(Number(usage.rows[0]?.calls));
    expect(overview.totals).toMatchObject({ failedOver: 1, refused: 1, aborted: 1 });
    expect(Math.abs((overview.totals.firstTokenP50Ms ?? 0) - 200)).toBeLessThan(200 * 0.02);
    expect(Math.abs((overview.totals.totalP95Ms ?? 0) - 900)).toBeLessThan(900 * 0.02);
    expect(overview.previous.calls).toBe(0);
    for (const part of ["calls", "answered", "failed", "refused", "aborted", "failedOver", "inputTokens", "outputTokens"] as const) {
      expect(
        overview.buckets.reduce((sum, bucket) => sum + bucket[part], 0),
        part,
      ).toBe(overview.totals[part]);
    }
    expect(overview.buckets.reduce((sum, bucket) => sum + bucket.charged, 0n)).toBe(overview.totals.charged);
    expect(overview.models.reduce((sum, model) => sum + model.charged, 0n)).toBe(overview.totals.charged);
    expect(overview.providers).toContainEqual(expect.objectContaining({ provider: "other", attempts: 1, failed: 1 }));
  });

  it.each(["1h", "24h", "7d", "30d"] as const)("shows every bucket of %s, empty ones included, in equal steps", async (range) => {
    const { buckets, stepSeconds, from, to } = await owner.client.overview.get.query({ workspace, range });
    expect(buckets[0]?.at).toEqual(from);
    for (const [index, bucket] of buckets.entries()) expect(bucket.at.getTime()).toBe(from.getTime() + index * stepSeconds * 1_000);
    const last = buckets.at(-1)?.at.getTime() ?? 0;
    expect(last).toBeLessThanOrEqual(to.getTime());
    expect(last + stepSeconds * 1_000).toBeGreaterThan(to.getTime());
  });
});

describe("keys", () => {
  it("makes a key that works at once, with the budget and the limit asked for", async () => {
    const before = rig.keysInvalidated();
    const { key, secret } = await owner.client.keys.create.mutate({
      workspace,
      key: { name: "ci", groups: ["acme-pool"], requestsPerMinute: 60, budgetUsd: "5.00", budgetWindowDays: 7 },
    });
    expect(rig.keysInvalidated()).toBe(before + 1);
    expect(key).toMatchObject({
      name: "ci",
      state: "active",
      groups: ["acme-pool"],
      limits: [{ kind: "requests", max: 60, windowSeconds: 60 }],
      budget: { cap: 5_000_000_000n, used: 0n, held: 0n, windowDays: 7 },
    });
    expect(key.masked).toBe(`${secret.slice(0, 5)}…${secret.slice(-4)}`);
    const authenticator = createAuthenticator({ resolve: resolveKeyIn(rig.ports.pool), clock: rig.ports.clock });
    expect(await authenticator.authenticate(secret)).toMatchObject({
      ok: true,
      value: { keyName: "ci", groups: ["acme-pool"], budgetIds: [expect.any(String)] },
    });
    const { rows } = await rig.admin.query<{ detail: unknown }>("select detail from switchyard.audit_log where verb = 'key.created' and object = $1", [key.id]);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it("disables, enables and revokes a key; a revoked key stays revoked", async () => {
    const { key, secret } = await owner.client.keys.create.mutate({ workspace, key: { name: "short-lived" } });
    const authenticator = createAuthenticator({ resolve: resolveKeyIn(rig.ports.pool), clock: rig.ports.clock, ttlMs: 0, unknownTtlMs: 0 });
    const code = async () => {
      const known = await authenticator.authenticate(secret);
      return known.ok ? "ok" : known.failure.code;
    };
    expect((await owner.client.keys.setEnabled.mutate({ workspace, id: key.id, enabled: false })).state).toBe("disabled");
    expect(await code()).toBe("key_disabled");
    expect((await owner.client.keys.setEnabled.mutate({ workspace, id: key.id, enabled: true })).state).toBe("active");
    expect(await code()).toBe("ok");
    expect((await owner.client.keys.revoke.mutate({ workspace, id: key.id })).state).toBe("revoked");
    expect(await code()).toBe("invalid_api_key");
    expect(await owner.client.keys.revoke.mutate({ workspace, id: key.id }).catch(refusal)).toMatchObject({ failure: "conflict" });
    expect(await owner.client.keys.setEnabled.mutate({ workspace, id: key.id, enabled: true }).catch(refusal)).toMatchObject({ failure: "conflict" });
    const { rows } = await rig.admin.query<{ verb: string }>("select verb from switchyard.audit_log where object = $1 order by id", [key.id]);
    expect(rows.map((row) => row.verb)).toEqual(["key.created", "key.disabled", "key.enabled", "key.revoked"]);
    // The name is free again.
    await owner.client.keys.create.mutate({ workspace, key: { name: "short-lived" } });
  });

  it("lists keys by pages, each once", async () => {
    const first = await member.client.keys.list.query({ workspace, limit: 2 });
    expect(first.items).toHaveLength(2);
    const rest = await member.client.keys.list.query({ workspace, cursor: first.nextCursor ?? expect.fail("there are more") });
    const names = [...first.items, ...rest.items].map((key) => key.id);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([
    ["a name in use", { name: "first" }, "conflict", "key.name"],
    ["a group that is not there", { name: "x", groups: ["acme-pool", "nowhere"] }, "invalid_request", "key.groups"],
    ["a budget that is no amount", { name: "x", budgetUsd: "1e9" }, "invalid_request", "key.budgetUsd"],
    ["a budget of nothing", { name: "x", budgetUsd: "0" }, "invalid_request", "key.budgetUsd"],
    ["an end in the past", { name: "x", expiresAt: new Date(0) }, "invalid_request", "key.expiresAt"],
    ["no name", { name: "  " }, "invalid_request", "key.name"],
  ])("refuses %s", async (_what, key, failure, param) => {
    expect(await owner.client.keys.create.mutate({ workspace, key }).catch(refusal)).toMatchObject({ failure, param });
  });

  it("lets members look and not touch", async () => {
    const id = formatId("key", acme().keyId);
    for (const attempt of [
      member.client.keys.create.mutate({ workspace, key: { name: "mine" } }),
      member.client.keys.revoke.mutate({ workspace, id }),
      member.client.keys.setEnabled.mutate({ workspace, id, enabled: false }),
    ]) {
      expect(await attempt.catch(refusal)).toMatchObject({ failure: "permission_denied", httpStatus: 403 });
    }
  });
});

describe("limits", () => {
  const few = [{ kind: "requests" as const, max: 7, windowSeconds: 60 }];
  const many = [
    { kind: "cost" as const, max: 2_500_000_000, windowSeconds: 86_400 },
    { kind: "concurrency" as const, max: 4, windowSeconds: 0 },
  ];

  it("of the workspace, a member and a key are set in place of what was there, told to every program, and written down", async () => {
    const before = rig.keysInvalidated();
    expect((await owner.client.limits.setWorkspace.mutate({ workspace, limits: many })).workspace).toEqual(many);
    const who =
      (await owner.client.limits.get.query({ workspace })).members.find(({ email }) => email.startsWith("member@")) ?? expect.fail("acme has a member");
    expect((await owner.client.limits.setMember.mutate({ workspace, id: who.id, limits: few })).members.find(({ id }) => id === who.id)?.limits).toEqual(few);
    const id = formatId("key", acme().keyId);
    expect((await owner.client.keys.setLimits.mutate({ workspace, id, limits: few })).limits).toEqual(few);
    expect((await owner.client.keys.setLimits.mutate({ workspace, id, limits: [] })).limits).toEqual([]);
    expect((await owner.client.keys.setCache.mutate({ workspace, id, seconds: 600 })).cacheSeconds).toBe(600);
    expect((await owner.client.keys.setCache.mutate({ workspace, id, seconds: 0 })).cacheSeconds).toBe(0);
    expect((await owner.client.keys.setCache.mutate({ workspace, id })).cacheSeconds).toBeUndefined();
    expect(rig.keysInvalidated()).toBe(before + 7);
    const { rows } = await rig.admin.query<{ verb: string }>(
      "select verb from switchyard.audit_log where workspace_id = $1 and verb like '%.limits' order by id",
      [acme().workspaceId],
    );
    expect(rows.map(({ verb }) => verb)).toEqual(["workspace.limits", "member.limits", "key.limits", "key.limits"]);
    expect((await member.client.limits.get.query({ workspace })).workspace).toEqual(many);
    await owner.client.limits.setWorkspace.mutate({ workspace, limits: [] });
  });

  it("are told with their use, of the workspace, its members and the keys that are asked for", async () => {
    await owner.client.limits.setWorkspace.mutate({ workspace, limits: many });
    const id = formatId("key", acme().keyId);
    await owner.client.keys.setLimits.mutate({ workspace, id, limits: few });
    const usage = await member.client.limits.usage.query({ workspace, keys: [id] });
    expect(usage.workspace).toEqual(many.map(({ kind, windowSeconds }) => ({ kind, windowSeconds, used: 0, freeAt: undefined, shared: true })));
    expect(usage.keys).toEqual([{ id, usage: few.map(({ kind, windowSeconds }) => expect.objectContaining({ kind, windowSeconds, used: 0 })) }]);
    await owner.client.limits.setWorkspace.mutate({ workspace, limits: [] });
    await owner.client.keys.setLimits.mutate({ workspace, id, limits: [] });
    expect(await member.client.limits.usage.query({ workspace })).toMatchObject({ workspace: [], keys: [] });
    expect(await owner.client.limits.usage.query({ workspace, keys: ["nonsense"] }).catch(refusal)).toMatchObject({ failure: expect.any(String) });
  });

  it("are set by owners and admins alone, for who is there, and with what can be counted", async () => {
    const id = formatId("key", acme().keyId);
    for (const attempt of [
      member.client.limits.setWorkspace.mutate({ workspace, limits: few }),
      member.client.keys.setLimits.mutate({ workspace, id, limits: few }),
    ])
      expect(await attempt.catch(refusal)).toMatchObject({ failure: "permission_denied" });
    const stranger = "usr_00000000000000000000000000";
    expect(await owner.client.limits.setMember.mutate({ workspace, id: stranger, limits: few }).catch(refusal)).toMatchObject({ failure: "not_found" });
    for (const limits of [
      [{ kind: "requests" as const, max: 0, windowSeconds: 60 }],
      [{ kind: "requests" as const, max: 5, windowSeconds: 0 }],
      [{ kind: "concurrency" as const, max: 5, windowSeconds: 60 }],
      Array.from({ length: 21 }, (_, index) => ({ kind: "requests" as const, max: 5, windowSeconds: index + 1 })),
    ])
      expect(await owner.client.limits.setWorkspace.mutate({ workspace, limits }).catch(refusal)).toMatchObject({ failure: "invalid_request" });
  });
});

describe("money and the catalog", () => {
  it("shows the wallet that the entries add up to", async () => {
    const wallet = await owner.client.wallet.get.query({ workspace });
    let sum = 0n;
    let cursor: string | undefined;
    do {
      const page = await owner.client.wallet.entries.query({ workspace, limit: 10, ...(cursor === undefined ? {} : { cursor }) });
      for (const entry of page.items) sum += entry.amount;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(wallet.posted).toBe(sum);
    expect(wallet).toMatchObject({ held: 5_000_000n, available: sum - 5_000_000n, frozen: false, openHolds: 1 });
  });

  it("refuses another workspace's entry as a cursor as if it did not exist", async () => {
    const { rows } = await rig.admin.query<{ id: string }>("select id from ledger.entries where workspace_id <> $1 limit 1", [acme().workspaceId]);
    const foreign = formatId("entry", (rows[0]?.id ?? "") as never);
    const random = "ent_00000000000000000000000000";
    const [a, b] = await Promise.all(
      [foreign, random].map((cursor) => owner.client.wallet.entries.query({ workspace, cursor }).catch((error: unknown) => JSON.stringify(refusal(error)))),
    );
    expect(a).toBe(b);
    expect(a).toContain("invalid_request");
  });

  it("shows a provider's address and whether it has a key to those who may edit it alone", async () => {
    const seenBy = async (browser: Browser) =>
      (await browser.client.providers.list.query({ workspace })).map(({ name, shared, baseUrl, hasKey }) => ({ name, shared, baseUrl, hasKey }));
    expect(await seenBy(owner)).toEqual([
      { name: "acme", shared: false, baseUrl: "https://api.example.test/v1", hasKey: true },
      { name: "shared", shared: true, baseUrl: undefined, hasKey: undefined },
    ]);
    expect(await seenBy(member)).toEqual([
      { name: "acme", shared: false, baseUrl: undefined, hasKey: undefined },
      { name: "shared", shared: true, baseUrl: undefined, hasKey: undefined },
    ]);
  });

  it("shows groups with their targets and today's prices", async () => {
    const groups = await member.client.groups.list.query({ workspace });
    expect(groups.map((group) => [group.name, group.shared])).toEqual([
      ["acme-pool", false],
      ["shared-pool", true],
    ]);
    expect(groups[0]?.targets).toEqual([
      expect.objectContaining({
        provider: "acme",
        model: "model-1",
        priority: 1,
        enabled: true,
        priced: true,
        price: expect.objectContaining({ inputPerMillion: 150_000_000n }),
      }),
    ]);
  });
});

describe("the routing of a group", () => {
  const group = {
    name: "acme-pool",
    strategy: "weighted" as const,
    settings: { sticky: false, hedgeAfterMs: 500, cache: { ttlSeconds: 60 }, restAfter: { failures: 2 } },
    failureKeywords: [{ text: "no capacity", scope: "error" as const }],
    targets: [{ provider: "acme", model: "model-1", priority: 3, weight: 7 }],
  };
  const own = { workspace, shared: false };
  const ownGroup = async () => (await member.client.groups.list.query({ workspace })).find(({ shared }) => !shared);

  it("is changed by owners, whole, with a line in the audit log, and not over somebody else's change", async () => {
    const seen = (await ownGroup())?.revision;
    await owner.client.groups.save.mutate({ ...own, was: "acme-pool", revision: seen, group });
    const after = await ownGroup();
    expect(after).toMatchObject({
      strategy: "weighted",
      ownStrategy: "weighted",
      settings: group.settings,
      failureKeywords: group.failureKeywords,
      targets: [{ priority: 3, weight: 7 }],
    });
    expect(after?.targets[0]?.health).toMatchObject({ state: "healthy", answered: 0, failed: 0 });
    expect(
      await failureIn(owner.client.groups.save.mutate({ ...own, was: "acme-pool", revision: seen, group: { ...group, strategy: "round_robin" } })),
    ).toContain("conflict");
    const audit = await rig.admin.query<{ verb: string }>("select verb from switchyard.audit_log where workspace_id = $1 and verb = 'group.changed'", [
      acme().workspaceId,
    ]);
    expect(audit.rows).toHaveLength(1);
  });

  it("is refused to members, for what all workspaces share, for another's models, and with values that cannot be", async () => {
    const save = (who: Browser, ask: object) => failureIn(who.client.groups.save.mutate({ ...own, was: "acme-pool", group, ...ask }));
    expect(await save(member, {})).toContain("permission_denied");
    expect(await save(owner, { shared: true, was: "shared-pool" })).toContain("permission_denied");
    expect(await save(owner, { was: "shared-pool" })).toContain("not_found");
    expect(await save(owner, { was: "globex-pool" })).toContain("not_found");
    expect(await save(owner, { group: { ...group, targets: [{ provider: "globex", model: "model-1" }] } })).toContain("does not exist");
    expect(await save(owner, { group: { ...group, settings: { firstTokenMs: 1 } } })).toContain("invalid_request");
    expect(await save(owner, { group: { ...group, strategy: "luck" } })).toContain("invalid_request");
    expect((await ownGroup())?.strategy).toBe("weighted");
  });

  it("follows a group to its new name, in its own workspace and nowhere else, and ends with it", async () => {
    const { key } = await owner.client.keys.create.mutate({ workspace, key: { name: "of the pool", groups: ["acme-pool"] } });
    await owner.client.aliases.save.mutate({ ...own, alias: { name: "gpt-x", model: "acme-pool" }, seen: null });
    await owner.client.groups.save.mutate({ ...own, was: "acme-pool", keepOldName: true, group: { ...group, name: "renamed" } });
    expect((await owner.client.keys.list.query({ workspace })).items.find(({ id }) => id === key.id)?.groups).toEqual(["renamed"]);
    const ownAliases = async () =>
      (await owner.client.aliases.list.query({ workspace })).filter(({ shared }) => !shared).map(({ name, model }) => [name, model]);
    expect(await ownAliases()).toEqual([
      ["acme-pool", "renamed"],
      ["gpt-4o", "renamed"],
      ["gpt-x", "renamed"],
    ]);
    expect(await owner.client.groups.uses.query({ ...own, name: "renamed" })).toMatchObject({ aliases: ["acme-pool", "gpt-4o", "gpt-x"] });
    expect(await failureIn(owner.client.groups.remove.mutate({ ...own, name: "renamed", cascade: false }))).toContain("gpt-x");
    await owner.client.groups.remove.mutate({ ...own, name: "renamed", cascade: true });
    expect(await ownGroup()).toBeUndefined();
    expect(await ownAliases()).toEqual([]);
  });
});

describe("operators", () => {
  it("open every workspace, and each visit is written down once an hour", async () => {
    const id = await rig.addOperator("op@platform.test");
    const operator = await rig.signedIn("op@platform.test");
    expect((await operator.client.account.me.query()).workspaces.map((one) => [one.name, one.role])).toEqual([
      ["acme", "owner"],
      ["globex", "owner"],
      ["platform", "owner"],
    ]);
    await operator.client.wallet.get.query({ workspace: "globex" });
    await operator.client.calls.list.query({ workspace: "globex" });
    const { rows } = await rig.admin.query<{ object: string; actor: string }>(
      "select object, actor from switchyard.audit_log where verb = 'workspace.visited'",
    );
    expect(rows).toEqual([{ object: "wallet.get", actor: `user:${formatId("user", id)}` }]);
  });
});

describe("a request's id", () => {
  const requestIdIn = (text: string): unknown => (JSON.parse(text) as { error: { json: { data: { requestId: unknown } } } }).error.json.data.requestId;

  it("is told with every refusal, as in the answer's header", async () => {
    const asked = await Promise.all([owner.fetch("/trpc/calls.list"), owner.fetch("/trpc/no.such"), rig.browser().fetch("/trpc/account.me")]);
    expect(asked.map((answer) => answer.status)).toEqual([400, 404, 401]);
    for (const answer of asked) expect(requestIdIn(answer.text)).toBe(answer.headers.get("x-request-id"));
    expect(new Set(asked.map((answer) => requestIdIn(answer.text))).size).toBe(3);
  });

  it("finds the defect in the log, of which nobody else is told a word", async () => {
    await rig.admin.query("alter table ledger.wallets rename to wallets_of_yesterday");
    const answer = await owner.fetch(`/trpc/wallet.get?input=${encodeURIComponent(JSON.stringify({ json: { workspace } }))}`);
    await rig.admin.query("alter table ledger.wallets_of_yesterday rename to wallets");
    expect(answer.status).toBe(500);
    expect(answer.text).not.toMatch(/wallets|relation/);
    expect(rig.reported).toEqual([{ error: expect.objectContaining({ code: "42P01" }), where: "trpc wallet.get", requestId: requestIdIn(answer.text) }]);
  });
});

describe("a database that hangs", () => {
  it("is given up in about a second, for keys and sessions alike, and asked again when it is back", async () => {
    const authenticator = createAuthenticator({ resolve: resolveKeyIn(rig.ports.pool), clock: rig.ports.clock });
    const sessions = createSessions(rig.ports.pool, rig.ports.clock);
    await rig.admin.query("begin; lock table switchyard.api_keys, switchyard.sessions in access exclusive mode");
    const answers = await Promise.all([authenticator.authenticate(acme().keySecret), sessions.resolve("x".repeat(43))]);
    await rig.admin.query("rollback");
    for (const answer of answers) expect(answer).toMatchObject({ ok: false, failure: { code: "service_unavailable" } });
    expect(await authenticator.authenticate(acme().keySecret)).toMatchObject({ ok: true });
  });
});

describe("a database that is gone", () => {
  it("is said as unavailable, without a word of its own", async () => {
    const lost = new pg.Pool({ host: "127.0.0.1", port: 1, connectionTimeoutMillis: 500 });
    const sessions = rig.ports.sessions;
    const known = await createSessions(lost, rig.ports.clock).resolve("x".repeat(43));
    expect(known).toMatchObject({ ok: false, failure: { code: "service_unavailable" } });
    expect(await sessions.resolve("x".repeat(43))).toEqual({ ok: true, value: undefined });
    await lost.end();
  });
});
