/** What holds for all groups: each setting with its value, and whether somebody set it or it is built in. */
import type { RoutingRow } from "@switchyard/shared/wire/console/routing";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { count, wholePercent } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";
import { FAILURE_TEXT, isFailureWord } from "./call-story.ts";
import { inheritedBy, NUMBERS, type NumberField } from "./routing-fields.ts";
import { STRATEGY_TEXT } from "./strategy-text.ts";

const SettingsDialog = lazy(async () => ({ default: (await import("./routing-settings-dialog.tsx")).SettingsDialog }));

const TIME_NAME = {
  connectMs: "routing.connectMs",
  firstTokenMs: "groups.firstTokenMs",
  answerMs: "routing.answerMs",
  stallMs: "routing.stallMs",
  hedgeAfterMs: "groups.hedgeAfterMs",
} as const satisfies Partial<Record<NumberField, string>>;
const TIMES = Object.keys(TIME_NAME) as (keyof typeof TIME_NAME)[];

interface Line {
  readonly name: string;
  readonly value: string;
  readonly isSet: boolean;
}

function useLines(routing: RoutingRow): readonly Line[] {
  const { t } = useTranslation();
  const locale = useLocale();
  const { settings, failureKeywords } = routing;
  const now = inheritedBy(routing);
  const yesNo = (yes: boolean): string => t(yes ? "routing.yes" : "routing.no");
  const rules = Object.keys(settings.on ?? {}).filter(isFailureWord);
  const statuses = (list: readonly number[] | undefined): string => (list === undefined || list.length === 0 ? t("routing.none") : list.join(", "));
  return [
    { name: t("routing.strategy"), value: t(STRATEGY_TEXT[now.strategy]), isSet: settings.strategy !== undefined },
    { name: t("groups.sticky"), value: yesNo(now.sticky), isSet: settings.sticky !== undefined },
    ...TIMES.map((field) => {
      const value = NUMBERS[field].of(now) ?? 0;
      return { name: t(TIME_NAME[field]), value: value === 0 ? t("routing.never") : count(value, locale), isSet: NUMBERS[field].of(settings) !== undefined };
    }),
    {
      name: t("routing.rests"),
      value:
        now.restAfter.failures === 0
          ? t("routing.never")
          : t("routing.restLine", {
              failures: count(now.restAfter.failures, locale),
              minutes: count(now.restAfter.minutes, locale),
              share: wholePercent(now.restAfter.share, locale),
              seconds: count(now.restAfter.restSeconds, locale),
            }),
      isSet: settings.restAfter !== undefined,
    },
    {
      name: t("routing.cache"),
      value:
        now.cache.ttlSeconds === 0
          ? t("routing.never")
          : t("routing.cacheLine", { seconds: count(now.cache.ttlSeconds, locale), percent: wholePercent(now.cache.chargePercent / 100, locale) }),
      isSet: settings.cache !== undefined,
    },
    {
      name: t("groups.keywords"),
      value: failureKeywords.length === 0 ? t("routing.none") : failureKeywords.map(({ text }) => text).join(", "),
      isSet: failureKeywords.length > 0,
    },
    { name: t("routing.statusesNext"), value: statuses(settings.statuses?.next), isSet: settings.statuses?.next !== undefined },
    { name: t("routing.statusesStop"), value: statuses(settings.statuses?.stop), isSet: settings.statuses?.stop !== undefined },
    {
      name: t("routing.rules"),
      value: rules.length === 0 ? t("routing.asBuiltIn") : rules.map((kind) => t(FAILURE_TEXT[kind])).join(", "),
      isSet: rules.length > 0,
    },
    { name: t("routing.autoEnabled"), value: yesNo(now.auto.enabled), isSet: settings.auto?.enabled !== undefined },
    { name: t("routing.autoStrategy"), value: t(STRATEGY_TEXT[now.auto.strategy]), isSet: settings.auto?.strategy !== undefined },
    {
      name: t("routing.probeSeconds"),
      value: now.probe.seconds === 0 ? t("routing.never") : String(now.probe.seconds),
      isSet: settings.probe?.seconds !== undefined,
    },
    { name: t("routing.probeFailures"), value: String(now.probe.failures), isSet: settings.probe?.failures !== undefined },
  ];
}

export function SettingsCard({ routing, mayEdit }: { readonly routing: RoutingRow; readonly mayEdit: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <Card
      title={t("routing.settingsTitle")}
      text={t("routing.settingsText")}
      aside={
        <Button disabled={!mayEdit} onClick={() => setOpen(true)} aria-label={t("routing.editLabel")}>
          {t("routing.edit")}
        </Button>
      }
    >
      {routing.fromFile ? <p className="mt-3 rounded-6 bg-warn-tint px-3 py-2 text-13 text-warn">{t("routing.fromFile")}</p> : null}
      <dl className="mt-3 grid gap-x-8 gap-y-1 text-13 md:grid-cols-2">
        {useLines(routing).map(({ name, value, isSet }) => (
          <div key={name} className="flex items-baseline justify-between gap-3 border-b border-line py-1">
            <dt className="text-muted">{name}</dt>
            <dd className="flex min-w-0 items-baseline gap-2 text-right">
              <span className={`min-w-0 break-words ${isSet ? "font-medium" : "text-faint"}`}>{value}</span>
              {isSet ? <Badge tone="info">{t("routing.set")}</Badge> : <span className="text-12 text-faint">{t("routing.builtIn")}</span>}
            </dd>
          </div>
        ))}
      </dl>
      <Suspense fallback={null}>{open ? <SettingsDialog routing={routing} onClose={() => setOpen(false)} /> : null}</Suspense>
    </Card>
  );
}
