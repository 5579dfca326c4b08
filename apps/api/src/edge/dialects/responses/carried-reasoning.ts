/** Carries what a chat provider wants back with its thoughts (signatures, encrypted thoughts) through `encrypted_content`. */
import { reasoningDetailsOf, type ReasoningDetail } from "@switchyard/shared/wire/reasoning-details";

/** Tells our own texts from those of providers that speak this wire themselves. */
const MARK = "sy1.";

/** What a reasoning item holds for the chat: provider's details, or the bare thought. */
export interface Carried {
  readonly details: readonly ReasoningDetail[];
  readonly text: string;
}

/** @returns an opaque text for `encrypted_content`, or null when there is nothing that the summary does not say. */
export const packReasoning = (details: readonly ReasoningDetail[]): string | null =>
  details.length === 0 ? null : MARK + Buffer.from(JSON.stringify(details)).toString("base64url");

export const isPacked = (encrypted: unknown): encrypted is string => typeof encrypted === "string" && encrypted.startsWith(MARK);

/** @returns the details that `packReasoning` packed; none for anything else, a text that was tampered with included. */
export function unpackReasoning(encrypted: unknown): readonly ReasoningDetail[] {
  if (!isPacked(encrypted)) return [];
  try {
    return reasoningDetailsOf(JSON.parse(Buffer.from(encrypted.slice(MARK.length), "base64url").toString("utf8")));
  } catch {
    return []; // not ours after all: a thought that cannot be read is no reason to refuse the turn
  }
}
