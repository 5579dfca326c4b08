/** A box to tick with its words beside it. */
import type { ReactNode } from "react";

interface CheckFieldProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly children: ReactNode;
}

export function CheckField({ checked, onChange, children }: CheckFieldProps) {
  return (
    <label className="flex min-h-6 items-center gap-2 text-13">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} className="size-4 shrink-0 accent-focus" />
      <span>{children}</span>
    </label>
  );
}
