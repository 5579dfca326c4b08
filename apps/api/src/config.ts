/** The environment, read and checked once; every complaint names its variable. */
import * as z from "zod";
import { dataDirOf } from "./data-dir.ts";
import { clientAddressOf } from "./identity/client-address.ts";

const whole = (min: number, max: number) => z.string().regex(/^\d+$/, "must be a whole number").transform(Number).pipe(z.number().min(min).max(max));
const flag = z.enum(["true", "false", "1", "0"], { error: "must be true or false" }).transform((text) => text === "true" || text === "1");
const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL that begins with ${protocols.map((one) => `${one}//`).join(" or ")}`,
    );
const isOrigin = (text: string): boolean => text === "*" || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text);
const list = z.string().transform((text) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean),
);

/** Also the list that `.env.example` is checked against. */
export const ENVIRONMENT = z.object({
  HOST: z.string().min(1).default("127.0.0.1"),
  PORT: whole(0, 65_535).default(4100),
  DATA_DIR: z.string().min(1).optional(),
  DATABASE_URL: url("postgres:", "postgresql:").optional(),
  APP_DATABASE_URL: url("postgres:", "postgresql:").optional(),
  REDIS_URL: url("redis:", "rediss:").optional(),
  SECRET_KEY: z.string().min(32, "must have 32 bytes or more").optional(),
  ADMIN_EMAIL: z.email("must be an e-mail address").or(z.literal("admin@localhost")).default("admin@localhost"),
  ADMIN_PASSWORD: z.string().min(12, "must have 12 characters or more").optional(),
  CONFIG_FILE: z.string().min(1).optional(),
  PUBLIC_URL: url("http:", "https:").optional(),
  CORS_ORIGINS: list.refine((origins) => origins.every(isOrigin), "must be origins such as https://app.example.com, separated by commas, or *").optional(),
  TRUSTED_PROXIES: list.refine(areNetworks, "must be addresses or networks such as 10.0.0.0/8, separated by commas").optional(),
  OPENAI_API_KEY: z.string().min(1).optional(),
  ANTHROPIC_API_KEY: z.string().min(1).optional(),
  GEMINI_API_KEY: z.string().min(1).optional(),
  XAI_API_KEY: z.string().min(1).optional(),
  OPENROUTER_API_KEY: z.string().min(1).optional(),
  HOLD_TTL_SECONDS: whole(10, 86_400).default(1_200),
  SWEEP_INTERVAL_MS: whole(100, 3_600_000).default(15_000),
  CACHE_MEGABYTES: whole(1, 65_536).default(64),
  REDIS_TIMEOUT_MS: whole(10, 10_000).default(80),
  UPSTREAM_CONNECT_MS: whole(10, 600_000).default(5_000),
  UPSTREAM_FIRST_BYTE_MS: whole(10, 600_000).default(60_000),
  UPSTREAM_IDLE_MS: whole(10, 600_000).default(60_000),
  SHUTDOWN_GRACE_MS: whole(0, 600_000).default(30_000),
  ALLOW_PRIVATE_UPSTREAMS: flag.optional(),
  GENERATION_RETENTION_DAYS: whole(1, 3_650).default(7),
  RESPONSES_RETENTION_DAYS: whole(0, 3_650).default(30),
  SPOOL_BYTES_MAX: whole(1_048_576, 2 ** 50).default(4 * 1024 ** 3),
  PRICE_BOOK_URL: url("http:", "https:").optional(),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  LOG_FILE: z.string().min(1).optional(),
  NODE_ENV: z.string().default("development"),
});

function areNetworks(texts: readonly string[]): boolean {
  try {
    clientAddressOf(texts);
    return true;
  } catch {
    return false; // its words are those of the complaint
  }
}

type Environment = z.infer<typeof ENVIRONMENT>;

export interface Config extends Omit<Environment, "DATA_DIR" | "ALLOW_PRIVATE_UPSTREAMS"> {
  readonly dataDir: string;
  /** Postgres comes with the program: no DATABASE_URL was given. */
  readonly embedded: boolean;
  readonly allowPrivateUpstreams: boolean;
  readonly production: boolean;
}

/** What is wrong with the environment, a line for each variable. */
export class ConfigUnfit extends Error {}

/** @throws ConfigUnfit naming every variable that is wrong. Empty variables count as unset. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([name, value]) => name in ENVIRONMENT.shape && value !== undefined && value !== ""));
  const parsed = ENVIRONMENT.safeParse(given);
  const complaints = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  if (given["DATABASE_URL"] && !given["SECRET_KEY"])
    complaints.push("SECRET_KEY: is required with DATABASE_URL (32 bytes or more; keep it, provider keys are sealed with it)");
  if (given["APP_DATABASE_URL"] && !given["DATABASE_URL"]) complaints.push("APP_DATABASE_URL: is only used together with DATABASE_URL");
  if (!parsed.success || complaints.length > 0) throw new ConfigUnfit(complaints.join("\n"));
  const { DATA_DIR, ALLOW_PRIVATE_UPSTREAMS, ...rest } = parsed.data;
  const embedded = rest.DATABASE_URL === undefined;
  return {
    ...rest,
    dataDir: dataDirOf(DATA_DIR),
    embedded,
    allowPrivateUpstreams: ALLOW_PRIVATE_UPSTREAMS ?? embedded,
    production: rest.NODE_ENV === "production",
  };
}
