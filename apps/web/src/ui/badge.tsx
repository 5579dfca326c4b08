/** A state in a word on a tint; the word says it, the colour only helps. */
import type { ReactNode } from "react";

export type BadgeTone = "ok" | "warn" | "bad" | "info" | "idle";

const TONES: Record<BadgeTone, string> = {
  ok: "bg-ok-tint text-ok",
  warn: "bg-warn-tint text-warn",
  bad: "bg-bad-tint text-bad",
  info: "bg-info-tint text-info",
  idle: "bg-idle-tint text-idle",
};

export function Badge({ tone, tip, children }: { readonly tone: BadgeTone; readonly tip?: string; readonly children: ReactNode }) {
  return (
    <span data-tip={tip} className={`inline-flex h-5 items-center rounded-4 px-1.5 text-12 font-medium whitespace-nowrap ${TONES[tone]}`}>
      {children}
      {tip === undefined ? null : <span className="sr-only">: {tip}</span>}
    </span>
  );
}
