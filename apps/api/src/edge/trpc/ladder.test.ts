/** Who may call what, asked of every procedure that the router has: one that is added tomorrow is asked too. */
import { WebSocket } from "ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatId } from "@switchyard/shared/kernel/id";
import { appRouter } from "./router.ts";
import { nameless, startConsoleRig, type Browser, type ConsoleRig } from "./testing/console-rig.http.ts";

interface Procedure {
  readonly path: string;
  readonly type: "query" | "mutation" | "subscription";
}
const known = appRouter._def.procedures as unknown as Readonly<Record<string, { readonly _def: { readonly type: Procedure["type"] } }>>;
const procedures: Procedure[] = Object.entries(known).map(([path, procedure]) => ({ path, type: procedure._def.type }));
/** The only one that may be called by anybody. */
const OPEN = new Set(["account.signIn"]);
/** Those that are about the person and no workspace. */
const PERSONAL = new Set(["account.me", "account.signOut", "account.changePassword"]);

let rig: ConsoleRig;
let stranger: Browser;
beforeAll(async () => {
  rig = await startConsoleRig(["acme", "globex"]);
  stranger = await rig.signedIn("owner@globex.test");
});
afterAll(() => rig.close());

/** Calls a procedure with every id of the victim that could be in an input. */
async function call(browser: Browser, procedure: Procedure, workspace: string): Promise<{ status: number; text: string }> {
  const acme = rig.workspaces[0] ?? expect.fail("acme is seeded");
  const id = procedure.path.startsWith("calls") ? formatId("call", acme.callId) : formatId("key", acme.keyId);
  const input = JSON.stringify({
    json: { workspace, id, enabled: false, range: "24h", key: { name: "theirs" }, filter: {}, limits: [], current: "x", next: "a long new password" },
  });
  if (procedure.type === "subscription") return subscribe(browser, procedure, workspace);
  return procedure.type === "mutation"
    ? browser.fetch(`/trpc/${procedure.path}`, { method: "POST", headers: { "content-type": "application/json" }, body: input })
    : browser.fetch(`/trpc/${procedure.path}?input=${encodeURIComponent(input)}`);
}

/** The same question over a WebSocket, in the shape of an HTTP answer. */
function subscribe(browser: Browser, { path }: Procedure, workspace: string): Promise<{ status: number; text: string }> {
  if (browser.cookie() === "") return refusedUpgrade();
  const live = browser.live();
  return new Promise<{ status: number; text: string }>((done) => {
    const heard = {
      onStarted: () => undefined,
      onData: (data: unknown) => done({ status: 200, text: JSON.stringify(data) }),
      onError: (error: { message: string; data?: { httpStatus?: number | undefined } | null | undefined }) =>
        done({ status: error.data?.httpStatus ?? 0, text: JSON.stringify([error.message, error.data]) }),
    };
    if (path === "models.importProgress") live.client.models.importProgress.subscribe({ workspace, run: "run-of-nobody" }, heard);
    else live.client.events.live.subscribe({ workspace }, heard);
  }).finally(() => live.close());
}

/** Without a session no socket is opened at all. */
function refusedUpgrade(): Promise<{ status: number; text: string }> {
  const socket = new WebSocket(`${rig.url.replace("http", "ws")}/trpc`, { headers: { origin: rig.url } });
  return new Promise((done, fail) => {
    socket.once("unexpected-response", (request, answer) => {
      request.destroy();
      done({ status: answer.statusCode ?? 0, text: "" });
    });
    socket.once("open", () => fail(new Error("a socket was opened for nobody")));
    socket.on("error", () => undefined); // The refusal itself.
  });
}

describe.each(procedures)("$path", (procedure) => {
  it.skipIf(OPEN.has(procedure.path))("is closed to whoever is not signed in", async () => {
    const answer = await call(rig.browser(), procedure, "acme");
    expect(answer.status).toBe(401);
  });

  it.skipIf(OPEN.has(procedure.path) || PERSONAL.has(procedure.path))(
    "tells a stranger the same of another's workspace as of one that does not exist",
    async () => {
      const [theirs, nobodys] = [await call(stranger, procedure, "acme"), await call(stranger, procedure, "no-such-place")];
      expect(theirs.status).toBe(404);
      expect(nameless(theirs.text)).toBe(nameless(nobodys.text));
    },
  );
});

it("tells the same of another's call and key as of random ones, within one's own workspace", async () => {
  const acme = rig.workspaces[0] ?? expect.fail("acme is seeded");
  const random = "00000000000000000000000000";
  const pairs: [string, "query" | "mutation", string, string][] = [
    ["calls.get", "query", formatId("call", acme.callId), `gen_${random}`],
    ["keys.revoke", "mutation", formatId("key", acme.keyId), `key_${random}`],
    ["keys.setEnabled", "mutation", formatId("key", acme.keyId), `key_${random}`],
  ];
  for (const [path, type, theirs, nobodys] of pairs) {
    const [a, b] = await Promise.all(
      [theirs, nobodys].map((id) => {
        const input = JSON.stringify({ json: { workspace: "globex", id, enabled: false } });
        return type === "query"
          ? stranger.fetch(`/trpc/${path}?input=${encodeURIComponent(input)}`)
          : stranger.fetch(`/trpc/${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: input });
      }),
    );
    expect(a?.status, path).toBe(404);
    expect(nameless(a?.text ?? "theirs"), path).toBe(nameless(b?.text ?? "nobody's"));
  }
  const key = await rig.admin.query<{ enabled: boolean; revoked_at: Date | null }>("select enabled, revoked_at from switchyard.api_keys where id = $1", [
    acme.keyId,
  ]);
  expect(key.rows).toEqual([{ enabled: true, revoked_at: null }]);
});

it("gives nothing of another's workspace to any procedure of one's own", async () => {
  const acme = rig.workspaces[0] ?? expect.fail("acme is seeded");
  const secrets = [
    "acme",
    formatId("call", acme.callId),
    formatId("key", acme.keyId),
    formatId("provider", acme.providerId),
    formatId("group", acme.groupId),
    formatId("user", acme.owner.id),
  ];
  for (const procedure of procedures.filter((one) => one.type === "query")) {
    const { text } = await call(stranger, procedure, "globex");
    for (const secret of secrets) expect(text, procedure.path).not.toContain(secret);
  }
});

it("knows the procedures that the console needs, and no other", () => {
  expect(procedures.map((one) => one.path).sort()).toEqual([
    "account.changePassword",
    "account.me",
    "account.signIn",
    "account.signOut",
    "aliases.list",
    "aliases.remove",
    "aliases.save",
    "calls.facets",
    "calls.get",
    "calls.list",
    "events.live",
    "groups.list",
    "groups.remove",
    "groups.save",
    "groups.uses",
    "keys.create",
    "keys.list",
    "keys.revoke",
    "keys.setCache",
    "keys.setEnabled",
    "keys.setLimits",
    "limits.get",
    "limits.platform",
    "limits.setAddress",
    "limits.setMember",
    "limits.setProvider",
    "limits.setWorkspace",
    "limits.usage",
    "models.change",
    "models.import",
    "models.importProgress",
    "models.previewImport",
    "models.refreshPrices",
    "models.undoImport",
    "overview.get",
    "providers.addModel",
    "providers.get",
    "providers.list",
    "providers.remove",
    "providers.save",
    "providers.test",
    "providers.uses",
    "routing.changes",
    "routing.explain",
    "routing.get",
    "routing.save",
    "routing.undo",
    "wallet.entries",
    "wallet.get",
  ]);
});
