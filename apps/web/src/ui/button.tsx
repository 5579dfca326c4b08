/** Buttons: one ink button per page at most, the rest outlined or plain. */
import type { ComponentProps, ReactNode } from "react";

export type ButtonLook = "ink" | "outline" | "plain" | "danger";

const LOOKS: Record<ButtonLook, string> = {
  ink: "bg-ink text-on-ink hover:opacity-90 border-transparent",
  outline: "bg-surface text-text border-line hover:bg-hover hover:border-line-strong",
  plain: "bg-transparent text-muted border-transparent hover:bg-hover hover:text-text",
  danger: "bg-surface text-bad border-line hover:bg-bad-tint hover:border-bad-mark",
};

const SHAPE =
  "inline-flex h-8 max-md:h-10 shrink-0 items-center justify-center gap-2 rounded-6 border px-3 text-13 font-medium whitespace-nowrap transition-colors disabled:opacity-50";

/** The classes of a button, for links that look like one. */
export const buttonClass = (look: ButtonLook): string => `${SHAPE} ${LOOKS[look]}`;

interface ButtonProps extends ComponentProps<"button"> {
  readonly look?: ButtonLook;
}

export function Button({ look = "outline", className = "", type = "button", ...rest }: ButtonProps) {
  return <button type={type} className={`${buttonClass(look)} ${className}`} {...rest} />;
}

interface IconButtonProps extends Omit<ComponentProps<"button">, "children" | "aria-label"> {
  /** What it does, in words: there are none on it. */
  readonly label: string;
  readonly children: ReactNode;
}

export function IconButton({ label, className = "", type = "button", children, ...rest }: IconButtonProps) {
  return (
    <button
      type={type}
      aria-label={label}
      data-tip={label}
      className={`inline-flex size-8 max-md:size-10 shrink-0 items-center justify-center rounded-6 text-muted transition-colors hover:bg-hover hover:text-text disabled:opacity-40 ${className}`}
      {...rest}
    >
      {children}
    </button>
  );
}
