/** Reads the environment, brings up Postgres, starts the program, tells the person what to do next, and stops in order. */
import { randomBytes } from "node:crypto";
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startEmbedded, type EmbeddedPostgres } from "@switchyard/db/embedded.pg";
import { DatabaseUnfit, rolePassword } from "@switchyard/db/roles.pg";
import { FailureError, publicTextOf } from "@switchyard/shared/kernel/failure";
import type { RunningApp } from "./app.ts";
import type { FirstStart } from "./bootstrap.pg.ts";
import { parseConfigFile, type ConfigFile } from "./catalog/config-file.ts";
import { openDatabase, refuseHoles } from "./compose/open-database.ts";
import { ConfigUnfit, readConfig, type Config } from "./config.ts";
import { withoutSecrets } from "./providers/redact.ts";
import { createLog } from "./telemetry/log.stdout.ts";

const CONSOLE_DIST = fileURLToPath(new URL("../../web/dist/", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../../../package.json", import.meta.url));
const EXIT_UNFIT = 78; // EX_CONFIG

/** What stops the start with a sentence instead of a stack. */
class CannotStart extends Error {}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(config: Config, signals: Signals): Promise<void> {
  const version = (JSON.parse(readFileSync(PACKAGE, "utf8")) as { version: string }).version;
  if (config.LOG_FILE !== undefined) ensureLogFile(config.LOG_FILE);
  const log = createLog({ level: config.LOG_LEVEL, file: config.LOG_FILE, redact: withoutSecrets });
  signals.onStop(async () => log.flush());
  ensureDataDir(config.dataDir);
  // Asked before anything is made: what the first start shows only once must not be lost to a port that is taken.
  await refuseTakenPort(config);
  const configFile = config.CONFIG_FILE === undefined ? undefined : readConfigFile(config.CONFIG_FILE);
  const secretKey = config.SECRET_KEY ?? ownSecret(config.dataDir);

  const starting = config.embedded ? startPostgres(config, secretKey) : Promise.resolve(undefined);
  // Registered before it runs: a server that is just starting must not stay behind either.
  signals.onStop(async () => (await starting.catch(() => undefined))?.stop());
  const postgres = await starting;
  say("Preparing the database …");
  const database = await openDatabase({
    databaseUrl: config.DATABASE_URL ?? (postgres as EmbeddedPostgres).localUrl,
    appDatabaseUrl: config.APP_DATABASE_URL,
    secretKey,
    onMigrated: (names) => say(`  migrated: ${names.join(", ")}`),
  });
  if (signals.stopping()) return;

  const audited = refuseHoles(database);
  // Loading keeps the thread busy: the question is on its way before it begins.
  await nextTurn();
  const [{ startApp }] = await Promise.all([import("./app.ts"), audited]);
  const app = await startApp({
    config,
    database,
    secretKey,
    configFile,
    consoleDist: CONSOLE_DIST,
    version,
    log,
    say,
    onFirstStart: (made) => {
      untold = made;
      if (config.embedded) rememberForCommandLine(config, { key: made.operatorKey });
    },
  });
  signals.onStop((graceMs) => app.stop(graceMs));
  const address = await listen(app, config);
  if (config.embedded) rememberForCommandLine(config, { url: address });
  greet(app, config, address);
}

function ensureDataDir(dataDir: string): void {
  try {
    // Only the last folder is private: an embedded Postgres under another account has to pass through its parents.
    mkdirSync(dataDir, { recursive: true });
  } catch (cause) {
    throw new CannotStart(`DATA_DIR: ${dataDir} cannot be made (${(cause as NodeJS.ErrnoException).code ?? String(cause)}).`, { cause });
  }
}

/** The log opens its file behind our back: a place that cannot be written shows itself here, while somebody looks. */
function ensureLogFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    closeSync(openSync(path, "a"));
  } catch (cause) {
    throw new CannotStart(`LOG_FILE: ${path} cannot be written (${(cause as NodeJS.ErrnoException).code ?? String(cause)}).`, { cause });
  }
}

