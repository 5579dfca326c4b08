/** Importing models and estimating, through the running program, from servers that mean well and from those that do not. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { INSTALLED } from "../src/catalog/price-book.sdk.ts";
import { KEYS, startGateway, type Gateway } from "./gateway-harness.process.ts";
import { switchyard } from "./program.process.ts";

let gateway: Gateway;
let list: http.Server;
let answer: http.RequestListener;
let published: http.Server;
let publish: http.RequestListener;
let canary: http.Server;
let canaryHits = 0;
beforeAll(async () => {
  published = await listening((req, res) => publish(req, res));
  gateway = await startGateway({ PRICE_BOOK_URL: urlOf(published) });
  list = await listening((req, res) => answer(req, res));
  canary = await listening((_req, res) => {
    canaryHits += 1;
    res.end("secret");
  });
  await ok("/api/admin/config", {
    providers: [{ name: "upstream", kind: "openai-compatible", baseUrl: urlOf(list), apiKey: "sk-upstream-secret", models: [] }],
  });
});
afterAll(async () => {
  list?.closeAllConnections();
  list?.close();
  canary?.close();
  published?.closeAllConnections();
  published?.close();
  await gateway?.close();
});
afterEach(() => list.closeAllConnections());

const listening = (listener: http.RequestListener): Promise<http.Server> =>
  new Promise((resolve) => {
    const server = http.createServer(listener);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
const urlOf = (server: http.Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
const ask = (path: string, body: unknown, key: string = KEYS.operator) => gateway.post(path, body, { authorization: `Bearer ${key}` });
async function ok(path: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await ask(path, body);
  const told = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(JSON.stringify(told));
  return told;
}
const models =
  (...ids: string[]): http.RequestListener =>
  (_req, res) => {
    res.setHeader("content-type", "application/json");
    res.end(JSON.stringify({ object: "list", data: ids.map((id) => ({ id, object: "model" })) }));
  };

describe("an import", () => {
  test("asks with the provider's key, makes models once, and can be taken back", async () => {
    const seen: (string | undefined)[] = [];
    answer = (req, res) => {
      seen.push(`${req.url} ${req.headers.authorization}`);
      models("org/alpha-1", "org/beta-1", "beta-guard")(req, res);
    };
    const wish = {
      provider: "upstream",
      aliasPrefix: "up.",
      exclude: ["guard"],
      models: ["org/beta-1", { id: "org/alpha-1", price: { inputPerMillion: "1", outputPerMillion: "2" } }],
    };
    const dry = await ok("/api/admin/import", { ...wish, dryRun: true });
    expect(dry).toMatchObject({ dryRun: true, importId: null, created: 0, leftOut: 1 });
    expect(dry["models"]).toMatchObject([
      { id: "org/alpha-1", alias: "up.alpha-1", change: "new", price: { inputPerMillion: "1.00" }, priceSource: "import" },
      { id: "org/beta-1", change: "new", price: null },
    ]);
    expect(seen).toEqual(["/v1/models Bearer sk-upstream-secret"]);

    const done = await ok("/api/admin/import", wish);
    expect(done).toMatchObject({ created: 2, changed: 0, importId: expect.stringMatching(/^aud_/) });
    // Priced, it can be called at once, by its alias too; without a price it cannot.
    const shown = await fetch(`${gateway.url}/v1/models/up.alpha-1`, { headers: { authorization: `Bearer ${KEYS.acme}` } });
    expect(await shown.json()).toMatchObject({ pricing: { input_per_million: "1.00" } });
    expect((await ask("/v1/chat/completions", { model: "upstream/org/beta-1", messages: [{ role: "user", content: "x" }] }, KEYS.acme)).status).toBe(503);

    expect(await ok("/api/admin/import", wish)).toMatchObject({
      created: 0,
      changed: 0,
      importId: null,
      models: [{ change: "present" }, { change: "present" }],
    });
    const undone = await ok("/api/admin/import/undo", { importId: done["importId"] });
    expect(undone).toEqual({ switchedOff: 2, aliasesRemoved: 2 });
    expect(await ok("/api/admin/import/undo", { importId: done["importId"] })).toEqual({ switchedOff: 0, aliasesRemoved: 0 });
    expect((await fetch(`${gateway.url}/v1/models/up.alpha-1`, { headers: { authorization: `Bearer ${KEYS.acme}` } })).status).toBe(404);
    const again = await ok("/api/admin/import", wish);
    expect(again).toMatchObject({ created: 0, changed: 2, models: [{ change: "off" }, { change: "off" }] });
    // In the account of changes an import can be taken back too, once.
    const undo = `/api/admin/changes/${String(again["importId"])}/undo`;
    expect((await ask(undo, {})).status).toBe(200);
    expect((await ask(undo, {})).status).toBe(409);
    expect(await ok("/api/admin/import", wish)).toMatchObject({ changed: 2 });
  });

  test("of ids that are not listed says so", async () => {
    answer = models("a-1");
    expect(await ok("/api/admin/import", { provider: "upstream", models: ["a-1", "gone-1"], dryRun: true })).toMatchObject({ missing: ["gone-1"] });
  });

  const hostile: readonly (readonly [string, http.RequestListener, RegExp])[] = [
    ["an HTML page with secrets", (_req, res) => res.setHeader("content-type", "text/html").end("<html>secret-in-page</html>"), /no list of models/],
    ["a redirect to a private place", (_req, res) => res.writeHead(302, { location: `${urlOf(canary)}/models` }).end(), /redirect/],
    ["an error with a secret in it", (_req, res) => res.writeHead(500).end('{"error":"secret-in-page"}'), /HTTP 500/],
    ["a refused key", (_req, res) => res.writeHead(401).end("secret-in-page"), /refused the key/],
    ["a reset connection", (req) => req.socket.resetAndDestroy(), /cannot be reached/],
    [
      "an endless answer",
      (_req, res) => {
        res.write('{"data":[');
        const piece = '{"id":"secret-in-page"},'.repeat(4_000);
        const more = (): void => {
          while (!res.destroyed && res.write(piece));
          if (!res.destroyed) res.once("drain", more);
        };
        more();
      },
      /too much/,
    ],
    ["deep nonsense", (_req, res) => res.end(`{"data":${"[".repeat(100_000)}`), /no list of models/],
    ["a compressed answer nobody asked for", (_req, res) => res.setHeader("content-encoding", "gzip").end("secret-in-page"), /cannot be read/],
    ["more models than anyone has", models(...Array.from({ length: 5_001 }, (_, at) => `m-${at}`)), /more than 5000/],
  ];
  test.each(hostile)("from %s is refused in our words, and nothing is written", async (_what, listener, words) => {
    answer = listener;
    const response = await ask("/api/admin/import", { provider: "upstream" });
    const text = await response.text();
    expect(response.status).toBe(502);
    expect(text).toMatch(words);
    expect(text).not.toContain("secret");
    expect(canaryHits).toBe(0);
    answer = models("a-1");
    expect(await ok("/api/admin/import", { provider: "upstream", dryRun: true })).toMatchObject({ models: [{ change: "new" }] });
  });

  test("from a server that says nothing ends in time", async () => {
    answer = () => {};
    const started = performance.now();
    const response = await ask("/api/admin/import", { provider: "upstream" });
    expect(response.status).toBe(502);
    expect(await response.text()).toContain("in time");
    expect(performance.now() - started).toBeLessThan(20_000);
  }, 30_000);

  test.each([
    [{}, "provider"],
    [{ provider: "upstream", include: "x" }, "include"],
    [{ provider: "upstream", aliasPrefix: "a b" }, "aliasPrefix"],
    [{ provider: "upstream", models: [{ id: "a", price: { inputPerMillion: "x", outputPerMillion: "1" } }] }, "models[0].price.inputPerMillion"],
    [{ provider: "upstream", url: "http://169.254.169.254" }, ""],
    [{ provider: "up\u0000stream" }, "provider"],
  ])("that is asked for wrongly (%j) is 400 and names the field", async (body, param) => {
    const response = await ask("/api/admin/import", body);
    const { error } = (await response.json()) as { error: { param: string | null } };
    expect(response.status).toBe(400);
    expect(error.param ?? "").toBe(param);
  });

  test("is for operators, and of providers that exist", async () => {
    expect((await ask("/api/admin/import", { provider: "upstream" }, KEYS.acme)).status).toBe(403);
    expect((await ask("/api/admin/import", { provider: "nobody" })).status).toBe(404);
    expect((await ask("/api/admin/import/undo", { importId: "aud_nonsense" })).status).toBe(404);
  });
});

test("prices of the book are renewed, and what a person said stays", async () => {
  await ok("/api/admin/config", {
    providers: [
      {
        name: "book",
        kind: "openai",
        baseUrl: "https://api.openai.com/v1",
        models: [{ id: "gpt-4o" }, { id: "gpt-4.1", price: { inputPerMillion: "1", outputPerMillion: "1" } }],
      },
    ],
  });
  const told = await ok("/api/admin/prices/refresh", { dryRun: true });
  expect(told).toMatchObject({ dryRun: true, source: expect.stringMatching(/^price book/) as unknown });
  expect(Number(told["kept"])).toBeGreaterThanOrEqual(1);
  expect(JSON.stringify(told["changes"])).not.toContain("gpt-4.1");
  const shown = await fetch(`${gateway.url}/v1/models/book/gpt-4o`, { headers: { authorization: `Bearer ${KEYS.acme}` } });
  expect(await shown.json()).toMatchObject({ context_window: 128_000, pricing: { input_per_million: "2.50" } });
});

describe("renewing prices from the published file", () => {
  const day = (ago: number): string => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  const fileOf = (input: number): string =>
    JSON.stringify([
      {
        id: "openai",
        name: "OpenAI",
        api_pattern: "https://api\\.openai\\.com",
        models: [{ id: "gpt-4o", match: { starts_with: "gpt-4o" }, prices: { input_mtok: input, output_mtok: 2 * input } }],
      },
    ]);
  /** As a static server gives it, changed so many days ago. */
  const serve =
    (body: string, ago: number): http.RequestListener =>
    (_req, res) => {
      res.writeHead(200, { "content-type": "application/json", "last-modified": new Date(`${day(ago)}T12:00:00Z`).toUTCString() });
      res.end(body);
    };
  const shownPrice = async (): Promise<unknown> => {
    const shown = await fetch(`${gateway.url}/v1/models/book/gpt-4o`, { headers: { authorization: `Bearer ${KEYS.acme}` } });
    return ((await shown.json()) as { pricing: Record<string, unknown> }).pricing["input_per_million"];
  };
  const commandLine = (...words: string[]) => switchyard(words, { SWITCHYARD_URL: gateway.url, SWITCHYARD_KEY: KEYS.operator });
  const refresh = "/api/admin/prices/refresh";
  const latestChange = async (): Promise<{ readonly id: string }> => {
    const answer = await fetch(`${gateway.url}/api/admin/changes?limit=1`, { headers: { authorization: `Bearer ${KEYS.operator}` } });
    const { changes } = (await answer.json()) as { changes: readonly { readonly id: string }[] };
    return changes[0] ?? expect.fail("something was changed");
  };

  test("over REST: first told, then done, with the day of the data", async () => {
    publish = serve(fileOf(9.99), 20);
    const told = await ok(refresh, { dryRun: true, online: true });
    const change = expect.objectContaining({
      provider: "book",
      model: "gpt-4o",
      before: expect.objectContaining({ inputPerMillion: "2.50" }) as unknown,
      after: expect.objectContaining({ inputPerMillion: "9.99", outputPerMillion: "19.98" }) as unknown,
    }) as unknown;
    expect(told).toMatchObject({
      dryRun: true,
      day: day(20),
      source: `price book of ${day(20)}`,
      changes: expect.arrayContaining([change]),
    });
    expect(await shownPrice()).toBe("2.50");
    expect(await ok(refresh, { online: true })).toMatchObject({
      dryRun: false,
      day: day(20),
      changes: expect.arrayContaining([change]),
    });
    expect(await shownPrice()).toBe("9.99");
    expect(await ok(refresh, { online: true })).toMatchObject({ changes: [] });
    // Taken back, the prices of before hold again as new rows, and are the book's again: the next renewal would change them as before.
    const renewal = await latestChange();
    expect(renewal).toMatchObject({ verb: "prices.refresh", undoable: true, fields: [] });
    expect(await ok(`/api/admin/changes/${renewal.id}/undo`, {})).toEqual({ ok: true, notPutBack: [] });
    expect(await shownPrice()).toBe("2.50");
    expect((await ask(`/api/admin/changes/${renewal.id}/undo`, {})).status).toBe(409);
    expect(await ok(refresh, { dryRun: true })).toMatchObject({ changes: expect.arrayContaining([change]) });
    const back = await latestChange();
    expect(back).toMatchObject({ verb: "prices.refresh", undoes: renewal.id, undoable: true });
    expect((await ask(`/api/admin/changes/${back.id}/undo`, {})).status).toBe(200);
    expect(await shownPrice()).toBe("9.99");
  });

  test("on the command line", async () => {
    publish = serve(fileOf(8.88), 10);
    const { code, stdout, stderr } = await commandLine("prices", "--online");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("book/gpt-4o  $9.99 / $19.98 a million -> $8.88 / $17.76 a million");
    expect(stdout).toContain(`price book of ${day(10)}, data of ${day(10)}: 1 price changed`);
    expect(await shownPrice()).toBe("8.88");
  });

  const failing: readonly (readonly [string, http.RequestListener, RegExp])[] = [
    ["is not there", (_req, res) => res.writeHead(404).end("not here"), /its server answers 404/],
    ["has moved", (_req, res) => res.writeHead(302, { location: urlOf(canary) }).end(), /its server answers 302/],
    ["is something else", serve("<html>hello</html>", 1), /not JSON/],
    ["has another shape", serve('{"models":[]}', 1), /shape that this version does not know/],
    ["was cut by its server", serve(fileOf(1).slice(0, -20), 1), /not JSON/],
    [
      "was cut on the way",
      (_req, res) => {
        res.writeHead(200, { "content-length": "100000" });
        res.write("[{");
        setTimeout(() => res.destroy(), 50);
      },
      /cannot be fetched/,
    ],
    ["is huge", serve(`["${"x".repeat(17 * 1024 * 1024)}"]`, 1), /more than 16777216 bytes/],
    ["is older than what is in use", serve(fileOf(1), 15), /older than those in use/],
  ];
  test.each(failing)("from one that %s changes nothing and says why", async (_what, listener, words) => {
    publish = listener;
    const before = canaryHits;
    for (const dryRun of [true, false]) {
      const answer = await ask(refresh, { dryRun, online: true });
      const { error } = (await answer.json()) as { error: { message: string } };
      expect(answer.status).toBe(502);
      expect(error.message).toMatch(words);
      expect(error.message).toContain("No price was changed.");
    }
    const { code, stderr } = await commandLine("prices", "--online");
    expect(code).toBe(1);
    expect(stderr).toMatch(words);
    expect(canaryHits).toBe(before);
    expect(await ok(refresh, { dryRun: true })).toMatchObject({ day: day(10), source: `price book of ${day(10)}`, changes: [] });
    expect(await shownPrice()).toBe("8.88");
  });

  test("a mistake in it becomes no price", async () => {
    for (const wrong of [-1, 1e300]) {
      publish = serve(fileOf(wrong), 5);
      expect(await ok(refresh, { online: true })).toMatchObject({ day: day(5), changes: [] });
    }
    expect(await shownPrice()).toBe("8.88");
  });

  test("after a restart the installed book does not bring older prices back", async () => {
    await gateway.server.stop();
    await gateway.restart();
    const told = await ok(refresh, {});
    expect(told).toMatchObject({ day: INSTALLED.day, source: `price book ${INSTALLED.version}`, newer: 1 });
    expect(JSON.stringify(told["changes"])).not.toContain("gpt-4o");
    expect(await shownPrice()).toBe("8.88");
  });
});

