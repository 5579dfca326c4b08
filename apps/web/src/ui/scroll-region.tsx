/** A part of the page that scrolls by itself, so it can be reached and scrolled by keyboard, and has a name; a landmark is what it stands in. */
import type { ReactNode } from "react";

interface ScrollRegionProps {
  readonly label: string;
  readonly className: string;
  readonly children: ReactNode;
}

export function ScrollRegion({ label, className, children }: ScrollRegionProps) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/prefer-tag-over-role -- what scrolls must be scrollable without a mouse; no tag means a group of anything
    <div role="group" aria-label={label} tabIndex={0} className={className}>
      {children}
    </div>
  );
}
