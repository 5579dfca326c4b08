/** Reads the fields of routing that a group and the settings for all groups have alike: what the server takes, or what has to be corrected. */
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import type { FailureKeyword, FailureRule, KeywordScope, RoutingSettings } from "@switchyard/shared/domain/routing";
import type { RoutingDefaults, RoutingRow } from "@switchyard/shared/wire/console/routing";

interface NumberSpec {
  readonly min: number;
  readonly max: number;
  /** Whole numbers alone. */
  readonly whole?: boolean;
  /** What stands in settings, in the unit in which it is typed. */
  readonly of: (settings: RoutingSettings | RoutingDefaults) => number | undefined;
}

const HOUR_MS = 3_600_000;
const WEEK_SECONDS = 604_800;
export const NUMBERS = {
  connectMs: { min: 10, max: HOUR_MS, of: ({ connectMs }) => connectMs },
  firstTokenMs: { min: 10, max: HOUR_MS, of: ({ firstTokenMs }) => firstTokenMs },
  answerMs: { min: 10, max: HOUR_MS, of: ({ answerMs }) => answerMs },
  stallMs: { min: 10, max: HOUR_MS, of: ({ stallMs }) => stallMs },
  hedgeAfterMs: { min: 0, max: HOUR_MS, of: ({ hedgeAfterMs }) => hedgeAfterMs },
  restFailures: { min: 0, max: 1_000, of: ({ restAfter }) => restAfter?.failures },
  restMinutes: { min: 0.1, max: 60, whole: false, of: ({ restAfter }) => restAfter?.minutes },
  restShare: { min: 0, max: 100, of: ({ restAfter }) => (restAfter?.share === undefined ? undefined : Math.round(restAfter.share * 100)) },
  restSeconds: { min: 1, max: 600, of: ({ restAfter }) => restAfter?.restSeconds },
  cacheSeconds: { min: 0, max: WEEK_SECONDS, of: ({ cache }) => cache?.ttlSeconds },
  cachePercent: { min: 0, max: 100, of: ({ cache }) => cache?.chargePercent },
} as const satisfies Record<string, NumberSpec>;
export type NumberField = keyof typeof NUMBERS;
const NUMBER_FIELDS = Object.keys(NUMBERS) as NumberField[];

/** As typed; empty where the settings say nothing themselves. */
export interface RoutingFields {
  readonly sticky: "" | "yes" | "no";
  readonly numbers: Readonly<Record<NumberField, string>>;
  readonly on: Readonly<Partial<Record<ProviderFailureKind, FailureRule>>>;
  /** Statuses with commas between them. */
  readonly next: string;
  readonly stop: string;
  /** One keyword a line; `error:` or `content:` before it says where it is looked for. */
  readonly keywords: string;
}

export type RoutingFault = NumberField | "next" | "stop" | "keywords";

const textOf = (value: number | undefined): string => (value === undefined ? "" : String(value));
const lineOf = ({ text, scope }: FailureKeyword): string => (scope === "any" ? text : `${scope}:${text}`);

export const fieldsOf = (settings: RoutingSettings, keywords: readonly FailureKeyword[]): RoutingFields => ({
  sticky: settings.sticky === undefined ? "" : settings.sticky ? "yes" : "no",
  numbers: Object.fromEntries(NUMBER_FIELDS.map((name) => [name, textOf(NUMBERS[name].of(settings))])) as Record<NumberField, string>,
  on: settings.on ?? {},
  next: settings.statuses?.next?.join(", ") ?? "",
  stop: settings.statuses?.stop?.join(", ") ?? "",
  keywords: keywords.map(lineOf).join("\n"),
});

const isWithin = (text: string, { min, max, whole = true }: NumberSpec): boolean => {
  const value = Number(text);
  return Number.isFinite(value) && value >= min && value <= max && (!whole || Number.isInteger(value));
};

const HEDGE_MIN = 10;
const KEYWORD_MIN = 2;
const KEYWORD_MAX = 200;
const KEYWORDS_MAX = 50;
const STATUSES_MAX = 100;

const wordsOf = (text: string, between: string): string[] =>
  text
    .split(between)
    .map((word) => word.trim())
    .filter(Boolean);

