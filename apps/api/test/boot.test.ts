/** The first minutes of an operator: two commands, what they print, the command line, Ctrl-C, a crash, and coming back. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "@switchyard/testkit/free-port.process";
import { startServer, type RunningServer } from "@switchyard/testkit/server.process";
import { CLI, hasTerminal, isRunning, onTerminal, ownFolder, processesOn, run, startRefused, switchyard } from "./program.process.ts";

let folder: string;
let dataDir: string;
let port: number;
let server: RunningServer;
const config = {
  providers: [
    {
      name: "main",
      kind: "openai-compatible",
      baseUrl: "http://127.0.0.1:9/v1",
      apiKey: "env:MAIN_KEY",
      models: [{ id: "m-1", contextWindow: 1_000, maxOutput: 100, price: { inputPerMillion: "1", outputPerMillion: "2" } }],
    },
  ],
  groups: [{ name: "pool", targets: [{ provider: "main", model: "m-1", priority: 1 }] }],
  workspaces: [
    {
      name: "acme",
      credit: "5.00",
      members: [{ email: "ada@acme.test", password: "env:ADA_PASSWORD", role: "owner" }],
      keys: [{ name: "ci", secret: "env:ACME_KEY", groups: ["pool"], budget: { max: "1.00", windowDays: 30 } }],
    },
  ],
};
const secrets = { MAIN_KEY: "sk-main-0123456789abcdef", ADA_PASSWORD: "a password of Ada's own", ACME_KEY: "sy-acme-key-of-the-boot-test" };

beforeAll(async () => {
  folder = await ownFolder();
  dataDir = join(folder, "data");
  port = await freePort();
  await writeFile(join(folder, "config.jsonc"), `// what acme needs\n${JSON.stringify(config, undefined, 2).replace('"groups": [', '"groups": [ // one')}`);
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const start = (env: Record<string, string> = {}): Promise<RunningServer> => startServer({ port, env: { DATA_DIR: dataDir, ...env } });
const cli = (words: readonly string[], env: Record<string, string> = {}, input = ""): ReturnType<typeof switchyard> =>
  switchyard(words, { DATA_DIR: dataDir, ...env }, input);
const said = (): string => server.stdout.join("\n");

/** Of the embedded server, by the file that Postgres itself keeps. */
function postmasterPid(): number {
  const wanted = join(dataDir, "postgres");
  const moved = join(wanted, "moved-to");
  const cluster = existsSync(moved) ? readFileSync(moved, "utf8").trim() : wanted;
  return Number(readFileSync(join(cluster, "postmaster.pid"), "utf8").split("\n")[0]);
}

test("before the first start the command line says what to do", async () => {
  for (const words of [["invariants"], ["export"], ["database-url"]]) {
    const { code, stderr } = await cli(words);
    expect(code).toBe(1);
    expect(stderr).toMatch(/start/i);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  }
  expect((await cli(["frobnicate"])).code).toBe(64);
}, 60_000);

test("Ctrl-C in the middle of the first start leaves no database server behind, and the folder can be used", async () => {
  for (const line of [/Starting Postgres/, /Preparing the database/]) {
    const early = await startServer({ port, env: { DATA_DIR: dataDir }, awaitReady: false });
    await early.line(line);
    early.kill("SIGINT");
    expect((await early.ended).code).toBe(0);
    expect(processesOn(dataDir)).toEqual([]);
  }
}, 60_000);

test("a first start on a taken port makes nothing: what is shown only once is not lost", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
  try {
    const refused = await startRefused({ DATA_DIR: dataDir }, port);
    expect(refused).toMatchObject({ code: 78, stderr: expect.stringContaining(`PORT: 127.0.0.1:${port}`) as string });
  } finally {
    other.close();
  }
}, 60_000);

