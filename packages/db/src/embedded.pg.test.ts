/** Starts real servers: what a stranger's machine, a crash and a second start do to the embedded Postgres. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isAlive, ownerFileOf, readPostmaster } from "./embedded-owner.pg.ts";
import { startEmbedded, type EmbeddedPostgres } from "./embedded.pg.ts";

const superuserPassword = "a secret with spaces & signs/%";
const settings = { fsync: "off" };

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined); // Seen by query(), which rejects.
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error("it did not come true within 20 s");
}

/** Starts a server from another process and kills that process without warning. */
async function startAndDie(dataDir: string): Promise<{ readonly owner: number; readonly postmaster: number; readonly said: string }> {
  const module = JSON.stringify(new URL("embedded.pg.ts", import.meta.url).href);
  const program = `
    import { startEmbedded } from ${module};
    const server = await startEmbedded(${JSON.stringify({ dataDir, superuserPassword, settings })});
    console.log("pid " + server.pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
  child.stdout.on("data", (bytes: Buffer) => (said += bytes.toString()));
  const ended = once(child, "exit");
  await eventually(() => /pid \d+\n/u.test(said) || child.exitCode !== null);
  const postmaster = Number(/pid (\d+)\n/u.exec(said)?.[1]);
  child.kill("SIGKILL");
  await ended;
  return { owner: child.pid ?? 0, postmaster, said };
}

describe("the embedded Postgres", () => {
  // A folder of its own kind of trouble: the path contains a space, and mkdtemp closes it to other accounts.
  const folder = mkdtempSync(join(tmpdir(), "switchyard embedded-"));
  const dataDir = join(folder, "made on the way", "postgres");
  const running: EmbeddedPostgres[] = [];
  const start = async (more: Partial<Parameters<typeof startEmbedded>[0]> = {}): Promise<EmbeddedPostgres> => {
    const server = await startEmbedded({ dataDir, superuserPassword, settings, ...more });
    running.push(server);
    return server;
  };

  beforeAll(() => chmodSync(folder, 0o711));
  afterAll(async () => {
    await Promise.all(running.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  it("creates a cluster, listens on loopback only and has the settings of a durable store", async () => {
    const steps: string[] = [];
    const server = await start({ settings: { ...settings, work_mem: "5MB" }, log: (line) => steps.push(line) });
    expect(server.freshlyCreated).toBe(true);
    expect(steps).toContain("creating the database cluster");
    const rows = await query<{ name: string; setting: string }>(server.url, "select name, setting from pg_settings");
    const of = (name: string) => rows.find((row) => row.name === name)?.setting;
    expect(of("server_version")).toMatch(/^18\./u);
    expect(of("listen_addresses")).toBe("127.0.0.1");
    expect(of("unix_socket_directories")).toBe(server.dataDir);
    expect(await query(server.localUrl, "select inet_client_addr() as address")).toEqual([{ address: null }]);
    expect(of("synchronous_commit")).toBe("on");
    expect(of("full_page_writes")).toBe("on");
    expect(of("fsync"), "the caller's settings win").toBe("off");
    expect(of("work_mem")).toBe("5120");
    expect(of("jit")).toBe("off");
    await query(server.url, "create table kept (id int primary key)");
    await query(server.url, "insert into kept values (1)");
  });

  it("refuses a second start while the first lives, naming who holds the directory", async () => {
    await expect(start()).rejects.toThrow(/is in use by this process already/u);
    writeFileSync(join(folder, "note"), "x");
    const other = await startAndDie(dataDir);
    expect(other.said).toContain(`is in use by process ${process.pid}`);
  });

  it("stops in order and keeps port and data for the next start", async () => {
    const [first] = running;
    const port = first?.port;
    await first?.stop();
    expect(existsSync(ownerFileOf(dataDir))).toBe(false);
    expect(readPostmaster(dataDir)).toBeUndefined();
    const again = await start();
    expect(again.port).toBe(port);
    expect(again.freshlyCreated).toBe(false);
    expect(again.recovered).toBe(false);
    expect(await query(again.url, "select id from kept")).toEqual([{ id: 1 }]);
    await again.stop();
    await again.stop();
  });

  it("says so when the password is not the one the cluster was made with, and leaves nothing running", async () => {
    await expect(start({ superuserPassword: "another" })).rejects.toThrow(/made with another password/u);
    expect(readPostmaster(dataDir)).toBeUndefined();
    expect(existsSync(ownerFileOf(dataDir))).toBe(false);
  });

  it("stops the server of a killed process and starts with every committed row", async () => {
    const left = await startAndDie(dataDir);
    expect(isAlive(left.postmaster)).toBe(true);
    const url = `postgres://postgres:${encodeURIComponent(superuserPassword)}@127.0.0.1:${readFileSync(`${dataDir}.port`, "utf8").trim()}/postgres`;
    await query(url, "insert into kept values (2)");
    const steps: string[] = [];
    const server = await start({ log: (line) => steps.push(line) });
    expect(steps.join()).toContain("had left running");
    expect(isAlive(left.postmaster)).toBe(false);
    expect(await query(server.url, "select id from kept order by id")).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it("starts again by itself on the same port when its server is killed, with every committed row", async () => {
    const server = running.at(-1);
    if (!server) throw new Error("the test above left no server");
    await query(server.url, "insert into kept values (3)");
    const killed = server.pid;
    process.kill(killed, "SIGKILL");
    await eventually(
      async () =>
        server.pid !== killed &&
        (await query(server.url, "select 1").then(
          () => true,
          () => false,
        )),
    );
    expect(await query(server.url, "select id from kept order by id")).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
  });

  it("takes another port when the kept one was taken meanwhile, but insists on a port it was told", async () => {
    const kept = Number(readFileSync(`${dataDir}.port`, "utf8"));
    const thief = createServer();
    await new Promise<void>((done) => thief.listen(kept, "127.0.0.1", done));
    try {
      await expect(start({ port: kept })).rejects.toThrow(`port ${kept} is taken`);
      const server = await start();
      expect(server.port).not.toBe(kept);
      expect(Number(readFileSync(`${dataDir}.port`, "utf8"))).toBe(server.port);
      await server.stop();
    } finally {
      await new Promise((done) => thief.close(done));
    }
  });

  it("refuses a cluster of another major version with the way out", async () => {
    const version = join(dataDir, "PG_VERSION");
    const real = readFileSync(version, "utf8");
    writeFileSync(version, "19\n");
    await expect(start()).rejects.toThrow(/made by Postgres 19, the embedded one is 18/u);
    writeFileSync(version, real);
  });

  it("begins anew after a first start that was cut off in the middle, but never in a folder of other files", async () => {
    const cutOff = join(folder, "cut-off");
    mkdirSync(cutOff);
    writeFileSync(join(cutOff, "PG_VERSION"), "18\n");
    await expect(start({ dataDir: cutOff })).rejects.toThrow(/did not start/u);
    writeFileSync(`${cutOff}.unfinished`, "");
    const server = await start({ dataDir: cutOff });
    expect(server.freshlyCreated).toBe(true);
    await server.stop();
    const foreign = join(folder, "foreign");
    mkdirSync(foreign);
    writeFileSync(join(foreign, "letter.txt"), "dear");
    await expect(start({ dataDir: foreign })).rejects.toThrow(/not empty \(letter\.txt\)/u);
    expect(readFileSync(join(foreign, "letter.txt"), "utf8")).toBe("dear");
  });

  it.runIf(process.getuid?.() === 0)("as root, keeps the data elsewhere when the account cannot enter the folder, and finds it again", async () => {
    const closed = mkdtempSync(join(folder, "closed-"));
    const wanted = join(closed, "postgres");
    const first = await start({ dataDir: wanted });
    try {
      expect(dirname(first.dataDir)).not.toBe(closed);
      expect(readFileSync(join(wanted, "moved-to"), "utf8").trim()).toBe(first.dataDir);
      await first.stop();
      const second = await start({ dataDir: wanted });
      expect(second.freshlyCreated).toBe(false);
      expect(second.dataDir).toBe(first.dataDir);
      await second.stop();
    } finally {
      for (const end of ["", ".owner", ".port", ".log"]) rmSync(first.dataDir + end, { recursive: true, force: true });
    }
    await expect(start({ dataDir: wanted })).rejects.toThrow(/does not exist/u);
  });
});
