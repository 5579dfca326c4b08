/** A labelled field of several lines with its hint and its error. */
import type { ComponentProps } from "react";
import { describedBy, FieldNotes } from "./field-notes.tsx";
import { INPUT } from "./field.tsx";

interface TextAreaProps extends Omit<ComponentProps<"textarea">, "className"> {
  readonly id: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
}

export function TextArea({ id, label, hint, error, ...rest }: TextAreaProps) {
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-13 font-medium">
        {label}
      </label>
      <textarea
        id={id}
        rows={3}
        spellCheck={false}
        aria-invalid={error === undefined ? undefined : true}
        aria-describedby={describedBy({ id, hint, error })}
        className={`${INPUT} h-auto py-2 font-mono max-md:h-auto`}
        {...rest}
      />
      <FieldNotes id={id} hint={hint} error={error} />
    </div>
  );
}