test("a first start that fails after it made the administrator tells the password all the same", async () => {
  const file = join(folder, "half.json");
  await writeFile(file, JSON.stringify({ groups: [{ name: "g", targets: [{ provider: "none", model: "nothing", priority: 1 }] }] }));
  const refused = await startRefused({ DATA_DIR: join(folder, "half"), CONFIG_FILE: file, NODE_ENV: "test" });
  expect(refused).toMatchObject({ code: 78, stderr: expect.stringContaining("none/nothing") as string });
  expect(refused.stdout).toMatch(/Password {2}\S{20}/);
  expect(refused.stdout).toMatch(/API key {3}sy-[A-Za-z0-9]{40,}/);
  expect(processesOn(join(folder, "half"))).toEqual([]);
}, 60_000);

test("the first start in an empty folder prints where the console is, a password, a key, and a line that works as printed", async () => {
  server = await start();
  const line = await server.line(/^curl /);
  expect(said()).toContain(`Console   http://127.0.0.1:${port}`);
  expect(said()).toMatch(/Sign in {3}admin@localhost/);
  expect(said()).toMatch(/Password {2}\S{20}/);
  expect(said()).toMatch(/API key {3}sy-[A-Za-z0-9]{40,}/);
  const { code, stdout } = await run("bash", ["-c", line]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ object: "chat.completion", choices: [{ message: { role: "assistant" }, finish_reason: "stop" }] });
  const [, password = ""] = /Password {2}(\S+)/.exec(said()) ?? [];
  const signIn = await fetch(`${server.url}/trpc/account.signIn`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: server.url, "x-switchyard-client": "console" },
    body: JSON.stringify({ json: { email: "admin@localhost", password } }),
  });
  expect(signIn.status).toBe(200);
}, 120_000);

test("the command line applies a file, tells each change, and then finds nothing to change", async () => {
  const file = join(folder, "config.jsonc");
  const lacking = await cli(["apply", file], { MAIN_KEY: secrets.MAIN_KEY });
  expect(lacking).toMatchObject({ code: 1, stderr: expect.stringContaining("ADA_PASSWORD") as string });
  const first = await cli(["apply", file], secrets);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  for (const change of [
    "provider main created",
    "key of provider main set",
    "model main/m-1 created",
    "group pool created",
    "workspace acme created",
    "opening credit of workspace acme granted",
    "person ada@acme.test created",
    "key ci of acme created",
  ])
    expect(first.stdout).toContain(change);
  for (const secret of Object.values(secrets)) expect(first.stdout).not.toContain(secret);
  expect(await cli(["apply", file], secrets)).toMatchObject({ code: 0, stdout: "nothing to change\n" });
  expect(await cli(["apply", join(folder, "none.json")])).toMatchObject({ code: 1, stderr: expect.stringContaining("ENOENT") as string });
}, 60_000);

test("export writes what apply accepts, with every secret as the name of a variable", async () => {
  const file = join(folder, "exported.json");
  expect((await cli(["export", file])).code).toBe(0);
  const text = readFileSync(file, "utf8");
  for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/sy-[A-Za-z0-9]{40}/);
  const exported = JSON.parse(text) as { providers: unknown[]; workspaces: { name: string; keys: { secret: string }[] }[] };
  const acme = exported.workspaces.find(({ name }) => name === "acme");
  expect(acme?.keys[0]?.secret).toBe("env:ACME_CI_KEY");
  await writeFile(file, JSON.stringify({ providers: exported.providers, workspaces: [acme] }));
  expect(await cli(["apply", file], { MAIN_KEY: secrets.MAIN_KEY, ACME_CI_KEY: secrets.ACME_KEY })).toMatchObject({ code: 0, stdout: "nothing to change\n" });
}, 60_000);

/** The status of Ada's signing in with this password. */
const signInAs = async (password: string): Promise<number> =>
  (
    await fetch(`${server.url}/trpc/account.signIn`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: server.url, "x-switchyard-client": "console" },
      body: JSON.stringify({ json: { email: "ada@acme.test", password } }),
    })
  ).status;

