/** The health of a provider's model in a word, its evidence in the tip. */
import type { HealthState } from "@switchyard/shared/domain/routing";
import type { HealthRow } from "@switchyard/shared/wire/console/providers";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { Badge, type BadgeTone } from "../ui/badge.tsx";
import { clockTime, count, latency } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";
import { FAILURE_TEXT, isFailureWord } from "./call-story.ts";

const TONE: Record<HealthState, BadgeTone> = { healthy: "ok", degraded: "warn", resting: "warn", down: "bad", disabled: "idle" };
const HEALTH_TEXT = {
  healthy: "health.healthy",
  degraded: "health.degraded",
  resting: "health.resting",
  down: "health.down",
  disabled: "health.disabled",
} as const satisfies Record<HealthState, string>;

/** The words for a failure's reason, whatever it is called. */
export const reasonText = (t: TFunction, reason: string): string => t(FAILURE_TEXT[isFailureWord(reason) ? reason : "unnamed"]);

export function StateBadge({ state, tip }: { readonly state: HealthState; readonly tip?: string }) {
  const { t } = useTranslation();
  return (
    <Badge tone={TONE[state]} {...(tip === undefined ? {} : { tip })}>
      {t(HEALTH_TEXT[state])}
    </Badge>
  );
}

export function HealthBadge({ health }: { readonly health: HealthRow }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { rest, lastFailure, firstTokenMs, tokensPerSecond } = health;
  const tried = health.answered + health.failed;
  const parts = [
    ...(rest ? [t("health.rest", { time: clockTime(rest.until, locale), reason: reasonText(t, rest.reason) })] : []),
    tried === 0 ? t("health.quiet") : t("health.attempts", { failed: count(health.failed, locale), all: count(tried, locale) }),
    ...(lastFailure ? [t("health.lastFailure", { time: clockTime(lastFailure.at, locale), reason: reasonText(t, lastFailure.reason) })] : []),
    ...(firstTokenMs === undefined ? [] : [t("health.firstToken", { time: latency(firstTokenMs, locale) })]),
    ...(tokensPerSecond === undefined ? [] : [t("health.speed", { tokens: count(Math.round(tokensPerSecond), locale) })]),
  ];
  return health.state === "disabled" ? <StateBadge state="disabled" /> : <StateBadge state={health.state} tip={parts.join(" · ")} />;
}
