/** A labelled field with its hint and its error beside it. */
import type { ComponentProps } from "react";
import { describedBy, FieldNotes } from "./field-notes.tsx";
import { Select, type SelectProps } from "./select.tsx";

export const INPUT =
  "h-8 max-md:h-10 w-full rounded-6 border border-line-strong bg-surface px-3 text-13 max-md:text-16 text-text aria-invalid:border-bad-mark disabled:opacity-60";

interface FieldProps extends ComponentProps<"input"> {
  readonly id: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
}

export function Field({ id, label, hint, error, className = "", ...rest }: FieldProps) {
  return (
    <div className={`flex flex-col gap-1 ${className}`}>
      <label htmlFor={id} className="text-13 font-medium">
        {label}
      </label>
      <input id={id} aria-invalid={error === undefined ? undefined : true} aria-describedby={describedBy({ id, hint, error })} className={INPUT} {...rest} />
      <FieldNotes id={id} hint={hint} error={error} />
    </div>
  );
}

interface SelectFieldProps extends SelectProps {
  readonly id: string;
  readonly label: string;
}

export function SelectField({ id, label, ...rest }: SelectFieldProps) {
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-13 font-medium">
        {label}
      </label>
      <Select id={id} className={`${INPUT} pr-8`} {...rest} />
    </div>
  );
}
