/** Tells in OpenAI's words with which priority Anthropic served a call. */
import { fieldsOf, type Fields } from "../openai-dialect/fields.ts";

const TIERS: Readonly<Record<string, string>> = { standard: "default", priority: "priority", batch: "default" };

/** @returns the field of a completion, or nothing when Anthropic did not tell. */
export function serviceTierOf(usage: unknown): Fields {
  const told = fieldsOf(usage)?.["service_tier"];
  return typeof told === "string" && Object.hasOwn(TIERS, told) ? { service_tier: TIERS[told] } : {};
}
