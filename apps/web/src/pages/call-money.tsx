/** The money of one call: what was held, what was settled and what went back, then the tokens with their price. */
import { rateOf, ratesFor, tariffOf } from "@switchyard/shared/domain/price";
import { promptTokensOf, USAGE_PARTS, type UsageBasis, type UsagePart } from "@switchyard/shared/domain/usage";
import type { CallDetail } from "@switchyard/shared/wire/console/calls";
import { useTranslation } from "react-i18next";
import { callMoney, count, day, exactMoney, latency, priceMoney } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";

const BASIS_TEXT = {
  usage: "call.basisUsage",
  estimate: "call.basisEstimate",
  recovered: "call.basisRecovered",
  late: "call.basisLate",
  none: "call.basisNone",
} as const satisfies Record<UsageBasis, string>;

const PART_TEXT = {
  input: "usagePart.input",
  cachedInput: "usagePart.cachedInput",
  cacheWrite: "usagePart.cacheWrite",
  output: "usagePart.output",
  reasoning: "usagePart.reasoning",
  cacheWriteLong: "usagePart.cacheWriteLong",
  audioInput: "usagePart.audioInput",
  cachedAudioInput: "usagePart.cachedAudioInput",
  imageInput: "usagePart.imageInput",
  cachedImageInput: "usagePart.cachedImageInput",
  videoInput: "usagePart.videoInput",
  audioOutput: "usagePart.audioOutput",
  imageOutput: "usagePart.imageOutput",
  images: "usagePart.images",
  audioMs: "usagePart.audioMs",
  videoMs: "usagePart.videoMs",
  characters: "usagePart.characters",
  searches: "usagePart.searches",
} as const satisfies Record<UsagePart, string>;

/** What the rate of a part is for, where that is not a million tokens. */
const UNIT_TEXT: { readonly [Part in UsagePart]?: "call.perPicture" | "call.perHour" | "call.perMillionCharacters" | "call.perThousandSearches" } = {
  images: "call.perPicture",
  audioMs: "call.perHour",
  videoMs: "call.perHour",
  characters: "call.perMillionCharacters",
  searches: "call.perThousandSearches",
};

/** Sound and film are counted in milliseconds and read in seconds. */
const usageAmount = (part: UsagePart, amount: number, locale: string): string =>
  part === "audioMs" || part === "videoMs" ? latency(amount, locale) : count(amount, locale);

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
        {t("call.noHold")}: {t(call.cached ? "call.keptFree" : "call.noHoldText")}.
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
  // A long prompt is charged by its tier, and each tier of service by its own rates.
  const served = call.attempts.findLast((one) => one.serviceTier !== undefined)?.serviceTier;
  const rates = price && ratesFor(tariffOf(price, served), promptTokensOf(usage));
  const rows = USAGE_PARTS.flatMap((part) => {
    const amount = usage[part] ?? 0;
    return amount > 0 || part === "input" || part === "output" ? [{ part, amount, rate: rates && rateOf(rates, part) }] : [];
  });
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
          {rows.map(({ part, amount, rate }) => (
            <tr key={part} className="border-t border-line">
              <th scope="row" className="py-1.5 text-left font-normal">
                {t(PART_TEXT[part])}
              </th>
              <td className="py-1.5 text-right">{usageAmount(part, amount, locale)}</td>
              <td className="py-1.5 text-right text-muted">
                {rate === undefined ? "–" : priceMoney(rate, locale)}
                {UNIT_TEXT[part] ? <span className="block text-12 text-faint">{t(UNIT_TEXT[part])}</span> : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="mt-2 text-12 text-muted">{t(BASIS_TEXT[call.usageBasis])}</p>
      {served === undefined ? null : <p className="text-12 text-muted">{t("serviceTier.served", { tier: served })}</p>}
      {call.reportedCost === undefined ? null : <p className="text-12 text-muted">{t("call.reportedCost", { cost: callMoney(call.reportedCost, locale) })}</p>}
      <p className="text-12 text-faint">{price ? t("call.priceOf", { date: day(price.effectiveAt, locale), source: price.source }) : t("call.noPrice")}</p>
    </>
  );
}
