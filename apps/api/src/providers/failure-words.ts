/** Judges a provider's failure by its status and its words: the table that all wires share. */
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import type { ProviderFailure } from "./provider.ts";
import { redact } from "./redact.ts";

/** What an error says, whatever shape its provider gave it. */
export interface ErrorWords {
  readonly message: string;
  /** Type and code as the provider names them, lower case. */
  readonly names: string;
  readonly param: string | undefined;
  /** A status that is only told in the body, as in streams. */
  readonly status: number | undefined;
}

export type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Kinds whose words may reach the client: the client's request caused them. */
const CLIENT_CAUSED: ReadonlySet<ProviderFailureKind> = new Set(["bad_request", "context_too_long", "refused_content", "payload_too_large"]);
const PARAM = /^[A-Za-z0-9_.[\]-]{1,128}$/;

/** The failure that an answer of this status with these words means. */
export function failureOf(status: number | undefined, words: ErrorWords, headers: HeaderValues): ProviderFailure {
  const kind = kindOf(status ?? words.status, words);
  const retryAfterMs = retryAfterOf(headers);
  const text = redact(words.message);
  const param = words.param !== undefined && PARAM.test(words.param) ? words.param : undefined;
  const isPublic = CLIENT_CAUSED.has(kind);
  return {
    kind,
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(isPublic && text !== "" ? { publicText: text } : {}),
    ...(isPublic && param !== undefined ? { param } : {}),
    ...(text === "" ? {} : { detail: text }),
  };
}

const CONTEXT =
  /context[_ -]?(?:length|window)|maximum context|context (?:size|limit)|exceed_context|context the overflows|maximum prompt length|prompt (?:is )?too long|too many (?:input )?tokens|input is too long|input (?:token count|length)[^.]{0,80}exceed|string_above_max_length|reduce the length of/;
const POLICY =
  /content[_ -](?:filter|policy)|content management policy|policy[_ ]violation|safety system|usage (?:policies|guidelines)|moderation|flagged|content exists risk|safety_check/;
const QUOTA =
  /insufficient[_ ](?:quota|balance|funds|credits?)|billing|credit balance|exceeded your current quota|quota_exceeded|out of credits|payment required|plan and billing|monthly (?:limit|spend)|usage limit/;
const QUOTA_LOOSE = /\bquota\b|\bcredits?\b|\bbalance\b|\bpayment\b/;
const RATE = /per[ _-]?(?:second|minute|min|hour|day)|requests?[ _]per|tokens?[ _]per|\b[rt]p[mds]\b|rate[ _-]?limit|try again in/;
const BAD_KEY =
  /(?:invalid|incorrect|expired|revoked|missing|no) (?:x-)?api[ _-]?key|api[ _-]?key (?:not valid|is invalid|expired)|invalid_api_key|authentication_error|invalid authentication/;
const NO_MODEL = /model_not_found|model[^.]{0,80}(?:does not exist|not found)|unknown model|invalid model|organization must be verified/;
/** The model made nonsense of its own tools or schema, although the answer blames the request. */
const MODEL_FAILED = /tool_use_failed|json_validate_failed/;
const OVERLOADED = /overloaded|over capacity|at capacity|capacity_exceeded|server is busy|engine_overloaded/;

function kindOf(status: number | undefined, words: ErrorWords): ProviderFailureKind {
  const said = `${words.names} ${words.message.slice(0, 2_000)}`.toLowerCase();
  if (status === undefined) return kindOfWords(said);
  if (status === 429) return isQuota(said) ? "quota_exhausted" : OVERLOADED.test(words.names) ? "overloaded" : "rate_limited";
  if (status === 503 || status === 529 || status === 498) return "overloaded";
  if (status === 408 || status === 504 || status === 524) return "timeout";
  if (status >= 500) return OVERLOADED.test(said) ? "overloaded" : "unavailable";
  if (status < 400) return "protocol";
  return kindOfRefusal(status, said);
}

/** What is left are answers that blame the request; some blame it wrongly. */
function kindOfRefusal(status: number, said: string): ProviderFailureKind {
  if (status === 402 || QUOTA.test(said)) return "quota_exhausted";
  if (status === 403 && POLICY.test(said)) return "refused_content";
  if (status === 403 && NO_MODEL.test(said)) return "not_found";
  if (status === 401 || status === 403 || status === 407) return "bad_credentials";
  if (status === 409) return "conflict";
  if (status === 404) return "not_found";
  // Groq says by 413 that a request is larger than what an account may send in a minute.
  if (status === 413 && said.includes("rate_limit_exceeded")) return "rate_limited";
  if (CONTEXT.test(said)) return "context_too_long";
  if (status === 413) return "payload_too_large";
  if (BAD_KEY.test(said)) return "bad_credentials";
  if (NO_MODEL.test(said)) return "not_found";
  if (MODEL_FAILED.test(said)) return "unavailable";
  return POLICY.test(said) || status === 451 ? "refused_content" : "bad_request";
}

