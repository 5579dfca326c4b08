/** Tells in OpenAI's words with which priority Anthropic served a call. */
import { servedTierOf, type ServiceTier } from "@switchyard/shared/domain/service-tier";
import { fieldsOf, type Fields } from "../openai-dialect/fields.ts";

const TIERS: Readonly<Record<string, string>> = { standard: "default", priority: "priority", batch: "default" };

/** The tier to charge, as a field of a reply; nothing for ordinary service. */
export function servedOf(usage: unknown): { readonly serviceTier?: ServiceTier } {
  const serviceTier = servedTierOf(fieldsOf(usage)?.["service_tier"]);
  return serviceTier === undefined ? {} : { serviceTier };
}

/** @returns the field of a completion, or nothing when Anthropic did not tell. */
export function serviceTierOf(usage: unknown): Fields {
  const told = fieldsOf(usage)?.["service_tier"];
  return typeof told === "string" && Object.hasOwn(TIERS, told) ? { service_tier: TIERS[told] } : {};
}
