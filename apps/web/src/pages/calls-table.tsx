/** The rows of the calls page: time, outcome, who answered with one stroke per attempt, tokens, times as bars, cost. */
import { completionTokensOf, promptTokensOf } from "@switchyard/shared/domain/usage";
import type { CallRow } from "@switchyard/shared/wire/console/calls";
import { ArrowRight } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { ShareBar } from "../ui/bars.tsx";
import { callMoney, clockTime, count, dateTime, latency, preciseTime } from "../ui/format.ts";
import { AppLink } from "../ui/link.tsx";
import { useLocale } from "../ui/locale.ts";
import { Outcome, shownOutcome } from "../ui/outcome.tsx";

const STROKES = { ok: "bg-ok-mark", failed: "bg-bad-mark", aborted: "bg-idle-mark" } as const;

/** One stroke per attempt; a failed one is also shorter, so that the hue is not all that tells. */
function Strokes({ attempts }: { readonly attempts: CallRow["attempts"] }) {
  const { t } = useTranslation();
  const failed = attempts.filter((one) => one === "failed").length;
  const name = t("calls.attempts", { count: attempts.length });
  return (
    <span className="inline-flex shrink-0 items-end gap-0.5">
      <span className="sr-only">{failed > 0 ? t("calls.attemptsFailed", { attempts: name, failed }) : name}</span>
      {attempts.map((one, index) => (
        <span key={index} aria-hidden className={`w-1 rounded-[1px] ${one === "failed" ? "h-2.5" : "h-3.5"} ${STROKES[one]}`} />
      ))}
    </span>
  );
}

function AnsweredBy({ call }: { readonly call: CallRow }) {
  const { t } = useTranslation();
  if (call.provider === undefined) return <span className="truncate text-faint">{t("calls.nobody")}</span>;
  return (
    <span className="flex min-w-0 items-center gap-2">
      <Strokes attempts={call.attempts} />
      <span className="min-w-0 truncate">
        <span className="text-muted">{call.provider}/</span>
        <span className="font-mono text-12">{call.model}</span>
      </span>
    </span>
  );
}

const CELL = "h-9 px-2 first:pl-6 last:pr-6 max-md:first:pl-4 max-md:last:pr-4";
const HEAD = `${CELL} sticky top-0 z-10 border-b border-line bg-canvas text-12 font-normal text-muted`;
/** Columns leave in a fixed order as the list gets narrow: group, key, first token, tokens, bars. */
const SHOWN = {
  group: "hidden @min-[1080px]:table-cell",
  key: "hidden @min-[940px]:table-cell",
  first: "hidden @min-[880px]:table-cell",
  tokens: "hidden @min-[800px]:table-cell",
  bar: "hidden @min-[640px]:table-cell",
  total: "hidden @min-[460px]:table-cell",
} as const;

interface RowProps {
  readonly call: CallRow;
  readonly href: string;
  readonly selected: boolean;
  readonly fresh: boolean;
  /** The longest total time in view, in milliseconds: one scale for all bars. */
  readonly longestMs: number;
  readonly onOpen: (id: string) => void;
}

