/** Tells what happened to a call in one sentence: a total table over how it ended and who was tried. */
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import type { CallDetail } from "@switchyard/shared/wire/console/calls";
import type { Texts } from "../i18n/en.ts";

/** A provider's failure, or that none was named. */
export type FailureWord = ProviderFailureKind | "unnamed";
/** A refusal the console has words for. */
export type RefusalWord = keyof Texts["code"];

export const FAILURE_TEXT = {
  overloaded: "failure.overloaded",
  rate_limited: "failure.rate_limited",
  at_limit: "failure.at_limit",
  quota_exhausted: "failure.quota_exhausted",
  timeout: "failure.timeout",
  connection: "failure.connection",
  refused_content: "failure.refused_content",
  context_too_long: "failure.context_too_long",
  bad_request: "failure.bad_request",
  payload_too_large: "failure.payload_too_large",
  bad_credentials: "failure.bad_credentials",
  not_found: "failure.not_found",
  conflict: "failure.conflict",
  unsupported: "failure.unsupported",
  unavailable: "failure.unavailable",
  protocol: "failure.protocol",
  empty: "failure.empty",
  keyword: "failure.keyword",
  incomplete: "failure.incomplete",
  unnamed: "failure.unnamed",
} as const satisfies Record<FailureWord, string>;

export const isFailureWord = (text: string): text is FailureWord => Object.hasOwn(FAILURE_TEXT, text);

export const REFUSAL_TEXT = {
  invalid_request: "code.invalid_request",
  invalid_json: "code.invalid_json",
  context_length_exceeded: "code.context_length_exceeded",
  content_policy: "code.content_policy",
  invalid_api_key: "code.invalid_api_key",
  insufficient_credits: "code.insufficient_credits",
  budget_exceeded: "code.budget_exceeded",
  wallet_frozen: "code.wallet_frozen",
  key_disabled: "code.key_disabled",
  permission_denied: "code.permission_denied",
  model_not_found: "code.model_not_found",
  rate_limit_exceeded: "code.rate_limit_exceeded",
  not_supported: "code.not_supported",
  other: "code.other",
} as const satisfies Record<RefusalWord, string>;

const isRefusalWord = (code: string): code is RefusalWord => Object.hasOwn(REFUSAL_TEXT, code);

export type Story =
  | { readonly text: "story.answered"; readonly target: string }
  | { readonly text: "story.cached"; readonly target: string }
  | { readonly text: "story.answeredAfterOne"; readonly target: string; readonly failed: string; readonly failure: FailureWord }
  | { readonly text: "story.answeredAfterMany"; readonly target: string; readonly failed: string; readonly failure: FailureWord; readonly count: number }
  | { readonly text: "story.failedBefore"; readonly failed: string; readonly failure: FailureWord; readonly count: number }
  | { readonly text: "story.failedMid"; readonly failed: string; readonly failure: FailureWord }
  | { readonly text: "story.failedNobody" | "story.abortedBefore" | "story.refusedPlain" | "story.recovered" }
  | { readonly text: "story.abortedMid"; readonly target: string }
  | { readonly text: "story.refused"; readonly refusal: RefusalWord };

type Told = Pick<CallDetail, "outcome" | "attempts" | "charged" | "errorCode" | "provider" | "model" | "cached">;
type Attempt = CallDetail["attempts"][number];

/** Where an attempt went, and with which key where the provider has several. */
export const targetOf = ({ provider, model, key }: Attempt): string => `${provider}/${model}${key === undefined ? "" : ` · ${key}`}`;
const failureOf = (attempt: Attempt): FailureWord => attempt.failure ?? "unnamed";

function answered(call: Told): Story {
  const target = `${call.provider ?? ""}/${call.model ?? ""}`;
  if (call.cached) return { text: "story.cached", target };
  const failed = call.attempts.filter(({ outcome }) => outcome === "failed");
  const last = failed.at(-1);
  if (!last) return { text: "story.answered", target };
  // After a change of key alone the model would be said to have failed and answered at once.
  const told = { target: nameOfAnswer(call) ?? target, failed: targetOf(last), failure: failureOf(last) };
  return failed.length === 1 ? { text: "story.answeredAfterOne", ...told } : { text: "story.answeredAfterMany", ...told, count: failed.length };
}

function nameOfAnswer({ attempts }: Told): string | undefined {
  const answer = attempts.find(({ outcome }) => outcome === "ok");
  return answer && targetOf(answer);
}

function failed(call: Told): Story {
  const last = call.attempts.at(-1);
  if (!last) return { text: "story.failedNobody" };
  const told = { failed: targetOf(last), failure: failureOf(last) };
  return last.firstTokenMs !== undefined || call.charged > 0n
    ? { text: "story.failedMid", ...told }
    : { text: "story.failedBefore", ...told, count: call.attempts.length };
}

function aborted(call: Told): Story {
  const last = call.attempts.at(-1);
  return last && (last.firstTokenMs !== undefined || call.charged > 0n)
    ? { text: "story.abortedMid", target: targetOf(last) }
    : { text: "story.abortedBefore" };
}

/** The sentence for a call, as a text and what goes into it. */
export function storyOf(call: Told): Story {
  switch (call.outcome) {
    case "answered":
      return answered(call);
    case "failed":
      return failed(call);
    case "aborted":
      return aborted(call);
    case "refused":
      return call.errorCode !== undefined && isRefusalWord(call.errorCode)
        ? { text: "story.refused", refusal: call.errorCode }
        : { text: "story.refusedPlain" };
    case "recovered":
      return { text: "story.recovered" };
  }
}
