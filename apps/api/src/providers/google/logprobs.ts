/** Tells Gemini's token probabilities as OpenAI's `logprobs`. */
import { fieldsOf, listOf, type Fields } from "../openai-dialect/fields.ts";

/** @returns undefined when the candidate tells none. */
export function logprobsOf(result: unknown): Fields | undefined {
  const fields = fieldsOf(result);
  const chosen = listOf(fields?.["chosenCandidates"]);
  if (chosen.length === 0) return undefined;
  const top = listOf(fields?.["topCandidates"]);
  return { content: chosen.map((one, at) => ({ ...tokenOf(one), top_logprobs: listOf(fieldsOf(top[at])?.["candidates"]).map(tokenOf) })), refusal: null };
}

function tokenOf(value: unknown): Fields {
  const { token, logProbability } = fieldsOf(value) ?? {};
  const text = typeof token === "string" ? token : "";
  return { token: text, logprob: typeof logProbability === "number" ? logProbability : 0, bytes: [...Buffer.from(text)] };
}