function readConfigFile(path: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new CannotStart(`CONFIG_FILE: ${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)}).`, { cause });
  }
  const parsed = parseConfigFile(text, process.env);
  if (!parsed.ok) throw new CannotStart(`CONFIG_FILE: ${path}: ${publicTextOf(parsed.failure)}`);
  return parsed.value;
}

/** The installation's secret, made at the first start. Provider keys are sealed with it: it has to be kept with the data. */
function ownSecret(dataDir: string): string {
  const path = join(dataDir, "secret-key");
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  chmodSync(path, 0o600);
  return readFileSync(path, "utf8").trim();
}

async function startPostgres(config: Config, secretKey: string): Promise<EmbeddedPostgres> {
  say("Starting Postgres …");
  const postgres = await startEmbedded({
    dataDir: join(config.dataDir, "postgres"),
    superuserPassword: rolePassword(secretKey, "superuser"),
    log: (line) => say(`  ${line}`),
  });
  if (postgres.recovered) say("  recovered from an unclean stop");
  return postgres;
}

const cannotListen = (config: Config, error: NodeJS.ErrnoException): CannotStart =>
  new CannotStart(
    error.code === "EADDRINUSE"
      ? `PORT: ${config.HOST}:${config.PORT} is taken by another program. Stop it, or choose another port: PORT=4101`
      : `HOST, PORT: cannot listen on ${config.HOST}:${config.PORT} (${error.code ?? error.message}).`,
  );

function refuseTakenPort(config: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(config, error)));
    probe.listen(config.PORT, config.HOST, () => probe.close(() => resolve()));
  });
}

function listen(app: RunningApp, config: Config): Promise<string> {
  return new Promise((resolve, reject) => {
    app.server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(config, error)));
    app.server.listen(config.PORT, config.HOST, () => {
      const bound = app.server.address();
      const port = typeof bound === "object" && bound ? bound.port : config.PORT;
      const host = config.HOST === "0.0.0.0" || config.HOST === "::" ? "127.0.0.1" : config.HOST.includes(":") ? `[${config.HOST}]` : config.HOST;
      resolve(`http://${host}:${port}`);
    });
  });
}

/**
 * `pnpm switchyard …` on this machine reaches the running program without being told where and by which key. The key is
 * kept before there is an address: it opens the installation again when the rest of the first start fails.
 */
