/** Reads Gemini's `usageMetadata`, which is cumulative: the last report counts. */
import { furtherOf, takeFrom, tokenCount, type Usage } from "@switchyard/shared/domain/usage";
import { fieldsOf } from "../openai-dialect/fields.ts";

/**
 * Thoughts stand beside the candidates' tokens, cached tokens within the prompt, and what tools fed in beside it.
 * @returns undefined when there is no report, or its counts are not plausible.
 */
export function usageOf(report: unknown): Usage | undefined {
  const fields = fieldsOf(report);
  if (!fields) return undefined;
  const prompt = tokenCount(fields["promptTokenCount"]);
  const total = tokenCount(fields["totalTokenCount"]);
  if (prompt === undefined) return undefined;
  const reasoning = tokenCount(fields["thoughtsTokenCount"] ?? 0);
  const toolPrompt = tokenCount(fields["toolUsePromptTokenCount"] ?? 0);
  if (reasoning === undefined || toolPrompt === undefined) return undefined;
  // A count of zero is left out; where a total is told it still tells the rest.
  const rest = total === undefined ? 0 : Math.max(total - prompt - reasoning - toolPrompt, 0);
  const output = tokenCount(fields["candidatesTokenCount"] ?? rest);
  if (output === undefined || prompt + output + reasoning === 0) return undefined;
  const asked = { left: prompt };
  const fresh = byModality(fields["promptTokensDetails"]);
  const kept = byModality(fields["cacheTokensDetails"]);
  const cached = { left: takeFrom(asked, tokenCount(fields["cachedContentTokenCount"])) };
  const cachedAudioInput = takeFrom(cached, kept.AUDIO);
  const cachedImageInput = takeFrom(cached, kept.IMAGE);
  // What came from the cache is among the prompt's tokens of the same kind.
  const audioInput = takeFrom(asked, Math.max(fresh.AUDIO - cachedAudioInput, 0));
  const imageInput = takeFrom(asked, Math.max(fresh.IMAGE - cachedImageInput, 0));
  const videoInput = takeFrom(asked, Math.max(fresh.VIDEO - kept.VIDEO, 0));
  const answered = { left: output };
  const made = byModality(fields["candidatesTokensDetails"]);
  const further = furtherOf({
    cachedAudioInput,
    cachedImageInput,
    audioInput,
    imageInput,
    videoInput,
    audioOutput: takeFrom(answered, made.AUDIO),
    imageOutput: takeFrom(answered, made.IMAGE),
  });
  return { input: asked.left + toolPrompt, cachedInput: cached.left, cacheWrite: 0, output: answered.left, reasoning, ...further };
}

/** Counts of what is no text; pages of documents count as text, as they are priced. */
function byModality(details: unknown): Record<"AUDIO" | "IMAGE" | "VIDEO", number> {
  const counts = { AUDIO: 0, IMAGE: 0, VIDEO: 0 };
  for (const one of Array.isArray(details) ? details : []) {
    const { modality, tokenCount: count } = fieldsOf(one) ?? {};
    if (modality === "AUDIO" || modality === "IMAGE" || modality === "VIDEO") counts[modality] += tokenCount(count) ?? 0;
  }
  return counts;
}
