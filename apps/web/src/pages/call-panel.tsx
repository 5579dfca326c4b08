/** A call beside the list: the list stays where it is, and stepping through it changes what is shown here. */
import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronUp, Maximize2, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { paths } from "../paths.ts";
import { problemOf } from "../problem.ts";
import { IconButton } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Empty } from "../ui/empty.tsx";
import { AppLink } from "../ui/link.tsx";
import { Outcome, shownOutcome } from "../ui/outcome.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { CallDetail } from "./call-detail.tsx";
import { ScrollRegion } from "../ui/scroll-region.tsx";

interface CallPanelProps {
  readonly workspace: string;
  readonly id: string;
  readonly onClose: () => void;
  /** Undefined at the end of the list. */
  readonly onPrevious: (() => void) | undefined;
  readonly onNext: (() => void) | undefined;
}

const SHORT_ID = 18;

export function CallPanel({ workspace, id, onClose, onPrevious, onNext }: CallPanelProps) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  const { data: call, error, refetch } = useQuery(trpc.calls.get.queryOptions({ workspace, id }));
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <aside
      aria-label={t("call.panel", { id })}
      className="flex min-h-0 w-115 shrink-0 flex-col border-l border-line bg-surface max-xl:absolute max-xl:inset-y-0 max-xl:right-0 max-xl:z-20 max-xl:shadow-float max-md:fixed max-md:inset-0 max-md:w-full max-md:border-l-0"
    >
      <header className="flex h-14 shrink-0 items-center gap-1 border-b border-line px-4">
        <h2 ref={heading} tabIndex={-1} className="flex min-w-0 items-center gap-2 text-13 font-medium">
          {call ? <Outcome outcome={shownOutcome(call)} /> : null}
          <span className="sr-only">{id}</span>
          <code aria-hidden className="truncate font-mono text-12 text-muted" data-tip={id}>
            {id.length > SHORT_ID ? `${id.slice(0, SHORT_ID)}…` : id}
          </code>
        </h2>
        <CopyButton text={id} label={id} />
        <span className="ml-auto flex items-center">
          <IconButton label={t("call.previous")} disabled={!onPrevious} onClick={onPrevious}>
            <ChevronUp aria-hidden size={16} />
          </IconButton>
          <IconButton label={t("call.next")} disabled={!onNext} onClick={onNext}>
            <ChevronDown aria-hidden size={16} />
          </IconButton>
          <AppLink
            href={paths.call(workspace, id)}
            aria-label={t("call.fullPage")}
            data-tip={t("call.fullPage")}
            className="inline-flex size-8 items-center justify-center rounded-6 text-muted hover:bg-hover hover:text-text max-md:size-10"
          >
            <Maximize2 aria-hidden size={15} />
          </AppLink>
          <IconButton label={t("call.closePanel")} onClick={onClose}>
            <X aria-hidden size={16} />
          </IconButton>
        </span>
      </header>
      <ScrollRegion label={t("call.details")} className="min-h-0 flex-1 overflow-y-auto p-4">
        {call ? (
          <CallDetail call={call} workspace={workspace} />
        ) : error === null ? (
          <SkeletonRows rows={8} />
        ) : problemOf(error).kind === "notFound" ? (
          <Empty title={t("call.notFound")} text={t("call.notFoundText")} />
        ) : (
          <ProblemNote error={error} title={t("call.loadFailed")} onRetry={() => void refetch()} />
        )}
      </ScrollRegion>
    </aside>
  );
}
