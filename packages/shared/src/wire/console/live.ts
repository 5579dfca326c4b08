/** What the console hears live. */
import type { CallRow } from "./calls.ts";

/** What the console hears live. `gap`: something was missed, so ask again for what is shown. */
export type LiveEvent =
  | { readonly kind: "gap" }
  | { readonly kind: "call.finished"; readonly call: CallRow }
  | { readonly kind: "balance.changed" }
  | { readonly kind: "config.changed" }
  | { readonly kind: "provider.health" };
