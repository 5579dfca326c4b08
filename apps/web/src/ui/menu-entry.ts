/** What a menu can hold: actions, groups of choices, separators. */
import type { ReactNode } from "react";

export type MenuEntry =
  | {
      readonly kind: "action";
      readonly label: string;
      readonly onSelect: () => void;
      readonly icon?: ReactNode;
      readonly hint?: string;
      readonly danger?: boolean;
      readonly disabled?: boolean;
    }
  | {
      readonly kind: "choices";
      readonly label: string;
      /** Several may be chosen: the menu stays open. */
      readonly multiple?: boolean;
      readonly options: readonly { readonly value: string; readonly label: string; readonly chosen: boolean }[];
      readonly onToggle: (value: string) => void;
    }
  | { readonly kind: "separator" };
