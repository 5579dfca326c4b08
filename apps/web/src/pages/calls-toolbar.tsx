/** Search, range and filters of the calls page; all of it lives in the address. */
import { useQuery } from "@tanstack/react-query";
import { Plus, Search, X } from "lucide-react";
import { useEffect, useRef, useState, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { OVERVIEW_RANGES } from "@switchyard/shared/wire/console/overview";
import { trpc } from "../api.ts";
import type { CallsSearch } from "../paths.ts";
import { dateTime } from "../ui/format.ts";
import { useLatest } from "../ui/latest.ts";
import { useLocale } from "../ui/locale.ts";
import type { MenuEntry } from "../ui/menu-entry.ts";
import { MenuButton } from "../ui/menu.tsx";
import { OUTCOME_TEXT, SHOWN_OUTCOMES } from "../ui/outcome.tsx";
import { RangePicker } from "../ui/range-picker.tsx";
import { CHIP_NAMES, outcomesOf, toggleOutcome, toggleValue, withoutFilters, type ChipName } from "./calls-filter.ts";
import { RANGE_ALL, RANGE_DEFAULT, spanOf } from "./calls-range.ts";

const TYPING_MS = 300;
const RANGE_TEXT = { "1h": "range.h1", "24h": "range.h24", "7d": "range.d7", "30d": "range.d30" } as const;
export const CHIP_TEXT = {
  outcome: "calls.outcome",
  group: "calls.group",
  provider: "calls.provider",
  model: "calls.model",
  key: "calls.key",
  error: "calls.error",
} as const satisfies Record<ChipName, string>;

interface ToolbarProps {
  readonly workspace: string;
  readonly search: CallsSearch;
  /** `replace` while typing, so that Back leaves the page and not a letter. */
  readonly onChange: (search: CallsSearch, replace?: boolean) => void;
  readonly searchField: RefObject<HTMLInputElement | null>;
}

function SearchField({ search, onChange, searchField }: Omit<ToolbarProps, "workspace">) {
  const { t } = useTranslation();
  const [text, setText] = useState(search.q ?? "");
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const sent = useRef(search.q ?? "");
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    // The address changed by other means, such as Back or "Clear filters".
    if ((search.q ?? "") !== sent.current) {
      sent.current = search.q ?? "";
      setText(sent.current);
    }
  }, [search.q]);
  const latest = useLatest(search);
  const type = (value: string): void => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      sent.current = value.trim();
      onChange({ ...latest.current, q: value.trim() || undefined, call: undefined }, true);
    }, TYPING_MS);
  };
  return (
    <div className="relative w-full max-w-80 min-w-44 flex-1 max-md:max-w-none max-md:basis-full">
      <Search aria-hidden size={14} className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-muted" />
      <input
        ref={searchField}
        type="search"
        aria-label={t("calls.searchLabel")}
        placeholder={t("calls.search")}
        value={text}
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => (event.key === "Escape" ? event.currentTarget.blur() : undefined)}
        className="h-8 w-full rounded-6 border border-line bg-surface pr-9 pl-8 text-13 hover:border-line-strong max-md:h-10 max-md:text-16"
      />
      <kbd
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2 -translate-y-1/2 rounded-4 border border-line px-1.5 font-sans text-11 text-faint max-md:hidden"
      >
        /
      </kbd>
    </div>
  );
}

