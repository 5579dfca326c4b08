/** Chooses the span of time, with the zone it is in beside it. */
import { CalendarDays } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Select } from "./select.tsx";

interface RangePickerProps {
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly onChange: (value: string) => void;
}

export function RangePicker({ value, options, onChange }: RangePickerProps) {
  const { t } = useTranslation();
  return (
    <div className="flex items-center gap-2">
      <span className="text-12 text-faint" data-tip={t("app.utcHint")}>
        {t("app.utc")}
      </span>
      <Select
        icon={<CalendarDays aria-hidden size={14} className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-muted" />}
        aria-label={t("range.label")}
        value={value}
        options={options}
        onChange={(event) => onChange(event.target.value)}
        className="h-8 rounded-6 border border-line bg-surface pr-8 pl-8 text-13 font-medium hover:border-line-strong max-md:h-10"
      />
    </div>
  );
}
