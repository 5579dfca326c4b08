/** Cards: hairline, no shadow; a heading, a sentence under it, and what belongs to it. */
import type { ReactNode } from "react";

interface CardProps {
  readonly title: string;
  readonly text?: string | undefined;
  /** Beside the title, at the end of the line. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
}

export function Card({ title, text, aside, children, className = "" }: CardProps) {
  return (
    <section className={`flex min-w-0 flex-col rounded-10 border border-line bg-surface p-4 ${className}`} aria-label={title}>
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="text-14 font-semibold">{title}</h2>
          {text === undefined ? null : <p className="text-12 text-muted">{text}</p>}
        </div>
        {aside}
      </div>
      {children}
    </section>
  );
}
