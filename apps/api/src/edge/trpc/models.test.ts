/** What operators do to the shared catalog through the console's procedures, and that nobody else does. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import { formatId, toId } from "@switchyard/shared/kernel/id";
import type { ImportProgressRow } from "@switchyard/shared/wire/console/imports";
import { uuidAt } from "@switchyard/testkit/seed-workspaces.pg";
import { startConsoleRig, type Browser, type ConsoleRig } from "./testing/console-rig.http.ts";

let rig: ConsoleRig;
let operator: Browser;
let owner: Browser;
let list: http.Server;
const workspace = "acme";
const wish = { provider: "listed" };
beforeAll(async () => {
  rig = await startConsoleRig([workspace]);
  list = http.createServer((_req, res) =>
    res.end(JSON.stringify({ data: Array.from({ length: 25 }, (_, at) => ({ id: `model-${String(at).padStart(2, "0")}` })) })),
  );
  await new Promise<void>((resolve) => list.listen(0, "127.0.0.1", resolve));
  await rig.admin.query("insert into switchyard.workspaces (workspace_id, name, kind) values ($1, 'platform', 'platform') on conflict do nothing", [
    PLATFORM_WORKSPACE,
  ]);
  await rig.admin.query("insert into switchyard.providers (workspace_id, id, name, kind, base_url) values ($1, $2, 'listed', 'openai-compatible', $3)", [
    PLATFORM_WORKSPACE,
    uuidAt(Date.now()),
    `http://127.0.0.1:${(list.address() as AddressInfo).port}/v1`,
  ]);
  await rig.addOperator("op@switchyard.test");
  [operator, owner] = await Promise.all([rig.signedIn("op@switchyard.test"), rig.signedIn(`owner@${workspace}.test`)]);
});
afterAll(async () => {
  list?.close();
  await rig?.close();
});

const refusal = (work: Promise<unknown>) => work.then(() => "done").catch((error: { data?: { failure?: string } }) => error.data?.failure);

describe("an owner of a workspace", () => {
  it("changes nothing that all workspaces share", async () => {
    const { models } = owner.client;
    const answers = await Promise.all([
      refusal(models.previewImport.mutate({ workspace, wish })),
      refusal(models.import.mutate({ workspace, wish, run: "run-of-owner" })),
      refusal(models.undoImport.mutate({ workspace, importId: "aud_1" })),
      refusal(models.change.mutate({ workspace, id: "mod_1", change: {} })),
      refusal(models.refreshPrices.mutate({ workspace, ask: {} })),
    ]);
    expect(answers).toEqual(Array(5).fill("permission_denied"));
  });
});

describe("an operator", () => {
  it("sees and sets the limits of addresses and shared providers, and nobody else does", async () => {
    const limits = [{ kind: "requests" as const, max: 500, windowSeconds: 60 }];
    const { client } = operator;
    expect((await client.limits.setAddress.mutate({ workspace, limits })).address).toEqual(limits);
    const provider = (await client.limits.platform.query({ workspace })).providers.find(({ name }) => name === "listed") ?? expect.fail("it is there");
    const after = await client.limits.setProvider.mutate({ workspace, id: provider.id, limits });
    expect(after.providers.find(({ id }) => id === provider.id)).toMatchObject({ limits, usage: [{ kind: "requests", used: 0, freeAt: undefined }] });
    expect((await client.limits.setProvider.mutate({ workspace, id: provider.id, limits: [] })).address).toEqual(limits);
    expect((await client.limits.setAddress.mutate({ workspace, limits: [] })).address).toEqual([]);
    // One of a workspace's own is no business of the platform's.
    const own = await rig.admin.query<{ id: string }>("select id from switchyard.providers where workspace_id <> $1 limit 1", [PLATFORM_WORKSPACE]);
    const foreign = formatId("provider", toId("provider", own.rows[0]?.id ?? ""));
    expect(await refusal(client.limits.setProvider.mutate({ workspace, id: foreign, limits }))).toBe("not_found");
    const theirs = owner.client.limits;
    expect(await refusal(theirs.platform.query({ workspace }))).toBe("permission_denied");
    expect(await refusal(theirs.setAddress.mutate({ workspace, limits }))).toBe("permission_denied");
    const { rows } = await rig.admin.query<{ verb: string; n: number }>(
      "select verb, count(*)::int as n from switchyard.audit_log where workspace_id = $1 and verb in ('address.limits', 'provider.changed') group by 1 order by 1",
      [PLATFORM_WORKSPACE],
    );
    expect(rows).toEqual([
      { verb: "address.limits", n: 2 },
      { verb: "provider.changed", n: 2 },
    ]);
  });

  it("sees first what an import would do, follows it, and takes it back", async () => {
    const { models } = operator.client;
    const dry = await models.previewImport.mutate({ workspace, wish: { ...wish, include: ["model-0"] } });
    expect(dry).toMatchObject({ created: 0, importId: undefined, leftOut: 15 });
    expect(dry.models.map(({ change }) => change)).toEqual(Array(10).fill("new"));

    const live = operator.live();
    const heard: ImportProgressRow[] = [];
    const run = "run-of-operator";
    const begun = new Promise<void>((resolve) =>
      live.client.models.importProgress.subscribe({ workspace, run }, { onStarted: () => resolve(), onData: (row) => heard.push(row as ImportProgressRow) }),
    );
    await begun;
    const done = await models.import.mutate({
      workspace,
      run,
      wish: { ...wish, models: [{ id: "model-01", price: { inputPerMillion: "1", outputPerMillion: "2" } }, "model-02"] },
    });
    expect(done).toMatchObject({ created: 2, changed: 0 });
    await expect.poll(() => heard.at(-1)?.phase, { timeout: 10_000 }).toBe("done");
    await live.close();

    const rows = await operator.client.providers.list.query({ workspace });
    const imported = rows.find(({ name }) => name === "listed")?.models ?? [];
    expect(imported.map(({ name, price }) => [name, price?.source])).toEqual([
      ["model-01", "import"],
      ["model-02", undefined],
    ]);

    const [first = expect.fail("two were imported")] = imported;
    expect(await models.change.mutate({ workspace, id: first.id, change: { price: { inputPerMillion: "3", outputPerMillion: "4" }, maxOutput: 99 } })).toEqual([
      "model listed/model-01 changed",
      "price of listed/model-01 changed",
    ]);
    const audit = await rig.admin.query<{ verb: string; actor: string }>("select verb, actor from switchyard.audit_log where verb like 'model%' order by id");
    expect(audit.rows.map(({ verb }) => verb)).toEqual(["models.import", "model.changed"]);
    expect(audit.rows.every(({ actor }) => actor.startsWith("user:"))).toBe(true);

    const importId = done.importId ?? expect.fail("something was changed");
    expect(await models.undoImport.mutate({ workspace, importId })).toEqual({ models: 2, aliases: 0 });
    expect(await models.undoImport.mutate({ workspace, importId })).toEqual({ models: 0, aliases: 0 });
  });

  it("is told which field is wrong", async () => {
    const strange = operator.client.models.import.mutate({ workspace, run: "x", wish });
    expect(await refusal(strange)).toBe("invalid_request");
    expect(await refusal(operator.client.models.change.mutate({ workspace, id: "mod_00000000000000000000000000", change: {} }))).toBe("not_found");
  });
});
