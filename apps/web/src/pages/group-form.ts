/** Reads the form of a group's routing: what the server takes, or what has to be corrected. */
import type { FailureKeyword, KeywordScope, RoutingSettings } from "@switchyard/shared/domain/routing";
import type { Strategy } from "@switchyard/shared/domain/strategy";
import type { GroupRow } from "@switchyard/shared/wire/console";

/** As typed; empty where the group says nothing itself. */
export interface GroupFields {
  readonly strategy: Strategy;
  readonly sticky: boolean;
  readonly firstTokenMs: string;
  readonly hedgeAfterMs: string;
  readonly restFailures: string;
  readonly restMinutes: string;
  readonly restSeconds: string;
  /** One keyword a line; `error:` or `content:` before it says where it is looked for. */
  readonly keywords: string;
  readonly targets: readonly { readonly target: string; readonly priority: string; readonly weight: string }[];
}

const textOf = (value: number | undefined): string => (value === undefined ? "" : String(value));
const lineOf = ({ text, scope }: FailureKeyword): string => (scope === "any" ? text : `${scope}:${text}`);

export const fieldsOf = ({ strategy, settings, failureKeywords, targets }: GroupRow): GroupFields => ({
  strategy,
  sticky: settings.sticky ?? true,
  firstTokenMs: textOf(settings.firstTokenMs),
  hedgeAfterMs: textOf(settings.hedgeAfterMs),
  restFailures: textOf(settings.restAfter?.failures),
  restMinutes: textOf(settings.restAfter?.minutes),
  restSeconds: textOf(settings.restAfter?.restSeconds),
  keywords: failureKeywords.map(lineOf).join("\n"),
  targets: targets.map(({ provider, model, priority, weight }) => ({ target: `${provider}/${model}`, priority: String(priority), weight: String(weight) })),
});

const RANGES = {
  firstTokenMs: [10, 3_600_000],
  hedgeAfterMs: [0, 3_600_000],
  restFailures: [0, 1_000],
  restMinutes: [0.1, 60],
  restSeconds: [1, 600],
} as const;
export type NumberField = keyof typeof RANGES;
export type GroupFault = NumberField | "keywords" | "targets";

const isWithin = (text: string, [min, max]: readonly [number, number], whole: boolean): boolean => {
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) && value >= min && value <= max && (!whole || Number.isInteger(value));
};

const KEYWORD_MIN = 2;
const KEYWORDS_MAX = 50;
const keywordLines = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

function keywordOf(line: string): FailureKeyword {
  const [, scope, text] = /^(error|content):\s*(.*)$/.exec(line) ?? [];
  return text === undefined ? { text: line, scope: "any" } : { text, scope: scope as KeywordScope };
}

/** What is wrong, in the order of the fields. */
export function groupFaultsOf(fields: GroupFields): readonly GroupFault[] {
  const numbers = (Object.keys(RANGES) as NumberField[]).filter((name) => fields[name] !== "" && !isWithin(fields[name], RANGES[name], name !== "restMinutes"));
  const keywords = keywordLines(fields.keywords).map(keywordOf);
  const badKeywords = keywords.length > KEYWORDS_MAX || keywords.some(({ text }) => text.length < KEYWORD_MIN || text.length > 200);
  const badTargets = fields.targets.some(({ priority, weight }) => !isWithin(priority, [0, 1_000], true) || !isWithin(weight, [0, 1_000], true));
  return [...numbers, ...(badTargets ? ["targets" as const] : []), ...(badKeywords ? ["keywords" as const] : [])];
}

/** The change that the fields ask for; they must be without fault. What the form does not show stays as it was. */
export function groupChangeOf(fields: GroupFields, before: GroupRow) {
  const number = (text: string): number | undefined => (text === "" ? undefined : Number(text));
  const restAfter = defined({
    ...before.settings.restAfter,
    failures: number(fields.restFailures),
    minutes: number(fields.restMinutes),
    restSeconds: number(fields.restSeconds),
  });
  const settings: RoutingSettings = defined({
    ...before.settings,
    sticky: fields.sticky ? undefined : false,
    firstTokenMs: number(fields.firstTokenMs),
    hedgeAfterMs: number(fields.hedgeAfterMs),
    restAfter: Object.keys(restAfter).length > 0 ? restAfter : undefined,
  });
  return {
    name: before.name,
    ...(fields.strategy === before.strategy && before.ownStrategy === undefined ? {} : { strategy: fields.strategy }),
    settings,
    failureKeywords: keywordLines(fields.keywords).map(keywordOf),
    targets: fields.targets.map(({ target, priority, weight }) => {
      const [provider = "", ...model] = target.split("/");
      return { provider, model: model.join("/"), priority: Number(priority), weight: Number(weight) };
    }),
  };
}

const defined = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
