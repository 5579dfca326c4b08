/** The first start: an administrator, a workspace with a key and credit, and a group that answers at once. */
import { sql, type Kysely } from "kysely";
import type { Database } from "@switchyard/db/schema";
import { applyConfig, ensurePlatform } from "./catalog/apply-config.pg.ts";
import type { ApplyPorts } from "./catalog/apply-ports.ts";
import { ensureUser } from "./catalog/apply-workspace.pg.ts";
import { checkConfig, type ConfigFile } from "./catalog/config-file.ts";
import { builtinProviders, type BuiltinKeys } from "./catalog/builtin-models.ts";
import type { PriceBook } from "./catalog/price-book.ts";
import { KEY_RANDOM_BYTES, makeApiKey } from "./identity/api-key.ts";

const BOOTSTRAP_LOCK = 5_923_181_048;
const FIRST_WORKSPACE = "default";
const FIRST_CREDIT = "10.00";

/** What of the environment decides about the first start. */
export interface FirstStartSettings {
  readonly ADMIN_EMAIL: string;
  /** Generated when absent. */
  readonly ADMIN_PASSWORD?: string | undefined;
  readonly OPENAI_API_KEY?: string | undefined;
  readonly ANTHROPIC_API_KEY?: string | undefined;
  readonly GEMINI_API_KEY?: string | undefined;
  readonly XAI_API_KEY?: string | undefined;
  readonly OPENROUTER_API_KEY?: string | undefined;
  /** Without the sandbox and its group. */
  readonly production: boolean;
}

/** What the first start made and nothing can show again. */
export interface FirstStart {
  readonly adminEmail: string;
  /** Absent when it was given by ADMIN_PASSWORD. */
  readonly adminPassword: string | undefined;
  readonly apiKey: string;
  /** Opens the operators' routes for the command line of this machine. */
  readonly operatorKey: string;
  readonly demoGroup: boolean;
}

/** @returns undefined when an operator exists already: then nothing is changed. */
export async function bootstrap(ports: ApplyPorts, config: FirstStartSettings): Promise<FirstStart | undefined> {
  // Programs that start together wait here; the second finds everything done.
  return ports.worker.connection().execute(async (lockHolder) => {
    await sql`select pg_advisory_lock(${BOOTSTRAP_LOCK})`.execute(lockHolder);
    try {
      await ensurePlatform(ports.worker);
      if (await hasOperator(ports.worker)) return undefined;
      return await firstStart(ports, config);
    } finally {
      await sql`select pg_advisory_unlock(${BOOTSTRAP_LOCK})`.execute(lockHolder);
    }
  });
}

async function hasOperator(worker: Kysely<Database>): Promise<boolean> {
  return (await worker.selectFrom("switchyard.users").select("id").where("operator", "=", true).executeTakeFirst()) !== undefined;
}

async function firstStart(ports: ApplyPorts, config: FirstStartSettings): Promise<FirstStart> {
  const generated = config.ADMIN_PASSWORD === undefined ? ports.random(15).toString("base64url") : undefined;
  const apiKey = makeApiKey(ports.random(KEY_RANDOM_BYTES)).secret;
  const operatorKey = makeApiKey(ports.random(KEY_RANDOM_BYTES)).secret;
  const adminEmail = config.ADMIN_EMAIL.toLowerCase();
  const demoGroup = !config.production;
  await applyConfig(ports, firstConfig({ apiKey, operatorKey, demoGroup, config, book: ports.book }));
  // Last, because its existence means that the first start is complete.
  await ports.worker.transaction().execute(async (tx) => {
    const id = await ensureUser(ports, tx, { email: adminEmail, password: config.ADMIN_PASSWORD ?? generated, operator: true }, []);
    const workspace = await tx.selectFrom("switchyard.workspaces").select("workspace_id").where("name", "=", FIRST_WORKSPACE).executeTakeFirstOrThrow();
    await tx
      .insertInto("switchyard.members")
      .values({ workspace_id: workspace.workspace_id, user_id: id, role: "owner" })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await tx.updateTable("switchyard.users").set({ operator: true }).where("id", "=", id).execute();
  });
  return { adminEmail, adminPassword: generated, apiKey, operatorKey, demoGroup };
}

function firstConfig({
  apiKey,
  operatorKey,
  demoGroup,
  config,
  book,
}: {
  apiKey: string;
  operatorKey: string;
  demoGroup: boolean;
  config: FirstStartSettings;
  book: PriceBook;
}): ConfigFile {
  const sandbox = {
    name: "sandbox",
    kind: "sandbox",
    models: [
      {
        id: "sandbox-1",
        contextWindow: 128_000,
        maxOutput: 4_096,
        capabilities: ["chat", "embeddings", "rerank", "tools", "json"],
        price: { inputPerMillion: "0.15", cachedInputPerMillion: "0.075", outputPerMillion: "0.60" },
      },
    ],
  };
  const checked = checkConfig(
    {
      providers: [...(demoGroup ? [sandbox] : []), ...builtinProviders(keysOf(config), book)],
      groups: demoGroup ? [{ name: "demo", targets: [{ provider: "sandbox", model: "sandbox-1", priority: 1 }] }] : [],
      workspaces: [{ name: FIRST_WORKSPACE, credit: FIRST_CREDIT, keys: [{ name: "first key", secret: apiKey }] }],
      operatorKeys: [{ name: "command line", secret: operatorKey }],
    },
    {},
  );
  if (!checked.ok) throw new Error(checked.failure.publicText ?? "the first configuration is not valid");
  return checked.value;
}

const keysOf = (config: FirstStartSettings): BuiltinKeys => ({
  openai: config.OPENAI_API_KEY,
  anthropic: config.ANTHROPIC_API_KEY,
  google: config.GEMINI_API_KEY,
  xai: config.XAI_API_KEY,
  openrouter: config.OPENROUTER_API_KEY,
});