describe("an estimate", () => {
  test("of tokens is near the truth", async () => {
    const text = "The quick brown fox jumps over the lazy dog. ".repeat(100);
    const response = await ask("/api/models/estimate-tokens", { model: "pool", text }, KEYS.acme);
    const told = (await response.json()) as { estimatedTokens: number };
    expect(told).toMatchObject({ model: "pool", textLength: text.length });
    expect(told.estimatedTokens).toBeGreaterThan(900);
    expect(told.estimatedTokens).toBeLessThan(1_300);
  });

  test("of cost has its parts, and of a batch their sum", async () => {
    const one = { modelId: "main/gpt-4o-mini", inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 400 };
    const told = (await (await ask("/api/models/estimate-cost", one, KEYS.acme)).json()) as Record<string, unknown>;
    // $1, $0.50 and $10 a million.
    expect(told).toMatchObject({
      ...one,
      estimatedCost: "0.0018",
      costBreakdown: { inputCost: "0.0006", cacheReadCost: "0.0002", outputCost: "0.001" },
      pricingModel: "per_token",
    });
    const batch = await (await ask("/api/models/estimate-batch-cost", { requests: [one, { ...one, cacheReadTokens: 0 }] }, KEYS.acme)).json();
    expect(batch).toMatchObject({ estimates: [{ estimatedCost: "0.0018" }, { estimatedCost: "0.002" }], totalEstimatedCost: "0.0038" });
  });

  test.each([
    ["/api/models/estimate-tokens", { model: "nobody-1", text: "x" }, 404, "model"],
    ["/api/models/estimate-tokens", { model: "pool" }, 400, "text"],
    ["/api/models/estimate-cost", { modelId: "nobody-1", inputTokens: 1, outputTokens: 1 }, 404, "modelId"],
    ["/api/models/estimate-cost", { modelId: "pool", inputTokens: -1, outputTokens: 1 }, 400, "inputTokens"],
    ["/api/models/estimate-cost", { modelId: "pool", inputTokens: 1.5, outputTokens: 1 }, 400, "inputTokens"],
    ["/api/models/estimate-cost", { modelId: "pool", inputTokens: 1e12, outputTokens: 1 }, 400, "inputTokens"],
    ["/api/models/estimate-cost", { modelId: "pool", inputTokens: 5, outputTokens: 1, cacheReadTokens: 6 }, 400, "inputTokens"],
    ["/api/models/estimate-batch-cost", { requests: [] }, 400, "requests"],
    ["/api/models/estimate-batch-cost", { requests: [{ modelId: "nobody-1", inputTokens: 1, outputTokens: 1 }] }, 404, "requests[0].modelId"],
  ])("%s of %j is refused with the field", async (path, body, status, param) => {
    const response = await ask(path, body, KEYS.acme);
    expect([response.status, ((await response.json()) as { error: { param: string } }).error.param]).toEqual([status, param]);
  });

  test("of a long run without a blank does not keep others waiting", async () => {
    const started = performance.now();
    const [long, quick] = await Promise.all([
      ask("/api/models/estimate-tokens", { model: "pool", text: "a".repeat(1_000_000) }, KEYS.acme).then(
        async (response) => (await response.json()) as { estimatedTokens: number },
      ),
      fetch(`${gateway.url}/health`).then(() => performance.now() - started),
    ]);
    expect(long.estimatedTokens).toBeGreaterThan(50_000);
    expect(quick).toBeLessThan(10_000);
  }, 30_000);
});