/** An error without any status, as in the middle of a stream. */
function kindOfWords(said: string): ProviderFailureKind {
  if (OVERLOADED.test(said)) return "overloaded";
  if (QUOTA.test(said)) return "quota_exhausted";
  if (RATE.test(said)) return "rate_limited";
  if (CONTEXT.test(said)) return "context_too_long";
  if (POLICY.test(said)) return "refused_content";
  if (BAD_KEY.test(said)) return "bad_credentials";
  if (/invalid_request|bad_?request/.test(said)) return "bad_request";
  return /time[d_ ]?-?out/.test(said) ? "timeout" : "unavailable";
}

/** Some providers call a rate of requests a quota: words about time decide. */
const isQuota = (said: string): boolean => QUOTA.test(said) || (QUOTA_LOOSE.test(said) && !RATE.test(said));

const RETRY_AFTER_MS_MAX = 24 * 3_600_000;

/** `retry-after-ms`, `retry-after` in seconds, or as a date, which is measured against the answer's own `date`. */
export function retryAfterOf(headers: HeaderValues): number | undefined {
  const millis = numberOf(headers["retry-after-ms"]);
  if (millis !== undefined) return Math.min(Math.ceil(millis), RETRY_AFTER_MS_MAX);
  const seconds = numberOf(headers["retry-after"]);
  if (seconds !== undefined) return Math.min(Math.ceil(seconds * 1_000), RETRY_AFTER_MS_MAX);
  const until = Date.parse(firstOf(headers["retry-after"]) ?? "");
  const now = Date.parse(firstOf(headers["date"]) ?? "");
  if (Number.isNaN(until) || Number.isNaN(now)) return undefined;
  return Math.min(Math.max(until - now, 0), RETRY_AFTER_MS_MAX);
}

const firstOf = (value: string | readonly string[] | undefined): string | undefined => (typeof value === "string" ? value : value?.[0]);

function numberOf(value: string | readonly string[] | undefined): number | undefined {
  const text = firstOf(value)?.trim() ?? "";
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}

const NO_WORDS: ErrorWords = { message: "", names: "", param: undefined, status: undefined };

/** Reads the words of an error body: JSON of any common shape, or the beginning of whatever else it is. */
export function wordsOfBody(body: Buffer): ErrorWords {
  const text = body.toString("utf8").trim();
  if (text === "") return NO_WORDS;
  if (text.startsWith("{") || text.startsWith("[")) {
    const value = parseOrUndefined(text);
    if (value !== undefined) return wordsOf(value);
  }
  // A page for people says nothing a client should read; its title helps the operator.
  const title = /<title[^>]{0,200}>([^<]{1,200})/i.exec(text)?.[1];
  return { ...NO_WORDS, message: text.startsWith("<") ? (title ?? "an HTML page") : text.slice(0, 2_000) };
}

/** The words of a parsed error: `{error:{…}}`, `{error:"…"}`, `{message}`, `{detail}`, or the first of a list of these. */
export function wordsOf(value: unknown): ErrorWords {
  const outer = fieldsOf(Array.isArray(value) ? value[0] : value);
  if (outer === undefined) return { ...NO_WORDS, message: typeof value === "string" ? value : "" };
  const inner = fieldsOf(outer["error"]) ?? outer;
  const { message, detail, code } = inner;
  const said = [message, outer["error"], outer["message"], detail].find((one) => typeof one === "string" && one !== "");
  const told = typeof said === "string" ? said : detail === undefined ? "" : JSON.stringify(detail).slice(0, 1_000);
  const names = [inner["type"], code, inner["status"], outer["type"]].filter((one) => typeof one === "string" || typeof one === "number");
  const status = [code, inner["status"], outer["status"]].map(Number).find((one) => Number.isInteger(one) && one >= 400 && one <= 599);
  return {
    message: withUpstreamWords(told, inner["metadata"]),
    names: names.join(" ").toLowerCase(),
    param: typeof inner["param"] === "string" ? inner["param"] : undefined,
    status,
  };
}

/** Resellers wrap the words that matter: `{message: "Provider returned error", metadata: {raw}}`. */
function withUpstreamWords(message: string, metadata: unknown): string {
  const raw = fieldsOf(metadata)?.["raw"];
  return typeof raw === "string" && raw !== "" ? `${message}: ${raw.slice(0, 1_000)}` : message;
}

const fieldsOf = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