test("password sets a new one from a pipe, and refuses a short one and nobody", async () => {
  expect(await cli(["password", "ada@acme.test"], {}, "another password of hers\n")).toMatchObject({ code: 0 });
  expect(await cli(["password", "ada@acme.test"], {}, "short\n")).toMatchObject({ code: 1, stderr: expect.stringContaining("12") as string });
  expect(await cli(["password", "nobody@acme.test"], {}, "a long enough password\n")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("nobody") as string,
  });
  expect([await signInAs("another password of hers"), await signInAs(secrets.ADA_PASSWORD)]).toEqual([200, 401]);
}, 60_000);

describe.runIf(hasTerminal)("password on a terminal", () => {
  const program = `${process.execPath} ${CLI} password`;
  const terminal = (line: string, answers: Parameters<typeof onTerminal>[2]): Promise<string> => onTerminal(line, { DATA_DIR: dataDir }, answers);
  const typed = "typed password ü€";

  test("is asked twice and shown never; corrections count, and what is pasted at once is understood", async () => {
    const wrong = `wrong${"\u007f".repeat(3)}x\u0015`;
    const screen = await terminal(`${program} ada@acme.test; echo "code $?"`, [
      ["New password: ", `${wrong}${typed}\r`],
      ["Once more: ", `\u001b[A${typed}\r`],
    ]);
    expect(screen).toContain("code 0");
    expect(screen).toContain("The password of ada@acme.test is set");
    expect(screen.replace(/New password: |Once more: |The password of/g, "")).not.toMatch(/typed|wrong|ü/);
    expect([await signInAs(typed), await signInAs("another password of hers")]).toEqual([200, 401]);
    const pasted = await terminal(`${program} ada@acme.test; echo "code $?"`, [["New password: ", "pasted password\rpasted password\r"]]);
    expect(pasted).toContain("code 0");
    expect(pasted).not.toContain("pasted");
    expect(await signInAs("pasted password")).toBe(200);
  }, 60_000);

  test("that is not the same twice, or given up with Ctrl-C, changes nothing and leaves the terminal as it was", async () => {
    const differs = await terminal(`${program} ada@acme.test; echo "code $?"`, [
      ["New password: ", "one long password\r"],
      ["Once more: ", "another long one\r"],
    ]);
    expect(differs).toContain("not the same");
    expect(differs).toContain("code 1");
    const left = await terminal(`stty -a; echo "---"; ${program} ada@acme.test; echo "code $?"; stty -a`, [["New password: ", "half of a pass\u0003"]]);
    expect(left).toContain("Given up; nothing was changed.");
    expect(left).not.toContain("half of");
    const [before, after] = [left.split("---")[0], left.split("code 1")[1]].map((text) => text?.trim());
    expect(before).toContain("echo");
    expect(after).toBe(before);
    expect(await signInAs("pasted password")).toBe(200);
  }, 60_000);
});

test("database-url opens the database as each role, and invariants tells what is violated", async () => {
  for (const [login, user] of Object.entries({ app: "sy_app", worker: "sy_worker", ops: "sy_ops", superuser: "postgres" })) {
    const client = new pg.Client({ connectionString: (await cli(["database-url", login])).stdout.trim() });
    await client.connect();
    expect((await client.query<{ name: string }>("select current_user as name")).rows[0]?.name).toBe(user);
    await client.end();
  }
  expect(await cli(["invariants"])).toMatchObject({ code: 0, stdout: "all invariants hold\n" });
  const client = new pg.Client({ connectionString: (await cli(["database-url", "superuser"])).stdout.trim() });
  await client.connect();
  await client.query(
    "begin; alter table ledger.wallets disable trigger user; update ledger.wallets set posted = posted + 1 where workspace_id = (select workspace_id from switchyard.workspaces where name = 'acme'); commit",
  );
  const violated = await cli(["invariants"]);
  expect(violated.code).toBe(1);
  expect(violated.stdout).toMatch(/^I1 /m);
  await client.query(
    "begin; update ledger.wallets set posted = posted - 1 where workspace_id = (select workspace_id from switchyard.workspaces where name = 'acme'); alter table ledger.wallets enable trigger user; commit",
  );
  await client.end();
  expect((await cli(["invariants"])).code).toBe(0);
}, 60_000);

