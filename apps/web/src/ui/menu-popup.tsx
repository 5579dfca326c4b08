/** The part of a menu that opens: items, groups of choices, separators. Fetched when a menu is first wanted. */
import { CSPProvider } from "@base-ui/react/csp-provider";
import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import { Fragment, type RefObject } from "react";
import type { MenuEntry } from "./menu-entry.ts";

const ITEM =
  "flex min-h-8 max-md:min-h-10 cursor-default items-center gap-2 rounded-6 px-2 text-13 outline-none select-none data-highlighted:bg-selected data-disabled:opacity-50";

function Entry({ entry }: { readonly entry: MenuEntry }) {
  if (entry.kind === "separator") return <Base.Separator className="my-1 h-px bg-line" />;
  if (entry.kind === "action") {
    return (
      <Base.Item className={`${ITEM} ${entry.danger === true ? "text-bad" : ""}`} disabled={entry.disabled ?? false} onClick={entry.onSelect}>
        {entry.icon}
        <span className="min-w-0 flex-1 truncate">{entry.label}</span>
        {entry.hint === undefined ? null : <span className="text-12 text-faint">{entry.hint}</span>}
      </Base.Item>
    );
  }
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2 pt-2 pb-1 text-12 text-faint">{entry.label}</Base.GroupLabel>
      {entry.options.map((option) => (
        <Base.CheckboxItem
          key={option.value}
          className={ITEM}
          checked={option.chosen}
          closeOnClick={entry.multiple !== true}
          onCheckedChange={() => entry.onToggle(option.value)}
        >
          <span className="inline-flex w-4 shrink-0">
            <Base.CheckboxItemIndicator>
              <Check aria-hidden size={14} />
            </Base.CheckboxItemIndicator>
          </span>
          <span className="min-w-0 flex-1 truncate">{option.label}</span>
        </Base.CheckboxItem>
      ))}
    </Base.Group>
  );
}

interface MenuPopupProps {
  readonly entries: readonly MenuEntry[];
  readonly anchor: RefObject<HTMLButtonElement | null>;
  /** The element that names the menu. */
  readonly labelId: string;
  readonly align: "start" | "end";
  readonly onClose: () => void;
}

export function MenuPopup({ entries, anchor, labelId, align, onClose }: MenuPopupProps) {
  return (
    <CSPProvider disableStyleElements>
      <Base.Root open onOpenChange={(open) => (open ? undefined : onClose())}>
        <Base.Portal>
          <Base.Positioner anchor={anchor} side="bottom" align={align} sideOffset={6} collisionPadding={12} className="z-30 outline-none">
            <Base.Popup
              finalFocus={anchor}
              aria-labelledby={labelId}
              className="max-h-[min(560px,var(--available-height))] max-w-[calc(100vw-24px)] min-w-52 animate-appear overflow-y-auto rounded-8 bg-raised p-1 text-text shadow-float outline-none"
            >
              {entries.map((entry, index) => (
                <Fragment key={index}>
                  <Entry entry={entry} />
                </Fragment>
              ))}
            </Base.Popup>
          </Base.Positioner>
        </Base.Portal>
      </Base.Root>
    </CSPProvider>
  );
}
