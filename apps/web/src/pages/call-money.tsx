/** The money of one call: what was held, what was settled and what went back, then the tokens with their price. */
import type { UsageBasis } from "@switchyard/shared/domain/usage";
import type { CallDetail } from "@switchyard/shared/wire/console";
import { useTranslation } from "react-i18next";
import { callMoney, count, day, exactMoney, priceMoney } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";

const BASIS_TEXT = {
  usage: "call.basisUsage",
  estimate: "call.basisEstimate",
  recovered: "call.basisRecovered",
  late: "call.basisLate",
  none: "call.basisNone",
} as const satisfies Record<UsageBasis, string>;

interface LineProps {
  readonly name: string;
  readonly text: string;
  readonly amount: bigint;
  readonly strong?: boolean;
}

function Line({ name, text, amount, strong = false }: LineProps) {
  const locale = useLocale();
  return (
    <div className="flex items-start justify-between gap-3 border-t border-line px-3 py-2.5 first:border-t-0">
      <dt className="min-w-0">
        <span className={`block text-13 ${strong ? "font-semibold" : ""}`}>{name}</span>
        <span className="block text-12 text-muted">{text}</span>
      </dt>
      <dd className={`shrink-0 text-13 ${strong ? "font-semibold" : ""}`} data-tip={exactMoney(amount)}>
        {callMoney(amount, locale)}
      </dd>
    </div>
  );
}

export function CallMoney({ call }: { readonly call: CallDetail }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { hold } = call;
  if (!hold && call.held === 0n) {
    return (
      <p className="rounded-8 border border-line px-3 py-2.5 text-13 text-muted">
        {t("call.noHold")}: {t("call.noHoldText")}.
      </p>
    );
  }
  const held = hold?.amount ?? call.held;
  const pending = hold?.state === "pending";
  return (
    <>
      <dl className="rounded-8 border border-line">
        <Line name={t("call.held")} text={t("call.heldText")} amount={held} />
        {pending ? (
          <Line name={t("call.pending")} text={t("call.pendingText")} amount={held} strong />
        ) : (
          <>
            <Line name={t("call.settled")} text={call.charged === 0n ? t("call.settledFree") : t(BASIS_TEXT[call.usageBasis])} amount={-call.charged} strong />
            <Line name={t("call.released")} text={t("call.releasedText")} amount={held > call.charged ? held - call.charged : 0n} />
          </>
        )}
      </dl>
      {call.usageSuspect ? <p className="mt-2 text-12 text-warn">{t("call.suspect")}</p> : null}
      {call.cost > call.charged ? <p className="mt-2 text-12 text-muted">{t("call.costAbove", { cost: callMoney(call.cost, locale) })}</p> : null}
    </>
  );
}

export function CallUsage({ call }: { readonly call: CallDetail }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { usage, price } = call;
  const rows = [
    { name: t("call.usageInput"), tokens: usage.input, per: price?.inputPerMillion },
    { name: t("call.usageCached"), tokens: usage.cachedInput, per: price?.cachedInputPerMillion },
    { name: t("call.usageCacheWrite"), tokens: usage.cacheWrite, per: price?.cacheWritePerMillion },
    { name: t("call.usageOutput"), tokens: usage.output, per: price?.outputPerMillion },
    { name: t("call.usageReasoning"), tokens: usage.reasoning, per: price?.reasoningPerMillion },
  ].filter(({ tokens, name }) => tokens > 0 || name === t("call.usageInput") || name === t("call.usageOutput"));
  return (
    <>
      <table className="w-full text-13">
        <thead>
          <tr className="text-12 text-muted">
            <th scope="col" className="pb-1 text-left font-normal">
              {t("call.usage")}
            </th>
            <th scope="col" className="pb-1 text-right font-normal">
              {t("call.tokenCount")}
            </th>
            <th scope="col" className="pb-1 text-right font-normal">
              {t("call.perMillion")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, tokens, per }) => (
            <tr key={name} className="border-t border-line">
              <th scope="row" className="py-1.5 text-left font-normal">
                {name}
              </th>
              <td className="py-1.5 text-right">{count(tokens, locale)}</td>
              <td className="py-1.5 text-right text-muted">{per === undefined ? "–" : priceMoney(per, locale)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="mt-2 text-12 text-muted">{t(BASIS_TEXT[call.usageBasis])}</p>
      <p className="text-12 text-faint">{price ? t("call.priceOf", { date: day(price.effectiveAt, locale), source: price.source }) : t("call.noPrice")}</p>
    </>
  );
}
