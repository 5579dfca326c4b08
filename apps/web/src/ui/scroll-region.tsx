/** A part of the page that scrolls by itself, so it can be reached and scrolled by keyboard, and has a name. */
import type { ReactNode } from "react";

interface ScrollRegionProps {
  readonly label: string;
  readonly className: string;
  readonly children: ReactNode;
}

export function ScrollRegion({ label, className, children }: ScrollRegionProps) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be scrollable without a mouse
    <section aria-label={label} tabIndex={0} className={className}>
      {children}
    </section>
  );
}