function rememberForCommandLine(config: Config, known: { readonly url?: string; readonly key?: string }): void {
  const path = join(config.dataDir, "command-line.json");
  const before = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as { url?: string; key?: string }) : {};
  writeFileSync(path, `${JSON.stringify({ ...before, ...known })}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
}

function greet(app: RunningApp, config: Config, address: string): void {
  const { firstStart } = app;
  say("");
  say(`Switchyard is running. Press Ctrl-C to stop.`);
  say("");
  say(`  Console   ${config.PUBLIC_URL ?? address}`);
  if (firstStart) {
    tellFirstStart(firstStart);
    if (firstStart.demoGroup) {
      say("");
      say("Try it:");
      say("");
      say(
        `curl ${address}/v1/chat/completions -H 'Authorization: Bearer ${firstStart.apiKey}' -H 'Content-Type: application/json' -d '{"model":"demo","messages":[{"role":"user","content":"Say hello"}]}'`,
      );
    }
  } else say(`  Sign in   with your account; 'pnpm switchyard password EMAIL' sets a forgotten password`);
  if (app.configChanges.length > 0) {
    say("");
    say(`CONFIG_FILE: ${app.configChanges.length} change${app.configChanges.length === 1 ? "" : "s"} applied`);
  }
  say("");
}

/** What the first start made and nobody was told yet. */
let untold: FirstStart | undefined;

function tellFirstStart({ adminEmail, adminPassword, apiKey }: FirstStart): void {
  say(`  Sign in   ${adminEmail}`);
  say(`  Password  ${adminPassword ?? "(as given in ADMIN_PASSWORD)"}${adminPassword ? "   shown only now: change it after signing in" : ""}`);
  say(`  API key   ${apiKey}   shown only now`);
  untold = undefined;
}

interface Signals {
  /** Steps are undone in the reverse order of their registration. */
  onStop(step: (graceMs: number) => Promise<unknown>): void;
  stopping(): boolean;
  /** Undoes what was started. */
  unwind(graceMs: number): Promise<void>;
}

/** The first signal stops in order, the second at once. */
function watchSignals(graceMs: number): Signals {
  const steps: ((graceMs: number) => Promise<unknown>)[] = [];
  let stopping = false;
  let hurry: () => void = () => {};
  const hurried = new Promise<void>((resolve) => {
    hurry = () => void setTimeout(resolve, HURRY_MS);
  });
  const unwind = async (grace: number): Promise<void> => {
    stopping = true;
    for (const step of steps.toReversed()) {
      await Promise.race([step(grace), hurried]).catch(
        (error: unknown) => void process.stderr.write(`a part did not stop in order: ${withoutSecrets(String(error))}\n`),
      );
    }
  };
  const stop = async (signal: string): Promise<void> => {
    if (stopping) {
      say(`${signal} again: stopping at once.`);
      return hurry();
    }
    say(`${signal}: letting calls end, then stopping (again to stop at once) …`);
    await unwind(graceMs);
    say("Stopped.");
    process.exit(0);
  };
  process.on("SIGINT", () => void stop("SIGINT"));
  process.on("SIGTERM", () => void stop("SIGTERM"));
  process.on("SIGHUP", () => void stop("SIGHUP")); // the terminal was closed
  return { onStop: (step) => void steps.push(step), stopping: () => stopping, unwind };
}

/** What each part still gets after the second signal, in milliseconds. */
const HURRY_MS = 1_500;

// Who read our words may go before us: a closed terminal, a collector that died. Calls go on, and there is nobody to tell.
for (const out of [process.stdout, process.stderr]) out.on("error", () => {});
process.on("uncaughtException", (error) => {
  // A defect in one call must not end the others: it is told, and the program goes on.
  process.stderr.write(`${withoutSecrets(`uncaught: ${error.stack ?? String(error)}`)}\n`);
});
process.on("unhandledRejection", (reason) => {
  process.stderr.write(`${withoutSecrets(`unhandled: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`)}\n`);
});

/** No connection could be had: the network's words, Postgres' own (who you are, which database, too many), and the client's when nobody answers. */
function isUnreachable(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === "string" && /^(E(CONN|HOST|NET|PIPE|TIMEDOUT|NOTFOUND|AI_)|28|3D|53|57P)/.test(code)) return true;
  return typeof message === "string" && /timeout exceeded when trying to connect|Connection terminated|connection timeout/.test(message);
}

/** A refusal to start is told in its own words; only a defect shows its stack. */
function reasonOf(error: unknown): { words: string; code: number } {
  if (error instanceof ConfigUnfit || error instanceof DatabaseUnfit || error instanceof CannotStart) return { words: error.message, code: EXIT_UNFIT };
  if (error instanceof FailureError) return { words: publicTextOf(error.failure), code: EXIT_UNFIT };
  if (isUnreachable(error))
    return {
      words: `DATABASE_URL: Postgres cannot be reached (${[(error as NodeJS.ErrnoException).code, (error as Error).message].filter(Boolean).join(": ")}).`,
      code: EXIT_UNFIT,
    };
  return { words: error instanceof Error ? (error.stack ?? error.message) : String(error), code: 1 };
}

/** @returns whether it runs now; it ended the process where it cannot start */
export async function run(): Promise<boolean> {
  let signals: Signals | undefined;
  try {
    const config = readConfig(process.env);
    signals = watchSignals(config.SHUTDOWN_GRACE_MS);
    await main(config, signals);
    return !signals.stopping();
  } catch (error) {
    const { words, code } = reasonOf(error);
    process.stderr.write(`\nSwitchyard cannot start.\n\n${withoutSecrets(words)}\n`);
    if (untold) {
      say("The administrator exists already, and the next start will not show this again:\n");
      tellFirstStart(untold);
    }
    await signals?.unwind(0);
    process.exit(code);
  }
}
