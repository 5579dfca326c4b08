/** A button that opens a menu; the menu itself is fetched when the button is pointed at or used. */
import { lazy, Suspense, useId, useRef, useState, type ReactNode } from "react";
import type { MenuEntry } from "./menu-entry.ts";

const fetchPopup = () => import("./menu-popup.tsx");
const MenuPopup = lazy(async () => ({ default: (await fetchPopup()).MenuPopup }));

interface MenuButtonProps {
  /** What the button is called, where its content does not say it. */
  readonly label?: string;
  readonly className: string;
  readonly entries: readonly MenuEntry[];
  readonly align?: "start" | "end";
  readonly children: ReactNode;
  readonly tip?: string;
}

export function MenuButton({ label, className, entries, align = "start", children, tip }: MenuButtonProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  // The menu is a convenience to fetch early; when that fails the click fetches again and the page's boundary reports.
  const fetchEarly = (): void => void fetchPopup().catch(() => undefined);
  return (
    <>
      <button
        id={id}
        ref={button}
        type="button"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={label}
        data-tip={tip}
        className={className}
        onMouseEnter={fetchEarly}
        onFocus={fetchEarly}
        onClick={() => setOpen(true)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {children}
      </button>
      {open ? (
        <Suspense fallback={null}>
          <MenuPopup entries={entries} anchor={button} labelId={id} align={align} onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
