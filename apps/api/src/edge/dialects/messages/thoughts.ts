/** Carries thoughts between Anthropic's blocks and a chat's `reasoning_content` and `reasoning_details`, in both directions. */
import type { AnyBlock } from "@switchyard/shared/wire/anthropic-messages";
import { REASONING_FORMATS, reasoningDetailsOf, type ReasoningDetail } from "@switchyard/shared/wire/reasoning-details";

/**
 * Begins the signature of a thought that is not Anthropic's. What follows are the fields that its provider wants back in the
 * next turn. Anthropic would refuse such a signature, so these blocks are left out of what Anthropic itself is asked.
 */
const FOREIGN = "sy1.";

const isAnthropics = ({ format }: ReasoningDetail): boolean => format === undefined || format === REASONING_FORMATS.anthropic;

const sealed = (fields: Readonly<Record<string, unknown>>): string => FOREIGN + Buffer.from(JSON.stringify(fields)).toString("base64url");

/** The signature of a block with the detail's text: clients only send back thoughts that have one. */
export function signatureOf(detail: ReasoningDetail | undefined): string {
  if (detail?.type === "reasoning.text" && detail.signature !== undefined && isAnthropics(detail)) return detail.signature;
  const { text: _text, ...fields } = { ...detail } as Record<string, unknown>;
  return sealed(fields);
}

/** The `data` of the redacted block that stands for a detail only its provider can read. */
export const redactedDataOf = (detail: ReasoningDetail & { readonly type: "reasoning.encrypted" }): string =>
  isAnthropics(detail) ? detail.data : sealed({ ...detail });

/** Whether the block is a thought that Anthropic did not think. */
export function isForeignThought(block: AnyBlock): boolean {
  if (block.type === "thinking") return typeof block["signature"] !== "string" || block["signature"] === "" || block["signature"].startsWith(FOREIGN);
  return block.type === "redacted_thinking" && typeof block["data"] === "string" && block["data"].startsWith(FOREIGN);
}

/** A thought from an earlier turn as a chat's message carries it. */
export interface Recalled {
  readonly text: string;
  readonly details: readonly ReasoningDetail[];
}

export function recalledThought(text: string, signature: string): Recalled {
  if (signature === "") return { text, details: [] };
  if (!signature.startsWith(FOREIGN)) return { text, details: [{ type: "reasoning.text", text, signature, format: REASONING_FORMATS.anthropic }] };
  const fields = opened(signature);
  return { text, details: Object.keys(fields).length === 0 ? [] : reasoningDetailsOf([{ type: "reasoning.text", ...fields, text }]) };
}

export function recalledRedaction(data: string): Recalled {
  const details: readonly unknown[] = data.startsWith(FOREIGN) ? [opened(data)] : [{ type: "reasoning.encrypted", data, format: REASONING_FORMATS.anthropic }];
  return { text: "", details: reasoningDetailsOf(details) };
}

/** Clients keep what we sealed, and some cut it: what cannot be read is a thought without a signature. */
function opened(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(text.slice(FOREIGN.length), "base64url").toString());
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
