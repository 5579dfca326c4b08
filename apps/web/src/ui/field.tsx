/** A labelled field with its hint and its error beside it. */
import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";

export const INPUT =
  "h-8 max-md:h-10 w-full rounded-6 border border-line-strong bg-surface px-3 text-13 max-md:text-16 text-text aria-invalid:border-bad-mark disabled:opacity-60";

interface FieldProps extends ComponentProps<"input"> {
  readonly id: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
}

export function Field({ id, label, hint, error, className = "", ...rest }: FieldProps) {
  const described = [hint === undefined ? "" : `${id}-hint`, error === undefined ? "" : `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className={`flex flex-col gap-1 ${className}`}>
      <label htmlFor={id} className="text-13 font-medium">
        {label}
      </label>
      <input id={id} aria-invalid={error === undefined ? undefined : true} aria-describedby={described || undefined} className={INPUT} {...rest} />
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className="text-12 text-faint">
          {hint}
        </p>
      )}
      {error === undefined ? null : (
        <p id={`${id}-error`} className="text-12 text-bad">
          {error}
        </p>
      )}
    </div>
  );
}

interface SelectFieldProps extends ComponentProps<"select"> {
  readonly id: string;
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

export function SelectField({ id, label, options, ...rest }: SelectFieldProps) {
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-13 font-medium">
        {label}
      </label>
      <div className="relative">
        <select id={id} className={`${INPUT} pr-8`} {...rest}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
        <ChevronDown aria-hidden size={14} className="pointer-events-none absolute top-1/2 right-3 -translate-y-1/2 text-muted" />
      </div>
    </div>
  );
}
