/** What a live console hears, when it stops hearing, and which sockets are never opened. */
import { request } from "node:http";
import { WebSocket } from "ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatId } from "@switchyard/shared/kernel/id";
import type { CallFilter } from "@switchyard/shared/domain/call-filter";
import type { LiveEvent } from "@switchyard/shared/wire/console/live";
import { seedCalls, type CallToSeed } from "@switchyard/testkit/seed-workspaces.pg";
import { startConsoleRig, type Browser, type ConsoleRig } from "../trpc/testing/console-rig.http.ts";

let rig: ConsoleRig;
beforeAll(async () => {
  rig = await startConsoleRig(["acme", "globex"]);
});
afterAll(() => rig.close());

const acme = () => rig.workspaces[0] ?? expect.fail("acme is seeded");
const PATIENCE = { timeout: 20_000 };

/** A call is recorded and the bus is told, as the gateway does it. */
async function finish(call: CallToSeed, of = acme()): Promise<string> {
  const [id = expect.fail("one call is seeded")] = await seedCalls(
    rig.admin,
    { workspaceId: of.workspaceId, keyId: of.keyId, provider: of.name, model: "model-1", group: `${of.name}-pool` },
    [call],
  );
  rig.bus.publish({ kind: "call.finished", workspaceId: of.workspaceId, callId: id });
  return formatId("call", id);
}

interface Heard {
  readonly events: LiveEvent[];
  readonly ids: string[];
  readonly errors: string[];
  readonly started: Promise<void>;
  stop(): Promise<void>;
}

function listen(browser: Browser, input: { workspace: string; filter?: CallFilter; lastEventId?: string }): Heard {
  const live = browser.live();
  const events: LiveEvent[] = [];
  const ids: string[] = [];
  const errors: string[] = [];
  let started = (): void => {};
  const ready = new Promise<void>((resolve) => (started = resolve));
  const subscription = live.client.events.live.subscribe(input, {
    onStarted: () => started(),
    onData: (event) => {
      ids.push(event.id);
      events.push(event.data);
    },
    onError: (error) => errors.push(error.data?.failure ?? error.message),
  });
  return {
    events,
    ids,
    errors,
    started: ready,
    stop: async () => {
      subscription.unsubscribe();
      await live.close();
    },
  };
}

