/** Says what an error of Google means; its details tell more than its words. */
import { failureOf, wordsOf, wordsOfBody, type ErrorWords, type HeaderValues } from "../failure-words.ts";
import { fieldsOf, listOf, textOf, type Fields } from "../openai-dialect/fields.ts";
import type { ProviderFailure } from "../provider.ts";

export function googleFailure(status: number, headers: HeaderValues, body: Buffer): ProviderFailure {
  return withDetails(failureOf(status, wordsOfBody(body), headers), errorIn(body));
}

/** An error inside a 200. */
export function googleErrorEvent(event: Fields): ProviderFailure {
  const words: ErrorWords = wordsOf(event);
  return withDetails(failureOf(undefined, words, {}), fieldsOf(event["error"]));
}

/** A prompt that was refused before anything was generated. */
export function blockedPrompt(feedback: unknown): ProviderFailure | undefined {
  const reason = textOf(fieldsOf(feedback)?.["blockReason"]);
  if (reason === undefined || reason === "BLOCK_REASON_UNSPECIFIED") return undefined;
  const text = `The provider refused the prompt (${reason.slice(0, 64)}).`;
  return { kind: "refused_content", status: 200, publicText: text, detail: text };
}

function errorIn(body: Buffer): Fields | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return fieldsOf(fieldsOf(Array.isArray(value) ? value[0] : value)?.["error"]);
  } catch {
    return undefined; // No JSON: then its words are all there is, and those were read.
  }
}

/**
 * Google calls every limit a quota; the violated one's name tells whether it is a rate. How long to wait stands in a
 * `RetryInfo`, not in a header (https://cloud.google.com/apis/design/errors#error_details).
 */
function withDetails(failure: ProviderFailure, error: Fields | undefined): ProviderFailure {
  if (failure.kind !== "rate_limited" && failure.kind !== "quota_exhausted" && failure.kind !== "overloaded") return failure;
  const details = listOf(error?.["details"])
    .map(fieldsOf)
    .filter((detail) => detail !== undefined);
  const quotas = details.flatMap((detail) => listOf(detail["violations"]).map((one) => quotaName(fieldsOf(one))));
  const waits = details.map((detail) => durationMsOf(detail["retryDelay"])).filter((ms) => ms !== undefined);
  const retryAfterMs = failure.retryAfterMs ?? waits[0];
  return { ...failure, kind: kindOf(failure, quotas, error), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

const quotaName = (violation: Fields | undefined): string =>
  `${textOf(violation?.["quotaId"]) ?? ""} ${textOf(violation?.["quotaMetric"]) ?? ""}`.toLowerCase();

function kindOf(failure: ProviderFailure, quotas: readonly string[], error: Fields | undefined): ProviderFailure["kind"] {
  if (failure.kind === "overloaded") return "overloaded";
  if (quotas.some((quota) => /per_?day|per_?month/.test(quota))) return "quota_exhausted";
  if (quotas.some((quota) => /per_?(?:minute|second|hour)/.test(quota))) return "rate_limited";
  // Shared capacity that is used up says only this.
  return /resource has been exhausted|resource exhausted/i.test(textOf(error?.["message"]) ?? "") ? "rate_limited" : failure.kind;
}

/** `34.4s` as protobuf writes a duration. */
function durationMsOf(value: unknown): number | undefined {
  const seconds = typeof value === "string" ? /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(value)?.[1] : undefined;
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1_000);
}
