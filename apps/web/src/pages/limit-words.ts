/** Says a limit in words, and reads one that was typed. */
import { LIMIT_KINDS, LIMIT_MAX, type Limit, type LimitKind } from "@switchyard/shared/domain/limit";
import { formatUsd, nano, parseUsd } from "@switchyard/shared/kernel/money";
import type { TFunction } from "i18next";
import { count, sumMoney } from "../ui/format.ts";

export const KIND_TEXT = {
  requests: "limits.requests",
  input_tokens: "limits.inputTokens",
  output_tokens: "limits.outputTokens",
  total_tokens: "limits.totalTokens",
  cost: "limits.cost",
  concurrency: "limits.concurrency",
} as const satisfies Record<LimitKind, string>;

const AMOUNT_TEXT = {
  requests: "limits.nRequests",
  input_tokens: "limits.nInputTokens",
  output_tokens: "limits.nOutputTokens",
  total_tokens: "limits.nTotalTokens",
} as const satisfies Record<Exclude<LimitKind, "cost" | "concurrency">, string>;

/** The windows that are offered, in seconds; another one that is there already is offered as it is. */
export const WINDOWS = [
  { seconds: 1, text: "limits.second" },
  { seconds: 60, text: "limits.minute" },
  { seconds: 3_600, text: "limits.hour" },
  { seconds: 86_400, text: "limits.day" },
  { seconds: 604_800, text: "limits.week" },
  { seconds: 2_592_000, text: "limits.month" },
] as const;

export function windowWords(seconds: number, t: TFunction, locale: string): string {
  const known = WINDOWS.find((one) => one.seconds === seconds);
  return known ? t(known.text) : t("limits.seconds", { seconds: count(seconds, locale) });
}

/** `600 requests per minute`, `$2.50 per day`, `4 calls at once`. */
export function limitWords({ kind, max, windowSeconds }: Limit, t: TFunction, locale: string): string {
  if (kind === "concurrency") return t("limits.atOnce", { count: max, formatted: count(max, locale) });
  const amount = kind === "cost" ? `$${formatUsd(nano(BigInt(max)))}` : t(AMOUNT_TEXT[kind], { count: max, formatted: count(max, locale) });
  return t("limits.per", { amount, window: windowWords(windowSeconds, t, locale) });
}

/** An amount in the unit of its kind, short: `1,200`, `$0.42`. */
export const amountWords = (kind: LimitKind, amount: number, locale: string): string =>
  kind === "cost" ? sumMoney(BigInt(Math.round(amount)), locale) : count(amount, locale);

/** A limit as it is being typed. */
export interface LimitFields {
  readonly kind: LimitKind;
  readonly max: string;
  readonly windowSeconds: number;
}

export const NEW_LIMIT: LimitFields = { kind: "requests", max: "", windowSeconds: 60 };
export const isKind = (text: string): text is LimitKind => (LIMIT_KINDS as readonly string[]).includes(text);

export const fieldsOf = ({ kind, max, windowSeconds }: Limit): LimitFields => ({
  kind,
  max: kind === "cost" ? formatUsd(nano(BigInt(max))) : String(max),
  windowSeconds: windowSeconds === 0 ? NEW_LIMIT.windowSeconds : windowSeconds,
});

/** @returns undefined when what was typed is no amount above zero */
export function limitOf({ kind, max, windowSeconds }: LimitFields): Limit | undefined {
  const amount = kind === "cost" ? parseUsd(max.trim()) : /^\d{1,15}$/.test(max.trim()) ? BigInt(max.trim()) : undefined;
  if (amount === undefined || amount <= 0n || amount > BigInt(LIMIT_MAX)) return undefined;
  return { kind, max: Number(amount), windowSeconds: kind === "concurrency" ? 0 : windowSeconds };
}
