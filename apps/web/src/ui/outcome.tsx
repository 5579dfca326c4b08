/** How a call ended: an icon and a word; colour only for what deviates. */
import { Archive, Ban, CircleCheck, CircleSlash, CircleX, CornerDownRight, RotateCcw } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { CallOutcome } from "@switchyard/shared/domain/call";
import type { FilteredOutcome } from "@switchyard/shared/domain/call-filter";

export type ShownOutcome = FilteredOutcome;

/** An answer that came after a failed attempt, or was kept from an earlier call, is its own word. */
export function shownOutcome(call: { readonly outcome: CallOutcome; readonly failedOver: boolean; readonly cached: boolean }): ShownOutcome {
  if (call.cached) return "cached";
  return call.outcome === "answered" && call.failedOver ? "failed_over" : call.outcome;
}

export const OUTCOME_TEXT = {
  answered: "outcome.answered",
  failed_over: "outcome.failedOver",
  cached: "outcome.cached",
  failed: "outcome.failed",
  aborted: "outcome.aborted",
  refused: "outcome.refused",
  recovered: "outcome.recovered",
} as const satisfies Record<ShownOutcome, string>;

export const SHOWN_OUTCOMES = Object.keys(OUTCOME_TEXT) as readonly ShownOutcome[];

const LOOK = {
  answered: { Icon: CircleCheck, icon: "text-ok-mark", word: "text-muted" },
  failed_over: { Icon: CornerDownRight, icon: "text-warn", word: "text-warn font-medium" },
  cached: { Icon: Archive, icon: "text-info", word: "text-info" },
  failed: { Icon: CircleX, icon: "text-bad", word: "text-bad font-medium" },
  aborted: { Icon: CircleSlash, icon: "text-idle", word: "text-idle" },
  refused: { Icon: Ban, icon: "text-bad", word: "text-bad" },
  recovered: { Icon: RotateCcw, icon: "text-info", word: "text-info" },
} as const satisfies Record<ShownOutcome, unknown>;

export function Outcome({ outcome }: { readonly outcome: ShownOutcome }) {
  const { t } = useTranslation();
  const { Icon, icon, word } = LOOK[outcome];
  return (
    <span className="flex items-center gap-2 whitespace-nowrap">
      <Icon aria-hidden size={15} className={`shrink-0 ${icon}`} />
      <span className={`${word} @max-[460px]:sr-only`}>{t(OUTCOME_TEXT[outcome])}</span>
    </span>
  );
}
