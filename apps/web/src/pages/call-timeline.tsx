/** The attempts of a call on one axis of time: waiting, answering, failed. A table for whoever cannot see it. */
import type { CallDetail } from "@switchyard/shared/wire/console/calls";
import { useTranslation } from "react-i18next";
import { callMoney, latency } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";
import { FAILURE_TEXT, targetOf } from "./call-story.ts";

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

interface LaneProps {
  readonly name: string;
  readonly result: string;
  readonly wholeMs: number;
  readonly parts: readonly Part[];
  readonly detail?: string | undefined;
  readonly mono?: boolean;
  readonly bad?: boolean;
}

function Lane({ name, result, wholeMs, parts, detail, mono = false, bad = false }: LaneProps) {
  return (
    <div>
      <div className="mb-1 flex flex-wrap items-baseline justify-between gap-x-2 text-12">
        <span className={mono ? "font-mono" : "text-muted"}>{name}</span>
        <span className={bad ? "text-bad" : "text-muted"}>{result}</span>
      </div>
      <Bar wholeMs={wholeMs} parts={parts} />
      {detail === undefined ? null : <p className="mt-1 font-mono text-11 break-words text-faint">{detail}</p>}
    </div>
  );
}

function Axis({ wholeMs }: { readonly wholeMs: number }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const legend = [
    { color: "quiet", name: t("call.waiting") },
    { color: "series-1", name: t("call.streaming") },
    { color: "bad-mark", name: t("call.failedPart") },
  ];
  return (
    <div className="text-11">
      <div className="flex justify-between text-faint">
        <span>0</span>
        <span>{latency(wholeMs / 2, locale)}</span>
        <span>{latency(wholeMs, locale)}</span>
      </div>
      <div className="mt-1 flex gap-4 text-muted">
        {legend.map(({ color, name }) => (
          <span key={color} className="inline-flex items-center gap-1.5">
            <svg viewBox="0 0 8 8" className="size-2">
              <rect width="8" height="8" rx="1" fill={`var(--color-${color})`} />
            </svg>
            {name}
          </span>
        ))}
      </div>
    </div>
  );
}

/** What the gateway did before it asked anybody. */
const gatewayParts = (call: CallDetail): readonly Part[] => [
  { fromMs: 0, toMs: Math.min(call.overheadMs, call.attempts[0]?.startMs ?? call.overheadMs), color: "idle-mark" },
];

function useResult(call: CallDetail): (attempt: Attempt) => string {
  const { t } = useTranslation();
  return (attempt) => {
    // In a call that was answered nobody left: another target was faster.
    const brokenOff = call.outcome === "answered" ? t("call.slower") : t("call.left");
    const word = attempt.outcome === "ok" ? t("call.ok") : attempt.outcome === "aborted" ? brokenOff : t(FAILURE_TEXT[attempt.failure ?? "unnamed"]);
    return attempt.status === undefined ? word : `${attempt.status} ${word}`;
  };
}

export function Timeline({ call }: { readonly call: CallDetail }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const resultOf = useResult(call);
  const wholeMs = Math.max(1, call.totalMs, ...call.attempts.map(({ startMs, totalMs }) => startMs + totalMs));
  const answered = call.attempts.findIndex(({ outcome }) => outcome === "ok");
  const charged = answered < 0 ? call.attempts.length - 1 : answered;
  const charge = (index: number): string => callMoney(index === charged ? call.charged : 0n, locale);
  return (
    <>
      <table className="sr-only" aria-label={t("call.timeline")}>
        <thead>
          <tr>
            {[t("call.target"), t("call.start"), t("call.wait"), t("call.duration"), t("call.result"), t("call.cost")].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {call.attempts.map((attempt, index) => (
            <tr key={index}>
              <th scope="row">{targetOf(attempt)}</th>
              <td>{latency(attempt.startMs, locale)}</td>
              <td>{latency(attempt.firstTokenMs, locale)}</td>
              <td>{latency(attempt.totalMs, locale)}</td>
              <td>{[resultOf(attempt), attempt.detail].filter(Boolean).join(": ")}</td>
              <td>{charge(index)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div aria-hidden className="flex flex-col gap-2">
        <Lane name={t("call.gateway")} result={latency(call.overheadMs, locale)} wholeMs={wholeMs} parts={gatewayParts(call)} />
        {call.attempts.map((attempt, index) => (
          <Lane
            key={index}
            mono
            name={targetOf(attempt)}
            bad={attempt.outcome === "failed"}
            result={`${resultOf(attempt)} · ${latency(attempt.totalMs, locale)} · ${charge(index)}`}
            detail={attempt.detail}
            wholeMs={wholeMs}
            parts={partsOf(attempt)}
          />
        ))}
        <Axis wholeMs={wholeMs} />
      </div>
    </>
  );
}
