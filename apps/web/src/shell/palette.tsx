/** Search or jump: one field over pages, groups, keys and calls, worked by the keyboard alone. */
/* oxlint-disable jsx-a11y/prefer-tag-over-role, jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- a combobox: the focus stays in the field, which handles every key */
import { CSPProvider } from "@base-ui/react/csp-provider";
import { Dialog as Base } from "@base-ui/react/dialog";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useId, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { paths } from "../paths.ts";
import { NAV_ENTRIES } from "./nav.ts";
import { isCallId, matchItems, type PaletteItem } from "./palette-items.ts";
import { useWorkspace } from "./workspace.tsx";

const SECTION_TEXT = { pages: "palette.pages", groups: "palette.groups", keys: "palette.keys", calls: "palette.calls" } as const satisfies Record<
  PaletteItem["section"],
  string
>;

function useItems(text: string): readonly PaletteItem[] {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const groups = useQuery(trpc.groups.list.queryOptions({ workspace }));
  const keys = useQuery(trpc.keys.list.queryOptions({ workspace }));
  if (isCallId(text)) return [{ id: "call", section: "calls", label: t("palette.openCall", { id: text.trim() }), href: paths.call(workspace, text.trim()) }];
  return matchItems(
    [
      ...NAV_ENTRIES.map((entry): PaletteItem => ({ id: entry.text, section: "pages", label: t(entry.text), href: entry.href(workspace), hint: entry.hotkey })),
      ...(groups.data ?? []).map(({ id, name }): PaletteItem => ({
        id,
        section: "groups",
        label: t("palette.groupCalls", { name }),
        href: paths.calls(workspace, { group: name }),
      })),
      ...(keys.data?.items ?? []).map(({ id, name }): PaletteItem => ({
        id,
        section: "keys",
        label: t("palette.keyCalls", { name }),
        href: paths.calls(workspace, { key: id }),
      })),
    ],
    text,
  );
}

export function Palette({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const router = useRouter();
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const listId = useId();
  const items = useItems(text);
  const chosen = items[Math.min(active, items.length - 1)];
  const follow = (item: PaletteItem): void => {
    onClose();
    router.history.push(item.href);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && items.length > 0) {
      event.preventDefault();
      setActive((Math.min(active, items.length - 1) + step + items.length) % items.length);
    }
    if (event.key === "Enter" && chosen) {
      event.preventDefault();
      follow(chosen);
    }
  };
  return (
    <CSPProvider disableStyleElements>
      <Base.Root open onOpenChange={(open) => (open ? undefined : onClose())}>
        <Base.Portal>
          <Base.Backdrop className="fixed inset-0 z-40 bg-scrim" />
          <Base.Popup className="fixed top-[12dvh] left-1/2 z-40 w-[min(640px,calc(100vw-24px))] -translate-x-1/2 overflow-hidden rounded-10 bg-raised text-text shadow-float">
            <Base.Title className="sr-only">{t("palette.title")}</Base.Title>
            <input
              role="combobox"
              aria-expanded
              aria-controls={listId}
              aria-autocomplete="list"
              aria-activedescendant={chosen ? `${listId}-${chosen.id}` : undefined}
              aria-label={t("palette.title")}
              placeholder={t("palette.placeholder")}
              autoComplete="off"
              spellCheck={false}
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                setActive(0);
              }}
              onKeyDown={onKeyDown}
              className="h-12 w-full border-b border-line bg-transparent px-4 text-14 outline-none max-md:text-16"
            />
            <div id={listId} role="listbox" aria-label={t("palette.title")} className="max-h-[50dvh] overflow-y-auto p-1">
              {items.map((item) => (
                <div
                  key={item.id}
                  id={`${listId}-${item.id}`}
                  role="option"
                  aria-selected={item === chosen}
                  onPointerMove={() => setActive(items.indexOf(item))}
                  onClick={() => follow(item)}
                  className={`flex h-9 cursor-default items-center gap-3 rounded-6 px-3 text-13 max-md:h-11 ${item === chosen ? "bg-selected" : ""}`}
                >
                  <span className="min-w-0 flex-1 truncate">{item.label}</span>
                  <span className="text-12 text-faint">{item.hint ?? t(SECTION_TEXT[item.section])}</span>
                </div>
              ))}
            </div>
            {items.length === 0 ? <p className="px-4 pb-4 text-13 text-muted">{t("palette.none", { text })}</p> : null}
            <output className="sr-only">{t("palette.results", { count: items.length })}</output>
          </Base.Popup>
        </Base.Portal>
      </Base.Root>
    </CSPProvider>
  );
}