const Row = memo(function Row({ call, href, selected, fresh, longestMs, onOpen }: RowProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const input = count(promptTokensOf(call.usage), locale);
  const output = count(completionTokensOf(call.usage), locale);
  const lead = (call.firstTokenMs ?? 0) / longestMs;
  return (
    <tr
      aria-current={selected ? "true" : undefined}
      onClick={() => onOpen(call.id)}
      className={`cheap-row cursor-pointer border-b border-line text-13 ${selected ? "bg-selected" : "hover:bg-hover"} ${fresh ? "animate-arrive" : ""}`}
    >
      {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label -- the link in the cell has its text, too deep for the rule */}
      <td className={`${CELL} whitespace-nowrap text-muted`}>
        <AppLink id={`call-${call.id}`} href={href} data-tip={dateTime(call.at, locale)} onClick={(event) => event.stopPropagation()} className="rounded-4">
          <span className="@max-[460px]:hidden">{preciseTime(call.at, locale)}</span>
          <span className="hidden @max-[460px]:inline">{clockTime(call.at, locale)}</span>
          <span className="sr-only">{t("calls.open", { id: call.id })}</span>
        </AppLink>
      </td>
      <td className={CELL}>
        <Outcome outcome={shownOutcome(call)} />
      </td>
      <td className={`${CELL} max-w-0 min-w-28`}>
        <AnsweredBy call={call} />
      </td>
      <td className={`${CELL} ${SHOWN.group} max-w-32 truncate text-muted`}>{call.group ?? call.modelAsked}</td>
      <td className={`${CELL} ${SHOWN.key} max-w-32 truncate text-muted`}>{call.key?.name}</td>
      <td className={`${CELL} ${SHOWN.tokens} text-right whitespace-nowrap`}>
        <span aria-hidden>
          {input} <ArrowRight size={11} className="inline text-faint" /> {output}
        </span>
        <span className="sr-only">{t("calls.tokensOf", { input, output })}</span>
      </td>
      <td className={`${CELL} ${SHOWN.first} text-right whitespace-nowrap text-muted`}>{latency(call.firstTokenMs, locale)}</td>
      <td className={`${CELL} ${SHOWN.bar}`}>
        <div className="w-20">
          <ShareBar share={call.totalMs / longestMs - lead} lead={lead} color="series-1" />
        </div>
      </td>
      <td className={`${CELL} ${SHOWN.total} text-right whitespace-nowrap`}>{latency(call.totalMs, locale)}</td>
      <td className={`${CELL} text-right whitespace-nowrap ${call.charged === 0n ? "text-faint" : ""}`}>
        {callMoney(call.charged, locale)}
        {call.usageBasis === "estimate" ? (
          <span data-tip={t("calls.estimated")} className="text-faint">
            †<span className="sr-only">{t("calls.estimated")}</span>
          </span>
        ) : null}
      </td>
    </tr>
  );
});

interface CallsTableProps {
  readonly rows: readonly CallRow[];
  readonly selected: string | undefined;
  readonly fresh: ReadonlySet<string>;
  readonly hrefOf: (id: string) => string;
  readonly onOpen: (id: string) => void;
}

export function CallsTable({ rows, selected, fresh, hrefOf, onOpen }: CallsTableProps) {
  const { t } = useTranslation();
  const longestMs = Math.max(1, ...rows.map(({ totalMs }) => totalMs));
  return (
    <table aria-label={t("calls.table")} className="w-full border-separate border-spacing-0 [&_td]:border-b [&_td]:border-line">
      <thead>
        <tr>
          <th scope="col" className={`${HEAD} text-left`}>
            {t("calls.time")}
          </th>
          <th scope="col" className={`${HEAD} text-left`}>
            {t("calls.outcome")}
          </th>
          <th scope="col" className={`${HEAD} w-full text-left`}>
            {t("calls.answeredBy")}
          </th>
          <th scope="col" className={`${HEAD} ${SHOWN.group} text-left`}>
            {t("calls.group")}
          </th>
          <th scope="col" className={`${HEAD} ${SHOWN.key} text-left`}>
            {t("calls.key")}
          </th>
          <th scope="col" className={`${HEAD} ${SHOWN.tokens} text-right`}>
            {t("calls.tokens")}
          </th>
          <th scope="col" className={`${HEAD} ${SHOWN.first} text-right whitespace-nowrap`}>
            {t("calls.firstToken")}
          </th>
          <td aria-hidden className={`${HEAD} ${SHOWN.bar}`} />
          <th scope="col" className={`${HEAD} ${SHOWN.total} text-right`}>
            {t("calls.total")}
          </th>
          <th scope="col" className={`${HEAD} text-right`}>
            {t("calls.cost")}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((call) => (
          <Row
            key={call.id}
            call={call}
            href={hrefOf(call.id)}
            selected={call.id === selected}
            fresh={fresh.has(call.id)}
            longestMs={longestMs}
            onOpen={onOpen}
          />
        ))}
      </tbody>
    </table>
  );
}
