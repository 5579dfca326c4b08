/** The attempts of a call on one axis of time: waiting, answering, failed. A table for whoever cannot see it. */
import type { CallDetail } from "@switchyard/shared/wire/console";
import { useTranslation } from "react-i18next";
import { callMoney, latency } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";
import { FAILURE_TEXT } from "./call-story.ts";

type Attempt = CallDetail["attempts"][number];

interface Part {
  readonly fromMs: number;
  readonly toMs: number;
  readonly color: string;
}

/** The parts of one attempt's bar. A failed one is one part; any other waits, then answers. */
function partsOf(attempt: Attempt): readonly Part[] {
  const end = attempt.startMs + attempt.totalMs;
  if (attempt.outcome === "failed" && attempt.firstTokenMs === undefined) return [{ fromMs: attempt.startMs, toMs: end, color: "bad-mark" }];
  const first = Math.min(end, Math.max(attempt.startMs, attempt.firstTokenMs ?? end));
  const streamed = attempt.outcome === "ok" ? "series-1" : attempt.outcome === "aborted" ? "idle-mark" : "bad-mark";
  return [
    { fromMs: attempt.startMs, toMs: first, color: "quiet" },
    { fromMs: first, toMs: end, color: streamed },
  ];
}

const WIDTH = 1_000;

function Bar({ parts, wholeMs }: { readonly parts: readonly Part[]; readonly wholeMs: number }) {
  return (
    <svg aria-hidden viewBox={`0 0 ${WIDTH} 10`} preserveAspectRatio="none" className="h-2.5 w-full rounded-[2px] bg-sunken">
      {parts.map((part) => (
        <rect
          key={`${part.color}${part.fromMs}`}
          x={(part.fromMs / wholeMs) * WIDTH}
          width={Math.max(part.toMs > part.fromMs ? 3 : 0, ((part.toMs - part.fromMs) / wholeMs) * WIDTH)}
          height="10"
          fill={`var(--color-${part.color})`}
        />
      ))}
    </svg>
  );
}

function useResult(): (attempt: Attempt) => string {
  const { t } = useTranslation();
  return (attempt) => {
    const word = attempt.outcome === "ok" ? t("call.ok") : attempt.outcome === "aborted" ? t("call.left") : t(FAILURE_TEXT[attempt.failure ?? "unnamed"]);
    return attempt.status === undefined ? word : `${attempt.status} ${word}`;
  };
}

export function Timeline({ call }: { readonly call: CallDetail }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const resultOf = useResult();
  const wholeMs = Math.max(1, call.totalMs, ...call.attempts.map(({ startMs, totalMs }) => startMs + totalMs));
  const charge = (index: number): string => callMoney(index === call.attempts.length - 1 ? call.charged : 0n, locale);
  return (
    <div>
      <div role="table" aria-label={t("call.timeline")} className="flex flex-col gap-2">
        <div role="row" className="sr-only">
          {[t("call.target"), t("call.start"), t("call.wait"), t("call.duration"), t("call.result"), t("call.cost")].map((name) => (
            <span key={name} role="columnheader">
              {name}
            </span>
          ))}
        </div>
        <div aria-hidden>
          <div className="mb-1 flex items-baseline justify-between gap-2 text-12 text-muted">
            <span>{t("call.gateway")}</span>
            <span>{latency(call.overheadMs, locale)}</span>
          </div>
          <Bar wholeMs={wholeMs} parts={[{ fromMs: 0, toMs: Math.min(call.overheadMs, call.attempts[0]?.startMs ?? call.overheadMs), color: "idle-mark" }]} />
        </div>
        {call.attempts.map((attempt, index) => (
          <div role="row" key={index}>
            <div className="mb-1 flex flex-wrap items-baseline justify-between gap-x-2 text-12">
              <span role="cell" className="font-mono">
                {attempt.provider}/{attempt.model}
              </span>
              <span role="cell" className="sr-only">{latency(attempt.startMs, locale)}</span>
              <span role="cell" className="sr-only">{latency(attempt.firstTokenMs, locale)}</span>
              <span className={attempt.outcome === "failed" ? "text-bad" : "text-muted"}>
                <span role="cell">{resultOf(attempt)}</span>
                <span aria-hidden> · </span>
                <span role="cell">{latency(attempt.totalMs, locale)}</span>
                <span aria-hidden> · </span>
                <span role="cell">{charge(index)}</span>
              </span>
            </div>
            <Bar wholeMs={wholeMs} parts={partsOf(attempt)} />
            {attempt.detail === undefined ? null : <p className="mt-1 font-mono text-11 break-words text-faint">{attempt.detail}</p>}
          </div>
        ))}
      </div>
      <div aria-hidden className="mt-2 flex justify-between text-11 text-faint">
        <span>0</span>
        <span>{latency(wholeMs / 2, locale)}</span>
        <span>{latency(wholeMs, locale)}</span>
      </div>
      <div aria-hidden className="mt-1 flex gap-4 text-11 text-muted">
        {(["quiet", "series-1", "bad-mark"] as const).map((color) => (
          <span key={color} className="inline-flex items-center gap-1.5">
            <svg viewBox="0 0 8 8" className="size-2">
              <rect width="8" height="8" rx="1" fill={`var(--color-${color})`} />
            </svg>
            {color === "quiet" ? t("call.waiting") : color === "series-1" ? t("call.streaming") : t("call.failedPart")}
          </span>
        ))}
      </div>
    </div>
  );
}