describe("a live console", () => {
  it("hears a finished call of its workspace that its filter means, and no other", async () => {
    const owner = await rig.signedIn("owner@acme.test");
    const heard = listen(owner, { workspace: "acme", filter: { outcomes: ["failed", "failed_over"], model: "model-1" } });
    await heard.started;
    await finish({ cost: 1n });
    await finish({ columns: { outcome: "failed", http_status: 502 } }, rig.workspaces[1]);
    await finish({ columns: { outcome: "failed", http_status: 502, model_name: "model-2" } });
    const meant = await finish({ columns: { outcome: "failed", http_status: 502, error_code: "provider_error", error_text: "secret words for the operator" } });
    await expect
      .poll(() => heard.events, PATIENCE)
      .toEqual([
        expect.objectContaining({ kind: "call.finished", call: expect.objectContaining({ id: meant, outcome: "failed", errorCode: "provider_error" }) }),
      ]);
    expect(await owner.client.calls.list.query({ workspace: "acme", filter: { outcomes: ["failed", "failed_over"], model: "model-1" } })).toMatchObject({
      items: [{ id: meant }],
    });
    await heard.stop();
  });

  it("gets what it missed when it comes back, and a gap when nobody can say any more", async () => {
    const owner = await rig.signedIn("owner@acme.test");
    const first = listen(owner, { workspace: "acme" });
    await first.started;
    rig.bus.publish({ kind: "balance.changed", workspaceId: acme().workspaceId });
    await expect.poll(() => first.ids, PATIENCE).toHaveLength(1);
    await first.stop();
    const missed = await finish({ cost: 2n });
    const again = listen(owner, { workspace: "acme", lastEventId: first.ids[0] ?? "" });
    await expect
      .poll(() => again.events, PATIENCE)
      .toEqual([expect.objectContaining({ kind: "call.finished", call: expect.objectContaining({ id: missed, charged: 2n }) })]);
    await again.stop();
    const late = listen(owner, { workspace: "acme", lastEventId: "another-life:7" });
    await expect.poll(() => late.events, PATIENCE).toEqual([{ kind: "gap" }]);
    await late.stop();
  });

  it("stops hearing soon after the session ended elsewhere", async () => {
    const owner = await rig.signedIn("owner@acme.test");
    const heard = listen(owner, { workspace: "acme" });
    await heard.started;
    const before = performance.now();
    await rig.admin.query("delete from switchyard.sessions where user_id = $1", [acme().owner.id]);
    await expect.poll(() => heard.errors, PATIENCE).toEqual(["not_signed_in"]);
    // Two seconds are promised; the rest is for a machine that is busy with something else.
    expect(performance.now() - before).toBeLessThan(15_000);
    await heard.stop();
  });

  it("stops hearing soon after the person is no member any more", async () => {
    const member = await rig.signedIn("member@acme.test");
    const heard = listen(member, { workspace: "acme" });
    await heard.started;
    await rig.admin.query("delete from switchyard.members where user_id = $1", [acme().member.id]);
    await expect.poll(() => heard.errors, PATIENCE).toEqual(["not_found"]);
    await heard.stop();
    await rig.admin.query("insert into switchyard.members (workspace_id, user_id, role) values ($1, $2, 'member')", [acme().workspaceId, acme().member.id]);
  });

  it("has at most 64 subscriptions on one socket, and room again when one ends", async () => {
    const owner = await rig.signedIn("owner@acme.test");
    const socket = await openSocket(owner);
    const answers: { id: number; result?: { type: string }; error?: unknown }[] = [];
    socket.on("message", (bytes: Buffer) => answers.push(JSON.parse(bytes.toString()) as (typeof answers)[number]));
    for (let id = 1; id <= 66; id++)
      socket.send(JSON.stringify({ id, method: "subscription", params: { path: "events.live", input: { json: { workspace: "acme" } } } }));
    await expect.poll(() => answers.filter((answer) => answer.error !== undefined).length, PATIENCE).toBe(2);
    socket.send(JSON.stringify({ id: 1, method: "subscription.stop" }));
    await expect.poll(() => answers.some((answer) => answer.id === 1 && answer.result?.type === "stopped"), PATIENCE).toBe(true);
    socket.send(JSON.stringify({ id: 99, method: "subscription", params: { path: "events.live", input: { json: { workspace: "acme" } } } }));
    await expect.poll(() => answers.some((answer) => answer.id === 99 && answer.result?.type === "started"), PATIENCE).toBe(true);
    expect(answers.some((answer) => answer.id === 99 && answer.error !== undefined)).toBe(false);
    socket.close();
  });

  it("carries nothing but subscriptions, and names the request that it refuses", async () => {
    const socket = await openSocket(await rig.signedIn("owner@acme.test"));
    const answers: string[] = [];
    socket.on("message", (bytes: Buffer) => answers.push(bytes.toString()));
    socket.send(
      JSON.stringify([
        { id: 1, method: "query", params: { path: "account.me" } },
        { id: 2, method: "mutation", params: { path: "account.signOut" } },
      ]),
    );
    await expect.poll(() => answers.filter((answer) => /"failure":"(?:method_not_allowed|cross_site)"/.test(answer)).length, PATIENCE).toBe(2);
    for (const answer of answers) expect(answer).toMatch(/"requestId":"req_\d+"/);
    socket.close();
  });

  it("survives messages that are no messages", async () => {
    const socket = await openSocket(await rig.signedIn("owner@acme.test"));
    for (const nonsense of [
      "{",
      "[]",
      "null",
      "[[[[",
      '{"id":null}',
      '{"id":1,"method":"eval","params":{}}',
      '{"id":{"a":1},"method":"subscription","params":{"path":"__proto__","input":{}}}',
    ])
      socket.send(nonsense);
    socket.send("PING");
    const pong = new Promise<void>((done) => socket.on("message", (bytes: Buffer) => bytes.toString() === "PONG" && done()));
    await pong;
    socket.close();
    expect(rig.reported).toEqual([]);
  });

  it("is cut off by a message that is too long", async () => {
    const socket = await openSocket(await rig.signedIn("owner@acme.test"));
    const closed = new Promise<number>((done) => socket.on("close", done));
    socket.on("error", () => undefined); // The cut itself.
    socket.send("x".repeat(300_000));
    expect(await closed).toBe(1_009);
  });
});

