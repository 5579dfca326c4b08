/** Reads what a caller asks the sandbox to do wrong, from the last user message or the model's name. */
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import type { ProviderFailure } from "../provider.ts";

export interface Directives {
  /** HTTP status of the failure to answer with. */
  readonly errorStatus: number | undefined;
  /** Break off in the middle of the answer. */
  readonly cut: boolean;
  /** Fall silent in the middle of the answer until the idle time is over. */
  readonly stall: boolean;
  /** Milliseconds to wait before the first word. */
  readonly slowMs: number;
  /** Words to answer with, whatever was said. */
  readonly words: number | undefined;
}

const SLOW_MS_MAX = 120_000;
const WORDS_MAX = 20_000;

export function directivesOf(text: string): Directives {
  return {
    errorStatus: numberAfter(text, "error"),
    cut: /\bsandbox:cut\b/.test(text),
    stall: /\bsandbox:stall\b/.test(text),
    slowMs: Math.min(numberAfter(text, "slow") ?? 0, SLOW_MS_MAX),
    words: limited(numberAfter(text, "words"), WORDS_MAX),
  };
}

const limited = (value: number | undefined, max: number): number | undefined => (value === undefined ? undefined : Math.min(value, max));

function numberAfter(text: string, name: string): number | undefined {
  const match = new RegExp(`\\bsandbox:${name}=(\\d{1,9})\\b`).exec(text);
  return match ? Number(match[1]) : undefined;
}

const KINDS: ReadonlyMap<number, ProviderFailureKind> = new Map([
  [400, "bad_request"],
  [401, "bad_credentials"],
  [402, "quota_exhausted"],
  [403, "bad_credentials"],
  [404, "not_found"],
  [408, "timeout"],
  [409, "conflict"],
  [413, "payload_too_large"],
  [422, "bad_request"],
  [429, "rate_limited"],
  [503, "overloaded"],
  [504, "timeout"],
  [529, "overloaded"],
]);

/** The failure that a provider's answer with this status would have been. */
export function failureOfStatus(status: number): ProviderFailure {
  const kind = KINDS.get(status) ?? (status >= 500 ? "unavailable" : "bad_request");
  const text = `The sandbox was asked to fail with status ${status}.`;
  const isClients = kind === "bad_request" || kind === "payload_too_large";
  return { kind, status, detail: text, ...(isClients ? { publicText: text } : {}), ...(kind === "rate_limited" ? { retryAfterMs: 7_000 } : {}) };
}
