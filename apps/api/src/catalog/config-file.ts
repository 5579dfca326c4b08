/** The declarative configuration: its shape, and how its text becomes values. */
import { parse as parseJsonc, printParseErrorCode, type ParseError } from "jsonc-parser";
import * as z from "zod";
import { CAPABILITIES, PROVIDER_KINDS } from "@switchyard/shared/domain/catalog";
import { LIMIT_KINDS, LIMIT_MAX, LIMIT_WINDOW_SECONDS_MAX, LIMITS_MAX, type Limit } from "@switchyard/shared/domain/limit";
import { ROLES } from "@switchyard/shared/domain/principal";
import { CACHE_SECONDS_MAX } from "@switchyard/shared/domain/routing";
import { STRATEGIES } from "@switchyard/shared/domain/strategy";
import { failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { firstIssue, placeOf } from "./first-issue.ts";
import { isForbiddenAddress } from "./local-address.ts";
import { configuredPrice, usd } from "./price-fields.ts";
import { complaintAbout, providerKeyFields, wantedKeys } from "./provider-keys.ts";
import { ownerFields, probeSeconds, routingFields } from "./routing-settings.ts";

/** What providers and groups may be called. */
export const catalogName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, "must be 1 to 63 letters, digits, dots, dashes or underscores");
const workspaceName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, "must be 1 to 63 lower-case letters, digits, dots, dashes or underscores");
const keySecret = z.string().regex(/^[\x21-\x7e]{16,200}$/, "must be 16 to 200 visible ASCII characters");

/** What a provider calls a model. */
export const modelId = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), "must be plain text");

const model = z.strictObject({
  id: modelId,
  contextWindow: z.int().positive().max(100_000_000).optional(),
  maxOutput: z.int().positive().max(10_000_000).optional(),
  capabilities: z.array(z.enum(CAPABILITIES)).optional(),
  enabled: z.boolean().optional(),
  price: configuredPrice.optional(),
});

const windowSeconds = z.int().positive().max(LIMIT_WINDOW_SECONDS_MAX);
const limit = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.enum(LIMIT_KINDS).exclude(["cost", "concurrency"]), max: z.int().positive().max(LIMIT_MAX), windowSeconds }),
  z
    .strictObject({
      kind: z.literal("cost"),
      max: usd.refine((amount) => amount > 0n && amount <= BigInt(LIMIT_MAX), "must be more than 0 and at most 1000000"),
      windowSeconds,
    })
    .transform(({ kind, max, windowSeconds: seconds }): Limit => ({ kind, max: Number(max), windowSeconds: seconds })),
  z
    .strictObject({ kind: z.literal("concurrency"), max: z.int().positive().max(1_000_000) })
    .transform(({ kind, max }): Limit => ({ kind, max, windowSeconds: 0 })),
]);
const limits = z.array(limit).max(LIMITS_MAX);

export const configuredProvider = z.strictObject({
  name: catalogName,
  kind: z.enum(PROVIDER_KINDS),
  baseUrl: z
    .string()
    .max(2000)
    .refine(isBaseUrl, "must be an http or https URL without credentials or fragment")
    .refine((url) => !isForbiddenAddress(url), "must not be link-local or a cloud's metadata service")
    .optional(),
  ...providerKeyFields,
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]{1,100}$/), z.string().max(2000)).optional(),
  enabled: z.boolean().optional(),
  limits: limits.optional(),
  /** Counts as local for `local_first` and `remote_first`; as its address tells when left out. */
  local: z.boolean().optional(),
  /** Asks the provider for its list of models this often, to know whether it is there; 0: never; as `routing` says when left out. */
  probeSeconds: probeSeconds.optional(),
  /** Whether a server of kind `openai-compatible` is asked for Responses in their own wire; as its address tells when left out. */
  responses: z.boolean().optional(),
  models: z.array(model).max(2000).optional(),
});

/** A place of a model in a group. */
export const groupTarget = z.strictObject({
  provider: catalogName,
  model: modelId,
  priority: z.int().min(0).max(1000).optional(),
  weight: z.int().min(0).max(1000).optional(),
});

const group = z.strictObject({
  name: catalogName,
  strategy: z.enum(STRATEGIES).optional(),
  targets: z.array(groupTarget).max(100),
  ...routingFields,
});

export const aliasName = z.string().regex(/^[^\s\p{Cc}\p{Cs}]{1,200}$/u, "must be 1 to 200 characters without spaces");
/** A group, or `provider/model`. */
export const aliasModel = z
  .string()
  .min(1)
  .max(300)
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), "must be plain text");
const alias = z.strictObject({ name: aliasName, model: aliasModel });

const key = z.strictObject({
  name: z.string().min(1).max(100),
  secret: keySecret,
  groups: z.array(z.string().min(1).max(256)).max(500).optional(),
  limits: limits.optional(),
  cache: z.strictObject({ ttlSeconds: z.int().min(0).max(CACHE_SECONDS_MAX) }).optional(),
  budget: z.strictObject({ max: usd, windowDays: z.int().min(1).max(366).optional() }).optional(),
  enabled: z.boolean().optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});

