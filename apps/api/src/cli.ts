/** `pnpm switchyard <command>`: an operator's hand on the running program, and the address of its database. */
import { readFileSync, writeFileSync } from "node:fs";
import { publicTextOf } from "@switchyard/shared/kernel/failure";
import { fillConfigText } from "./catalog/config-file.ts";
import { askProgram, CommandFailed, findProgram, type Place } from "./command-line/admin-client.http.ts";
import { importModels, refreshPrices, undoImport } from "./command-line/catalog-commands.http.ts";
import { parseCommand, USAGE, type Command, type RouteQuestion } from "./command-line/command.ts";
import { embeddedDatabaseUrl } from "./command-line/embedded-database.fs.ts";
import { instantOf, tellRoute } from "./command-line/tell-route.ts";
import { readPassword } from "./command-line/read-password.process.ts";
import { dataDirOf } from "./data-dir.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 64; // EX_USAGE

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const variable = (name: string): string | undefined => process.env[name] || undefined;
const program = (): Place => findProgram({ url: variable("SWITCHYARD_URL"), key: variable("SWITCHYARD_KEY"), dataDir: dataDirOf(variable("DATA_DIR")) });

/** @returns the exit code. @throws CommandFailed with a sentence for the person. */
async function run(command: Command): Promise<number> {
  switch (command.kind) {
    case "help":
      say(USAGE);
      return 0;
    case "apply":
      return apply(command.file);
    case "export":
      return exportTo(command.file);
    case "password":
      return setPassword(command.email);
    case "invariants":
      return checkInvariants();
    case "route":
      return explainRoute(command.ask);
    case "import":
      return importModels(program(), command.ask, say);
    case "import-undo":
      return undoImport(program(), command.importId, say);
    case "prices":
      return refreshPrices(program(), command.ask, say);
    case "database-url":
      say(embeddedDatabaseUrl(dataDirOf(variable("DATA_DIR")), variable("SECRET_KEY"), command.login));
      return 0;
  }
}

async function apply(file: string): Promise<number> {
  const filled = fillConfigText(readText(file), process.env);
  if (!filled.ok) throw new CommandFailed(`${file}: ${publicTextOf(filled.failure)}`);
  const { changes } = (await askProgram(program(), "/api/admin/config", filled.value)) as { changes: string[] };
  say(changes.length > 0 ? changes.join("\n") : "nothing to change");
  return 0;
}

async function exportTo(file: string | undefined): Promise<number> {
  const text = JSON.stringify(await askProgram(program(), "/api/admin/config"), undefined, 2);
  if (file === undefined) {
    say(text);
    return 0;
  }
  try {
    writeFileSync(file, `${text}\n`, { mode: 0o600 });
  } catch (cause) {
    throw new CommandFailed(`${file} cannot be written (${codeOf(cause)}).`, { cause });
  }
  say(`written to ${file}`);
  return 0;
}

async function setPassword(email: string): Promise<number> {
  const place = program(); // before anybody types for nothing
  const password = await readPassword(process.stdin, process.stderr);
  await askProgram(place, "/api/admin/password", { email, password });
  say(`The password of ${email} is set; their sessions have ended.`);
  return 0;
}

async function checkInvariants(): Promise<number> {
  const { violations } = (await askProgram(program(), "/api/admin/invariants")) as { violations: { invariant: string; detail: string }[] };
  for (const { invariant, detail } of violations) say(`${invariant}  ${detail}`);
  say(violations.length === 0 ? "all invariants hold" : `${violations.length} violation${violations.length === 1 ? "" : "s"}`);
  return violations.length === 0 ? 0 : EXIT_FAILED;
}

async function explainRoute(ask: RouteQuestion): Promise<number> {
  const at = ask.at === undefined ? {} : { at: instantOf(ask.at, Date.now()) };
  const told = (await askProgram(program(), "/api/admin/route", { ...ask, ...at })) as Parameters<typeof tellRoute>[0];
  for (const line of tellRoute(told)) say(line);
  return told.targets.length > 0 ? 0 : EXIT_FAILED;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new CommandFailed(`${file} cannot be read (${codeOf(cause)}).`, { cause });
  }
}

const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? String(cause);

const command = parseCommand(process.argv.slice(2));
if (command.kind === "mistake") {
  process.stderr.write(`${command.text}\n\n${USAGE}\n`);
  process.exitCode = EXIT_USAGE;
} else {
  try {
    process.exitCode = await run(command);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = EXIT_FAILED;
  }
}