test("a wrong key, another server and no server are told apart, in one line", async () => {
  const cases = [
    { env: { SWITCHYARD_URL: server.url, SWITCHYARD_KEY: "sy-wrong-key-0123456789" }, words: "does not know this operator key" },
    { env: { SWITCHYARD_URL: server.url, SWITCHYARD_KEY: secrets.ACME_KEY }, words: "needs an operator key" },
    { env: { SWITCHYARD_URL: `http://127.0.0.1:${await freePort()}`, SWITCHYARD_KEY: "sy-wrong-key-0123456789" }, words: "not running" },
    { env: { SWITCHYARD_URL: "nonsense", SWITCHYARD_KEY: "x" }, words: "SWITCHYARD_URL" },
    { env: { SWITCHYARD_URL: "http://127.0.0.1:9" }, words: "SWITCHYARD_KEY" },
  ];
  for (const { code, stderr, words } of await Promise.all(cases.map(async ({ env, words }) => ({ ...(await cli(["invariants"], env)), words })))) {
    expect(stderr).toContain(words);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(code).toBe(1);
  }
}, 60_000);

test("Ctrl-C stops everything in order, Postgres too, with exit code 0", async () => {
  const postgres = postmasterPid();
  expect(isRunning(postgres)).toBe(true);
  server.kill("SIGINT");
  expect(await server.ended).toEqual({ code: 0, signal: null });
  expect(isRunning(postgres)).toBe(false);
  expect(server.stderr).toEqual([]);
  expect(server.stdout.at(-1)).toBe("Stopped.");
  expect(readdirSync(join(dataDir, "journal"))).toEqual([]);
  const { code, stderr } = await cli(["invariants"]);
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("not running") as string });
}, 60_000);

test("the second start finds its data and prints no secret; a CONFIG_FILE that says the same changes nothing", async () => {
  const key = said().match(/API key {3}(\S+)/)?.[1] ?? "";
  server = await start({ CONFIG_FILE: join(folder, "config.jsonc"), NODE_COMPILE_CACHE: "", ...secrets });
  await server.line(/Sign in/);
  // Compiled code is kept for the next start, also when this one is killed.
  await expect.poll(() => existsSync(join(dataDir, "compiled")) && readdirSync(join(dataDir, "compiled")).length).toBeGreaterThan(0);
  expect(said()).not.toMatch(/Password|API key|sy-[A-Za-z0-9]{20}/);
  expect(said()).not.toContain("changes applied");
  const answer = await fetch(`${server.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  expect(answer.status).toBe(200);
}, 60_000);

test("after kill -9 of the program and with its Postgres orphaned, the next start recovers everything", async () => {
  const orphan = postmasterPid();
  server.kill("SIGKILL");
  await server.ended;
  server = await start();
  expect(isRunning(orphan)).toBe(false);
  expect((await cli(["invariants"])).stdout).toBe("all invariants hold\n");
  // Postgres itself killed under the running program: it comes back, and calls are served again.
  process.kill(postmasterPid(), "SIGKILL");
  await expect.poll(async () => (await fetch(`${server.url}/ready`)).status, { timeout: 30_000, interval: 100 }).toBe(200);
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
  const last = postmasterPid();
  expect((await server.stop()).code).toBe(0);
  expect(isRunning(last)).toBe(false);
}, 90_000);

test.skipIf(!existsSync("/proc/self/task"))(
  "one SIGTERM ends the program whose Postgres was suspended, with every process of it",
  async () => {
    server = await start();
    const postmaster = postmasterPid();
    const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, "utf8").split(" ").filter(Boolean).map(Number);
    expect(children.length).toBeGreaterThan(0);
    for (const pid of [...children, postmaster]) process.kill(pid, "SIGSTOP");
    expect((await server.stop()).code).toBe(0);
    for (const pid of [postmaster, ...children]) expect(isRunning(pid)).toBe(false);
    expect(processesOn(dataDir)).toEqual([]);
  },
  90_000,
);
