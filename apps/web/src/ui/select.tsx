/** A choice among a few, as the system shows it, with our arrow. */
import { ChevronDown } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";

export interface SelectProps extends ComponentProps<"select"> {
  readonly options: readonly { readonly value: string; readonly label: string }[];
  /** Stands in the box, before the text. */
  readonly icon?: ReactNode;
}

export function Select({ options, icon, ...rest }: SelectProps) {
  return (
    <div className="relative">
      {icon}
      <select {...rest}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden size={14} className="pointer-events-none absolute top-1/2 right-3 -translate-y-1/2 text-muted" />
    </div>
  );
}
