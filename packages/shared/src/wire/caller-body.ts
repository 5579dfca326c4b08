/** Rules for every body that a caller sends, whatever the operation: what no caller may set, how many fields there may be, what null means. */
import type * as z from "zod";
import { failure, type Failure } from "../kernel/failure.ts";
import { ok, refused, type Result } from "../kernel/result.ts";
import { refusalOf } from "./schema-refusal.ts";

const FIELDS_MAX = 200;

/** Fields that would decide where a call goes or with whose credentials: never the caller's to set. */
const ROUTING_FIELDS: ReadonlySet<string> = new Set([
  "api_base",
  "base_url",
  "baseURL",
  "baseUrl",
  "api_key",
  "apiKey",
  "api_version",
  "api_type",
  "custom_llm_provider",
  "extra_headers",
  "extra_body",
  "extra_query",
  "headers",
  "default_headers",
  "organization",
  "proxy",
  "proxies",
  "deployment_id",
  "azure_endpoint",
  "azure_ad_token",
  "aws_access_key_id",
  "aws_secret_access_key",
  "aws_session_token",
  "aws_region_name",
  "aws_bedrock_runtime_endpoint",
  "vertex_project",
  "vertex_location",
  "vertex_credentials",
  "litellm_params",
  "litellm_credential_name",
  "model_list",
  "fallbacks",
]);
/** The same within `provider`, whose other fields are an ordinary extension of one provider. */
const PROVIDER_ROUTING_FIELDS = ["url", "base_url", "baseUrl", "api_base", "api_key", "apiKey", "headers", "endpoint"] as const;
/** @returns a refusal of the first field that would decide where the call goes, or of too many fields. */
export function forbiddenFieldOf(value: Record<string, unknown>): Failure | undefined {
  let fields = 0;
  for (const key in value) {
    fields += 1;
    if (fields > FIELDS_MAX) return tooMany("", `more than ${FIELDS_MAX} fields`);
    if (ROUTING_FIELDS.has(key)) return routingRefusal(key);
  }
  const { provider } = value;
  if (isRecord(provider)) {
    for (const key of PROVIDER_ROUTING_FIELDS) if (Object.hasOwn(provider, key)) return routingRefusal(`provider.${key}`);
  }
  return undefined;
}

const routingRefusal = (param: string): Failure =>
  failure("invalid_request", { param, publicText: `'${param}' cannot be set by a caller: the gateway decides where a call goes.` });

export function tooMany(param: string, what: string): Failure {
  const publicText = `The request has ${what}.`;
  return failure("invalid_request", param === "" ? { publicText } : { param, publicText });
}

export function hasMoreKeys(value: unknown, max: number): boolean {
  if (!isRecord(value)) return false;
  let count = 0;
  for (const _ in value) {
    count += 1;
    if (count > max) return true;
  }
  return false;
}

/** The body itself when it holds no null, else a copy without them: OpenAI documents null as "not given". */
export function withoutNulls(value: Record<string, unknown>, notNull: ReadonlySet<string>): Record<string, unknown> {
  let hasNull = false;
  for (const key in value) hasNull ||= value[key] === null && !notNull.has(key);
  if (!hasNull) return value;
  const kept: Record<string, unknown> = {};
  for (const key in value) {
    if (key !== "__proto__" && (value[key] !== null || notNull.has(key))) kept[key] = value[key];
  }
  return kept;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Parses a body by its schema under these rules.
 * @param obstacle what must be known before the schema walks the body: counts that would make the walk long
 * @returns the request, or a refusal with `param` and a text that may reach the caller
 */
export function parseBody<S extends z.ZodType>(
  schema: S,
  value: unknown,
  obstacle?: (body: Record<string, unknown>) => Failure | undefined,
): Result<z.infer<S>> {
  if (!isRecord(value)) return refused(failure("invalid_json", { publicText: "The body must be a JSON object." }));
  const hindered = forbiddenFieldOf(value) ?? obstacle?.(value);
  if (hindered) return refused(hindered);
  const parsed = schema.safeParse(withoutNulls(value, NONE));
  return parsed.success ? ok(parsed.data) : refused(refusalOf(parsed.error));
}

export const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