function openSocket(browser: Browser): Promise<WebSocket> {
  const socket = new WebSocket(`${rig.url.replace("http", "ws")}/trpc`, { headers: { origin: rig.url, cookie: browser.cookie() } });
  return new Promise((done, fail) => {
    socket.once("open", () => done(socket));
    socket.once("error", fail);
  });
}

describe("an upgrade", () => {
  const upgrade = (path: string, headers: Record<string, string>): Promise<{ status: number; type: string; body: string }> =>
    new Promise((done, fail) => {
      const asked = request(`${rig.url}${path}`, {
        headers: { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", ...headers },
      });
      asked.on("response", (answer) => {
        let body = "";
        answer.on("data", (bytes: Buffer) => (body += bytes.toString()));
        answer.on("end", () => done({ status: answer.statusCode ?? 0, type: answer.headers["content-type"] ?? "", body }));
      });
      asked.on("upgrade", (answer, socket) => {
        socket.destroy();
        done({ status: answer.statusCode ?? 0, type: "", body: "" });
      });
      asked.on("error", fail);
      asked.end();
    });

  it("is accepted for a signed-in page of ours, without any extension", async () => {
    const owner = await rig.signedIn("owner@acme.test");
    expect((await upgrade("/trpc", { origin: rig.url, cookie: owner.cookie(), "sec-websocket-extensions": "permessage-deflate" })).status).toBe(101);
  });

  it("is refused before it is accepted, in JSON, whatever is wrong", async () => {
    const owner = await rig.signedIn("owner@acme.test");
    const good = { origin: rig.url, cookie: owner.cookie() };
    const cases: [string, Record<string, string>, number, string][] = [
      ["/trpc", { cookie: good.cookie }, 403, "cross_site"],
      ["/trpc", { ...good, origin: "https://evil.test" }, 403, "cross_site"],
      ["/trpc", { ...good, origin: "null" }, 403, "cross_site"],
      ["/trpc", { origin: good.origin }, 401, "not_signed_in"],
      ["/trpc", { origin: good.origin, cookie: `sy_session=${"A".repeat(43)}` }, 401, "not_signed_in"],
      [`/trpc?token=${owner.cookie().split("=")[1] ?? ""}`, { origin: good.origin }, 401, "not_signed_in"],
      ["/v1/responses", good, 426, "upgrade_not_supported"],
      ["/v1/responses?model=x", {}, 426, "upgrade_not_supported"],
      ["/", good, 404, "not_found"],
      ["/trpc/", good, 404, "not_found"],
      ["/ws/events", good, 404, "not_found"],
    ];
    for (const [path, headers, status, code] of cases) {
      const answer = await upgrade(path, headers);
      expect({ path, status: answer.status, type: answer.type }).toEqual({ path, status, type: "application/json" });
      expect(JSON.parse(answer.body)).toMatchObject({ error: { code } });
    }
  });

  it("is refused by its form too: another version, a bad key, a strange extension", async () => {
    const owner = await rig.signedIn("owner@acme.test");
    const good = { origin: rig.url, cookie: owner.cookie() };
    expect((await upgrade("/trpc", { ...good, "sec-websocket-version": "7" })).status).toBeGreaterThanOrEqual(400);
    expect((await upgrade("/trpc", { ...good, "sec-websocket-key": "short" })).status).toBe(400);
    expect([101, 400]).toContain((await upgrade("/trpc", { ...good, "sec-websocket-extensions": "constructor" })).status);
  });
});
