/** What stands where a list has nothing: one sentence, one thing to do. */
import type { ReactNode } from "react";

interface EmptyProps {
  readonly title: string;
  readonly text: string;
  readonly action?: ReactNode;
  /** `h1` where it is the whole page. */
  readonly heading?: "h1" | "h2";
}

export function Empty({ title, text, action, heading: Heading = "h2" }: EmptyProps) {
  return (
    <div className="flex animate-late flex-col items-center gap-2 px-6 py-16 text-center">
      <Heading className="text-14 font-semibold">{title}</Heading>
      <p className="max-w-md text-13 text-muted">{text}</p>
      {action === undefined ? null : <div className="mt-3 flex flex-wrap items-center justify-center gap-2">{action}</div>}
    </div>
  );
}
