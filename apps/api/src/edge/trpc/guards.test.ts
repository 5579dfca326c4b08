/** What the door of the console refuses before anything is done: foreign pages, floods, poison. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLIENT_HEADER } from "@switchyard/shared/wire/console/client";
import { startConsoleRig, type Browser, type ConsoleRig } from "./testing/console-rig.http.ts";

let rig: ConsoleRig;
let owner: Browser;
beforeAll(async () => {
  rig = await startConsoleRig(["acme"]);
  owner = await rig.signedIn("owner@acme.test");
});
afterAll(() => rig.close());

const json = { "content-type": "application/json" };
const createKey = (headers: Record<string, string | undefined>) =>
  owner.fetch("/trpc/keys.create", {
    method: "POST",
    headers: { ...json, ...headers },
    body: JSON.stringify({ json: { workspace: "acme", key: { name: "forged" } } }),
  });
const failureIn = (text: string): unknown => (JSON.parse(text) as { error: { json: { data: { failure: unknown } } } }).error.json.data.failure;

describe("a foreign page", () => {
  it.each([
    ["from another site", { origin: "https://evil.test" }],
    ["from a sandboxed frame", { origin: "null" }],
    ["from a host whose name begins like ours", { origin: "http://127.0.0.1.evil.test" }],
    ["from another port", { origin: "http://127.0.0.1:1" }],
    ["without an origin", { origin: undefined }],
    ["without the console's header", { [CLIENT_HEADER]: undefined }],
    ["with another client's header", { [CLIENT_HEADER]: "other" }],
  ])("cannot change anything %s", async (_what, headers) => {
    const answer = await createKey(headers);
    expect(answer.status).toBe(403);
    expect(failureIn(answer.text)).toBe("cross_site");
  });

  it("cannot sign anybody in either", async () => {
    const answer = await rig.browser().fetch("/trpc/account.signIn", {
      method: "POST",
      headers: { ...json, origin: "https://evil.test" },
      body: JSON.stringify({ json: { email: "a@b.test", password: "x" } }),
    });
    expect(answer.status).toBe(403);
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])("cannot send a form as %s", async (type) => {
    expect((await createKey({ "content-type": type })).status).toBe(415);
  });

  it("may read nothing, whatever it claims to be", async () => {
    for (const origin of ["https://evil.test", "null", rig.url]) {
      const answers = [
        await owner.fetch("/trpc/account.me", { headers: { origin } }),
        await owner.fetch("/trpc/account.me", { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } }),
      ];
      for (const answer of answers) expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });

  it("made no key by all that", async () => {
    expect((await rig.admin.query("select 1 from switchyard.api_keys where name = 'forged'")).rows).toEqual([]);
  });
});

describe("a strange call", () => {
  it("of an unknown procedure is not found", async () => {
    for (const path of ["/trpc/nothing.here", "/trpc/account", "/trpc/__proto__", "/trpc/constructor.name", "/trpc/calls.list.toString"]) {
      const answer = await owner.fetch(path);
      expect(answer.status, path).toBe(404);
      expect(failureIn(answer.text), path).toBe("not_found");
    }
  });

  it("of a mutation by GET is not allowed, nor of a query by POST", async () => {
    expect((await owner.fetch("/trpc/account.signOut")).status).toBe(405);
    expect((await owner.fetch("/trpc/account.me", { method: "POST", headers: json, body: "{}" })).status).toBe(405);
    await owner.client.account.me.query();
  });

  it("of a subscription over HTTP is not allowed, and the stream that says so ends", async () => {
    const input = encodeURIComponent(JSON.stringify({ json: { workspace: "acme" } }));
    const answer = await owner.fetch(`/trpc/events.live?input=${input}`, { headers: { accept: "text/event-stream" } });
    expect(answer.text).toContain("event: serialized-error");
    expect(answer.text).toContain('"failure":"method_not_allowed"');
  });

  it("with a broken body or input is a bad request, without a word about our parts", async () => {
    const answers = [
      await createKey({}).then(() => owner.fetch("/trpc/keys.create", { method: "POST", headers: json, body: "{" })),
      await owner.fetch("/trpc/calls.list?input={"),
      await owner.fetch("/trpc/calls.list?batch=1&input={"),
      await owner.fetch("/trpc/calls.list?batch=1&input=[]"),
      await owner.fetch("/trpc/calls.list?input=null"),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(400);
      expect(answer.text).not.toMatch(/stack|node_modules|\.ts|SyntaxError|position/);
    }
  });

  it("with too large a body is refused", async () => {
    const answer = await owner.fetch("/trpc/keys.create", {
      method: "POST",
      headers: json,
      body: JSON.stringify({ json: { workspace: "acme", key: { name: "x".repeat(300_000) } } }),
    });
    expect(answer.status).toBe(413);
  });
});

describe("a batch", () => {
  const batch = (paths: readonly string[], inputs: Record<number, unknown>) =>
    owner.fetch(`/trpc/${paths.join(",")}?batch=1&input=${encodeURIComponent(JSON.stringify(inputs))}`);

  it("carries at most twenty calls", async () => {
    expect(
      (
        await batch(
          Array.from({ length: 20 }, () => "account.me"),
          {},
        )
      ).status,
    ).toBe(200);
    expect(
      (
        await batch(
          Array.from({ length: 21 }, () => "account.me"),
          {},
        )
      ).status,
    ).toBe(400);
    expect((await owner.fetch(`/trpc/${",".repeat(5_000)}?batch=1`)).status).toBe(400);
  });

  it("is not killed by one bad item, be it wrong, unknown or poisoned", async () => {
    const answer = await batch(["account.me", "calls.list", "no.such", "wallet.get", "calls.list"], {
      1: { json: { workspace: "acme", limit: -1 } },
      3: { json: { workspace: "acme" } },
      4: { json: { workspace: "acme" }, meta: { values: { "__proto__.polluted": ["undefined"] } } },
    });
    expect(answer.status).toBe(207);
    const items = JSON.parse(answer.text) as { result?: unknown; error?: { json: { data: { failure: string } } } }[];
    expect(items.map((item) => item.error?.json.data.failure ?? "fine")).toEqual(["fine", "invalid_request", "not_found", "fine", "invalid_request"]);
  });
});

it("is not polluted by any input", async () => {
  const poisons = [
    { json: { workspace: "acme", __proto__: { polluted: 1 } }, meta: { values: { "__proto__.polluted": ["Date"] } } },
    { json: { workspace: "acme" }, meta: { values: { "constructor.prototype.polluted": ["undefined"] } } },
    { json: { workspace: "acme" }, meta: { referentialEqualities: { workspace: ["__proto__.polluted"] } } },
    { json: { workspace: "acme" }, meta: { values: { workspace: [["custom", "polluted"]] } } },
    { json: { workspace: "acme" }, meta: { values: { __proto__: { polluted: ["bigint"] } } } },
  ].map((poison) => JSON.stringify(poison));
  poisons.push(
    '{"json":{"workspace":"acme","__proto__":{"polluted":1},"filter":{"__proto__":{"polluted":1}}}}',
    `{"json":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
  );
  for (const poison of poisons) {
    const answer = await owner.fetch("/trpc/keys.create", { method: "POST", headers: json, body: poison });
    expect([400, 404]).toContain(answer.status);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  }
  await owner.client.account.me.query();
});

it("never gave anybody reason to look at the log", () => {
  expect(rig.reported).toEqual([]);
});