const workspace = z.strictObject({
  name: workspaceName,
  credit: usd.optional(),
  limits: limits.optional(),
  members: z
    .array(
      z.strictObject({
        email: z
          .string()
          .min(3)
          .max(320)
          .transform((text) => text.toLowerCase()),
        password: z.string().min(12, "must have 12 characters or more").optional(),
        role: z.enum(ROLES),
        limits: limits.optional(),
      }),
    )
    .max(1000)
    .optional(),
  keys: z.array(key).max(1000).optional(),
});

export const ConfigFile = z.strictObject({
  /** For every address from which calls come, whatever their key. */
  addressLimits: limits.optional(),
  providers: z.array(configuredProvider).max(500).optional(),
  groups: z.array(group).max(1000).optional(),
  aliases: z.array(alias).max(1000).optional(),
  routing: z.strictObject(ownerFields).optional(),
  workspaces: z.array(workspace).max(10_000).optional(),
  operatorKeys: z
    .array(z.strictObject({ name: z.string().min(1).max(100), secret: keySecret }))
    .max(100)
    .optional(),
});
export type ConfigFile = z.infer<typeof ConfigFile>;
export type ConfiguredProvider = NonNullable<ConfigFile["providers"]>[number];
export type ConfiguredModel = NonNullable<ConfiguredProvider["models"]>[number];
export type ConfiguredGroup = NonNullable<ConfigFile["groups"]>[number];
export type ConfiguredWorkspace = NonNullable<ConfigFile["workspaces"]>[number];
export type ConfiguredKey = NonNullable<ConfiguredWorkspace["keys"]>[number];

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (url.protocol === "http:" || url.protocol === "https:") && url.username === "" && url.password === "" && url.hash === "";
}

/**
 * Reads the file's text: JSON, comments and trailing commas allowed, `"env:NAME"` replaced by the variable.
 * @returns the first complaint with its place in the file, never a secret.
 */
export function parseConfigFile(text: string, environment: Readonly<Record<string, string | undefined>>): Result<ConfigFile> {
  const raw = readConfigText(text);
  return raw.ok ? checkConfig(raw.value, environment) : raw;
}

/** The file's text as a value, its shape not yet looked at. */
function readConfigText(text: string): Result<unknown> {
  const errors: ParseError[] = [];
  const raw: unknown = parseJsonc(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (!first) return ok(raw);
  return complain(`line ${text.slice(0, first.offset).split("\n").length}: ${printParseErrorCode(first.error)}`);
}

/** The file's text as it can be sent to a running program: checked, and with the variables of this environment filled in. */
export function fillConfigText(text: string, environment: Readonly<Record<string, string | undefined>>): Result<unknown> {
  const raw = readConfigText(text);
  if (!raw.ok) return raw;
  const checked = checkConfig(raw.value, environment);
  return checked.ok ? ok(fillFromEnvironment(raw.value, environment, [])) : checked;
}

/** As `parseConfigFile`, for a value that is parsed already. */
export function checkConfig(raw: unknown, environment: Readonly<Record<string, string | undefined>>): Result<ConfigFile> {
  const missing: string[] = [];
  const filled = fillFromEnvironment(raw, environment, missing);
  if (missing.length > 0) return complain(`the environment has no ${[...new Set(missing)].join(", ")}`);
  const parsed = ConfigFile.safeParse(filled);
  if (!parsed.success) {
    const { path, message } = firstIssue(parsed.error);
    const place = placeOf(path) || "the file";
    return complain(`${place}: ${message}`, place);
  }
  for (const [at, one] of (parsed.data.providers ?? []).entries()) {
    if (one.kind !== "sandbox" && one.baseUrl === undefined && !(one.kind in KNOWN_BASE_URLS)) return complain(`the provider ${one.name} needs a baseUrl`);
    const wrongKeys = complaintAbout(wantedKeys(one) ?? []);
    if (wrongKeys !== undefined) return complain(`apiKeys of the provider ${one.name}: ${wrongKeys}`, `providers[${at}].apiKeys`);
  }
  return ok(parsed.data);
}

/** Where the known providers are, when the file does not say. */
export const KNOWN_BASE_URLS: Readonly<Partial<Record<ConfiguredProvider["kind"], string>>> = {
  openai: "https://api.openai.com/v1",
  anthropic: "https://api.anthropic.com",
  google: "https://generativelanguage.googleapis.com",
  xai: "https://api.x.ai/v1",
  openrouter: "https://openrouter.ai/api/v1",
};

const complain = (what: string, param?: string): Result<never> =>
  refused(failure("invalid_request", { publicText: `The configuration cannot be used: ${what}.`, ...(param ? { param } : {}) }));

const DEPTH_MAX = 20;

function fillFromEnvironment(value: unknown, environment: Readonly<Record<string, string | undefined>>, missing: string[], depth = 0): unknown {
  if (typeof value === "string" && value.startsWith("env:")) {
    const variable = value.slice("env:".length);
    const found = environment[variable];
    if (found === undefined || found === "") missing.push(variable);
    return found;
  }
  if (depth > DEPTH_MAX) return undefined;
  if (Array.isArray(value)) return value.map((one) => fillFromEnvironment(one, environment, missing, depth + 1));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([field, one]) => [field, fillFromEnvironment(one, environment, missing, depth + 1)]));
  }
  return value;
}
