/** The words of `pnpm switchyard …`: which commands there are and what they take. */
import { parseArgs } from "node:util";

export const DATABASE_LOGINS = { app: "sy_app", worker: "sy_worker", ops: "sy_ops", superuser: "postgres" } as const;
export type DatabaseLogin = keyof typeof DATABASE_LOGINS;

export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "apply"; readonly file: string }
  | { readonly kind: "export"; readonly file: string | undefined }
  | { readonly kind: "password"; readonly email: string }
  | { readonly kind: "invariants" }
  | { readonly kind: "route"; readonly ask: RouteQuestion }
  | { readonly kind: "import"; readonly ask: ImportQuestion }
  | { readonly kind: "import-undo"; readonly importId: string }
  | { readonly kind: "prices"; readonly ask: { readonly dryRun: boolean; readonly online: boolean } }
  | { readonly kind: "database-url"; readonly login: DatabaseLogin };

/** What `route` asks, as the program takes it. */
export interface RouteQuestion {
  readonly model: string;
  readonly key?: string;
  readonly at?: string;
  readonly session?: string;
  readonly operation?: string;
  readonly stream?: boolean;
}

/** What `import` asks, as the program takes it. */
export interface ImportQuestion {
  readonly provider: string;
  readonly dryRun: boolean;
  readonly aliasPrefix?: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly models?: readonly string[];
}

export const USAGE = `pnpm switchyard <command>

  apply FILE              make the running program as the file says; env:NAME is read from this environment
  export [FILE]           write the present configuration, secrets as env:NAME
  password EMAIL          set a person's password and end their sessions; asks for it, or reads it from a pipe
  invariants              run the ledger and isolation checks; exit code 1 when something is violated
  route --model NAME      explain how a request would be routed, without sending it. Further:
                          --key WORKSPACE[/KEY]  who asks; the platform itself when left out
                          --at TIME              rests and prices of then: 2027-01-31T12:00:00Z, or +30s, +5m, +2h
                          --session ID           what the caller says belongs together
                          --operation NAME       chat (default), embeddings, speech and so on
                          --whole                the answer is not to be streamed
  import PROVIDER         bring the models that the provider lists into the catalog, with prices where they are known:
                          --dry-run              only tell what would be done
                          --include WORD         only models with one of these words in their name; may be repeated
                          --exclude WORD         none of these; may be repeated
                          --model ID             only these; may be repeated
                          --alias PREFIX         an alias for each: the prefix and the last part of its name
  import-undo ID          take an import back: its models are switched off, its aliases removed
  prices [--dry-run]      bring prices of the price book up to date; --online fetches its newest data first
  database-url [LOGIN]    the address of the database that comes with the program
                          LOGIN: app (default), worker, ops or superuser
  help                    this text

The program is found by SWITCHYARD_URL and SWITCHYARD_KEY (an operator key). Without them, the program of this
machine with the database that comes with it is used, by what it wrote into DATA_DIR.`;

/** @returns the command, or what is wrong with the words */
export function parseCommand(words: readonly string[]): Command | { readonly kind: "mistake"; readonly text: string } {
  const [name, first, ...more] = words;
  const mistake = (text: string) => ({ kind: "mistake" as const, text });
  if (name === "route") {
    const ask = parseQuestion(words.slice(1));
    return typeof ask === "string" ? mistake(ask) : { kind: "route", ask };
  }
  if (name === "import") {
    const ask = parseImport(words.slice(1));
    return typeof ask === "string" ? mistake(ask) : { kind: "import", ask };
  }
  if (name === "prices") {
    const ask = parsePrices(words.slice(1));
    return typeof ask === "string" ? mistake(ask) : { kind: "prices", ask };
  }
  if (more.length > 0) return mistake(`${name} takes at most one word, not ${words.length - 1}.`);
  switch (name) {
    case undefined:
    case "help":
    case "--help":
    case "-h":
      return { kind: "help" };
    case "apply":
      return first === undefined ? mistake("apply needs the FILE to apply.") : { kind: "apply", file: first };
    case "export":
      return { kind: "export", file: first };
    case "password":
      return first === undefined ? mistake("password needs the EMAIL of the person.") : { kind: "password", email: first };
    case "import-undo":
      return first === undefined ? mistake("import-undo needs the ID of the import.") : { kind: "import-undo", importId: first };
    case "invariants":
      return first === undefined ? { kind: "invariants" } : mistake("invariants takes nothing.");
    case "database-url": {
      const login = first ?? "app";
      return isLogin(login) ? { kind: "database-url", login } : mistake(`There is no login ${login}: it is ${Object.keys(DATABASE_LOGINS).join(", ")}.`);
    }
    default:
      return mistake(`There is no command ${name}.`);
  }
}

const OPTIONS = { model: "string", key: "string", at: "string", session: "string", operation: "string", whole: "boolean" } as const;

function parseQuestion(words: readonly string[]): RouteQuestion | string {
  let values: { [O in keyof typeof OPTIONS]?: string | boolean | undefined };
  try {
    const options = Object.fromEntries(Object.entries(OPTIONS).map(([option, type]) => [option, { type }]));
    values = parseArgs({ args: [...words], options, strict: true, allowPositionals: false }).values as typeof values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { model, whole, ...rest } = values;
  if (typeof model !== "string" || model === "") return "route needs --model NAME.";
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => typeof value === "string"));
  return { model, ...given, ...(whole === true ? { stream: false } : {}) };
}

function parseImport(words: readonly string[]): ImportQuestion | string {
  try {
    const many = { type: "string", multiple: true } as const;
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { "dry-run": { type: "boolean" }, alias: { type: "string" }, include: many, exclude: many, model: many },
      strict: true,
      allowPositionals: true,
    });
    const [provider, ...more] = positionals;
    if (provider === undefined || more.length > 0) return "import needs the name of one PROVIDER.";
    return {
      provider,
      dryRun: values["dry-run"] === true,
      include: values.include ?? [],
      exclude: values.exclude ?? [],
      ...(values.alias === undefined ? {} : { aliasPrefix: values.alias }),
      ...(values.model === undefined ? {} : { models: values.model }),
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function parsePrices(words: readonly string[]): { readonly dryRun: boolean; readonly online: boolean } | string {
  try {
    const { values } = parseArgs({ args: [...words], options: { "dry-run": { type: "boolean" }, online: { type: "boolean" } }, strict: true });
    return { dryRun: values["dry-run"] === true, online: values.online === true };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const isLogin = (text: string): text is DatabaseLogin => Object.hasOwn(DATABASE_LOGINS, text);
