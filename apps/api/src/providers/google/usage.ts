/** Reads Gemini's `usageMetadata`, which is cumulative: the last report counts. */
import { tokenCount, type Usage } from "@switchyard/shared/domain/usage";
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
  const cachedInput = Math.min(tokenCount(fields["cachedContentTokenCount"]) ?? 0, prompt);
  return { input: prompt - cachedInput + toolPrompt, cachedInput, cacheWrite: 0, output, reasoning };
}