function useMenuEntries({ workspace, search, onChange }: Omit<ToolbarProps, "searchField">): readonly MenuEntry[] {
  const { t } = useTranslation();
  const { data } = useQuery(trpc.calls.facets.queryOptions({ workspace }));
  const choice = (name: "group" | "provider" | "model" | "key", values: readonly { readonly value: string; readonly label: string }[]): readonly MenuEntry[] =>
    values.length === 0
      ? []
      : [
          {
            kind: "choices",
            label: t(CHIP_TEXT[name]),
            options: values.map((one) => ({ ...one, chosen: search[name] === one.value })),
            onToggle: (value) => onChange(toggleValue(search, name, value)),
          },
        ];
  const plain = (values: readonly string[] | undefined) => (values ?? []).map((value) => ({ value, label: value }));
  return [
    {
      kind: "choices",
      label: t("calls.outcome"),
      multiple: true,
      options: SHOWN_OUTCOMES.map((value) => ({ value, label: t(OUTCOME_TEXT[value]), chosen: outcomesOf(search).includes(value) })),
      onToggle: (value) => onChange(toggleOutcome(search, value)),
    },
    ...choice("group", plain(data?.groups)),
    ...choice("provider", plain(data?.providers)),
    ...choice("model", plain(data?.models)),
    ...choice(
      "key",
      (data?.keys ?? []).map(({ id, name }) => ({ value: id, label: name })),
    ),
  ];
}

function Chips({ workspace, search, onChange }: Omit<ToolbarProps, "searchField">) {
  const { t } = useTranslation();
  const { data } = useQuery(trpc.calls.facets.queryOptions({ workspace }));
  const valueOf = (name: ChipName): string => {
    if (name === "outcome")
      return outcomesOf(search)
        .map((one) => t(OUTCOME_TEXT[one]))
        .join(", ");
    if (name === "key") return data?.keys.find(({ id }) => id === search.key)?.name ?? search.key ?? "";
    return search[name] ?? "";
  };
  const chips = CHIP_NAMES.filter((name) => valueOf(name) !== "");
  return (
    <>
      {chips.map((name) => (
        <span key={name} className="inline-flex h-8 max-w-full items-center rounded-6 border border-line bg-surface text-13 max-md:h-10">
          <span className="truncate pl-3 text-muted">
            {t(CHIP_TEXT[name])} <span className="font-medium text-text">{valueOf(name)}</span>
          </span>
          <button
            type="button"
            aria-label={t("calls.removeFilter", { name: t(CHIP_TEXT[name]), value: valueOf(name) })}
            onClick={() => onChange({ ...search, [name]: undefined })}
            className="ml-2 inline-flex h-full w-8 shrink-0 items-center justify-center rounded-r-6 border-l border-line text-muted hover:bg-hover hover:text-text"
          >
            <X aria-hidden size={14} />
          </button>
        </span>
      ))}
      {chips.length > 1 ? (
        <button type="button" className="h-8 rounded-6 px-2 text-13 text-accent hover:underline" onClick={() => onChange(withoutFilters(search))}>
          {t("calls.clearFilters")}
        </button>
      ) : null}
    </>
  );
}

export function CallsToolbar(props: ToolbarProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { search, onChange } = props;
  const range = search.range ?? RANGE_DEFAULT;
  const entries = useMenuEntries(props);
  const span = range.includes("..") ? spanOf(range, 0) : {};
  const custom = span.from && span.to ? [{ value: range, label: t("range.custom", { from: dateTime(span.from, locale), to: dateTime(span.to, locale) }) }] : [];
  const ranges = [
    ...OVERVIEW_RANGES.map((value) => ({ value: value as string, label: t(RANGE_TEXT[value]) })),
    { value: RANGE_ALL, label: t("range.all") },
    ...custom,
  ];
  return (
    <div className="flex flex-wrap items-center gap-2">
      <SearchField {...props} />
      <RangePicker value={range} options={ranges} onChange={(value) => onChange({ ...search, range: value === RANGE_DEFAULT ? undefined : value })} />
      <Chips {...props} />
      <MenuButton
        label={t("calls.addFilter")}
        entries={entries}
        className="inline-flex h-8 items-center gap-2 rounded-6 px-2 text-13 text-muted hover:bg-hover hover:text-text max-md:h-10"
      >
        <Plus aria-hidden size={14} />
        {t("calls.filter")}
      </MenuButton>
    </div>
  );
}
