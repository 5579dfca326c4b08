/** The grades of service in which providers carry out calls, beside the ordinary one: each may have a price of its own. */

/**
 * `flex`: slower and cheaper; `priority`: faster and dearer; `scale`: capacity bought ahead; `batch`: cheaper, whenever there is room
 * (https://platform.openai.com/docs/api-reference/chat/object, https://platform.claude.com/docs/en/api/service-tiers).
 */
export const SERVICE_TIERS = ["flex", "priority", "scale", "batch"] as const;
export type ServiceTier = (typeof SERVICE_TIERS)[number];

/** What a request says of its tier: one of them, the ordinary service, or `any`, which leaves the choice to the provider. */
export type AskedTier = ServiceTier | "ordinary" | "any";

/** Words of OpenAI, Anthropic and Groq for ordinary service. */
const ORDINARY: ReadonlySet<unknown> = new Set(["default", "standard", "standard_only", "on_demand"]);
const isServiceTier = (word: unknown): word is ServiceTier => (SERVICE_TIERS as readonly unknown[]).includes(word);

/** @param word `service_tier` of a request. Absent, `auto` and words we do not know leave the choice to the provider. */
export const askedTierOf = (word: unknown): AskedTier => (isServiceTier(word) ? word : ORDINARY.has(word) ? "ordinary" : "any");

/** @param word `service_tier` of an answer. @returns undefined for ordinary service, and where nothing is said that we know */
export const servedTierOf = (word: unknown): ServiceTier | undefined => (isServiceTier(word) ? word : undefined);

/** Those that cost more than ordinary service: never used for a model that has no price for them. */
export const isDearTier = (tier: AskedTier): boolean => tier === "priority" || tier === "scale";