function keywordOf(line: string): FailureKeyword {
  const [, scope, text] = /^(error|content):\s*(.*)$/.exec(line) ?? [];
  return text === undefined ? { text: line, scope: "any" } : { text, scope: scope as KeywordScope };
}

const statusesOf = (text: string): number[] => wordsOf(text, ",").map(Number);
const areStatuses = (statuses: readonly number[]): boolean =>
  statuses.length <= STATUSES_MAX && statuses.every((status) => Number.isInteger(status) && status >= 400 && status <= 599);

/** What is wrong, in the order of the fields. */
export function routingFaultsOf({ numbers, next, stop, keywords }: RoutingFields): readonly RoutingFault[] {
  const bad = NUMBER_FIELDS.filter((name) => numbers[name] !== "" && !isWithin(numbers[name], NUMBERS[name]));
  const hedge = Number(numbers.hedgeAfterMs);
  const badHedge = numbers.hedgeAfterMs !== "" && !bad.includes("hedgeAfterMs") && hedge > 0 && hedge < HEDGE_MIN;
  const [on, off] = [statusesOf(next), statusesOf(stop)];
  const words = wordsOf(keywords, "\n").map(keywordOf);
  const badWords = words.length > KEYWORDS_MAX || words.some(({ text }) => text.length < KEYWORD_MIN || text.length > KEYWORD_MAX);
  return [
    ...bad,
    ...(badHedge ? (["hedgeAfterMs"] as const) : []),
    ...(areStatuses(on) ? [] : (["next"] as const)),
    ...(areStatuses(off) && !off.some((status) => on.includes(status)) ? [] : (["stop"] as const)),
    ...(badWords ? (["keywords"] as const) : []),
  ];
}

/** What the fields ask for; they must be without fault. */
export function routingOf(fields: RoutingFields): { settings: RoutingSettings; failureKeywords: FailureKeyword[] } {
  const { numbers, sticky, on } = fields;
  const number = (name: NumberField): number | undefined => (numbers[name] === "" ? undefined : Number(numbers[name]));
  const share = number("restShare");
  const [next, stop] = [statusesOf(fields.next), statusesOf(fields.stop)];
  const settings: RoutingSettings = {
    sticky: sticky === "" ? undefined : sticky === "yes",
    hedgeAfterMs: number("hedgeAfterMs"),
    on: filled(on),
    statuses: filled({ next: next.length > 0 ? next : undefined, stop: stop.length > 0 ? stop : undefined }),
    connectMs: number("connectMs"),
    firstTokenMs: number("firstTokenMs"),
    answerMs: number("answerMs"),
    stallMs: number("stallMs"),
    cache: filled({ ttlSeconds: number("cacheSeconds"), chargePercent: number("cachePercent") }),
    restAfter: filled({
      failures: number("restFailures"),
      minutes: number("restMinutes"),
      share: share === undefined ? undefined : share / 100,
      restSeconds: number("restSeconds"),
    }),
  };
  return { settings: filled(settings) ?? {}, failureKeywords: wordsOf(fields.keywords, "\n").map(keywordOf) };
}

/** Without the fields that say nothing; undefined when none does. */
export function filled<T extends object>(value: T): T | undefined {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as T);
}

/** The wider values with those of the narrower that say something. */
function over<T extends object>(wider: T, narrower: { readonly [F in keyof T]?: T[F] | undefined } | undefined): T {
  const said = Object.fromEntries(Object.entries(narrower ?? {}).filter(([name, one]) => one !== undefined && name in wider));
  return { ...wider, ...said };
}

/** What holds for a group that says nothing itself: the settings for all over what is built in. */
export function inheritedBy({ settings, builtin }: Pick<RoutingRow, "settings" | "builtin">): RoutingDefaults {
  const { restAfter, cache, auto, probe, on, statuses: _byStatus, ...rest } = settings;
  return {
    ...over(builtin, rest),
    restAfter: over(builtin.restAfter, restAfter),
    cache: over(builtin.cache, cache),
    auto: over(builtin.auto, auto),
    probe: over(builtin.probe, probe),
    on: over(builtin.on, on),
  };
}
