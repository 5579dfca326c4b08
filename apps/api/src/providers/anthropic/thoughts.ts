/** Carries Anthropic's thoughts through a chat: `reasoning_details` out, and back as blocks in the next turn. */
import { REASONING_FORMATS, reasoningDetailsOf } from "@switchyard/shared/wire/reasoning-details";
import { textOf, type Fields } from "../openai-dialect/fields.ts";

const FORMAT = REASONING_FORMATS.anthropic;

export const thoughtDetail = (index: number, text: string, signature?: string): Fields => ({
  type: "reasoning.text",
  text,
  ...(signature === undefined ? {} : { signature }),
  format: FORMAT,
  index,
});

export const hiddenDetail = (index: number, data: unknown): Fields => ({ type: "reasoning.encrypted", data: textOf(data) ?? "", format: FORMAT, index });

/** The blocks that a message's details stand for. Thoughts of other providers, or without a signature, Anthropic would refuse. */
export function thoughtBlocksOf(details: unknown): Fields[] {
  const blocks: Fields[] = [];
  for (const detail of reasoningDetailsOf(details)) {
    if (detail.format !== undefined && detail.format !== FORMAT) continue;
    if (detail.type === "reasoning.encrypted") blocks.push({ type: "redacted_thinking", data: detail.data });
    else if (detail.type === "reasoning.text" && detail.signature !== undefined) {
      blocks.push({ type: "thinking", thinking: detail.text, signature: detail.signature });
    }
  }
  return blocks;
}
