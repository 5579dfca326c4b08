/** The head of every page: its name, what goes with it, its buttons; a new page is announced and takes the focus. */
import { useEffect, useRef, type ReactNode } from "react";

let visited = false;

interface PageHeaderProps {
  readonly title: string;
  /** Beside the title: a count or the live dot. */
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
}

export function PageHeader({ title, note, actions }: PageHeaderProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The first page keeps the browser's own focus; after that a change of page puts it on the heading, which is read out.
    if (visited) heading.current?.focus({ preventScroll: true });
    visited = true;
  }, []);
  return (
    <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <title>{`${title} · Switchyard`}</title>
      <h1 ref={heading} tabIndex={-1} className="text-20 font-semibold tracking-tight">
        {title}
      </h1>
      {note}
      {actions === undefined ? null : <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}
