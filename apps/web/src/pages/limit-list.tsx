/** Limits with what is used of them now: live, for as long as the page is looked at. */
import type { Limit } from "@switchyard/shared/domain/limit";
import type { LimitsUsage, LimitUsageRow } from "@switchyard/shared/wire/console/limits";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { ShareBar } from "../ui/bars.tsx";
import { clockTime, dateTime } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";
import { amountWords, limitWords } from "./limit-words.ts";

/** Windows slide without anything happening; asked this often in milliseconds besides at every call that ends. */
const USAGE_EVERY_MS = 5_000;
const DAY_MS = 86_400_000;

/** @param keys whose use is wanted besides that of the workspace and its members */
export function useLimitsUsage(workspace: string, keys: readonly string[] = []): LimitsUsage | undefined {
  const options = trpc.limits.usage.queryOptions({ workspace, keys: [...keys] }, { refetchInterval: USAGE_EVERY_MS, placeholderData: (before) => before });
  return useQuery(options).data;
}

const NEAR = 0.8;
const toneOf = (share: number): { readonly bar: string; readonly text: string } =>
  share >= 1 ? { bar: "bad-mark", text: "text-bad" } : share >= NEAR ? { bar: "warn-mark", text: "text-warn" } : { bar: "series-1", text: "text-muted" };

function Line({ limit, usage }: { readonly limit: Limit; readonly usage: LimitUsageRow | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const share = usage ? usage.used / limit.max : 0;
  const tone = toneOf(share);
  const freeAt = usage?.freeAt;
  return (
    <li className="max-w-90 min-w-52">
      <span className="block">{limitWords(limit, t, locale)}</span>
      {usage === undefined ? null : (
        <>
          <ShareBar share={share} color={tone.bar} className="mt-1 h-1" />
          <span className="mt-0.5 flex flex-wrap justify-between gap-x-3 text-11">
            <span className={tone.text}>
              {t("limits.used", { used: amountWords(limit.kind, usage.used, locale), max: amountWords(limit.kind, limit.max, locale) })}
            </span>
            {freeAt === undefined ? null : (
              <span className="text-faint" data-tip={`${dateTime(freeAt, locale)} ${t("app.utc")}`}>
                {t("limits.freeAt", { time: limit.windowSeconds * 1_000 >= DAY_MS ? dateTime(freeAt, locale) : clockTime(freeAt, locale) })}
              </span>
            )}
          </span>
          {usage.shared ? null : <span className="block text-11 text-warn">{t("limits.notShared")}</span>}
        </>
      )}
    </li>
  );
}

/** @param usage undefined while it is not known, or where it is not told */
export function LimitList({ limits, usage }: { readonly limits: readonly Limit[]; readonly usage: readonly LimitUsageRow[] | undefined }) {
  const { t } = useTranslation();
  if (limits.length === 0) return <span className="text-muted">{t("limits.none")}</span>;
  return (
    <ul className="flex flex-col gap-2">
      {limits.map((limit) => (
        <Line
          key={`${limit.kind} ${limit.windowSeconds} ${limit.max}`}
          limit={limit}
          usage={usage?.find(({ kind, windowSeconds }) => kind === limit.kind && windowSeconds === limit.windowSeconds)}
        />
      ))}
    </ul>
  );
}
