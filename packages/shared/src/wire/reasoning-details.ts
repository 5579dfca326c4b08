/**
 * What a model thought, in the form that must be handed back unchanged in the next turn: `reasoning_details` on an assistant
 * message and on a delta. The shape is OpenRouter's (https://openrouter.ai/docs/use-cases/reasoning-tokens).
 */

/** Who can read a detail: a provider that finds another's format leaves it out. */
export const REASONING_FORMATS = { anthropic: "anthropic-claude-v1", google: "google-gemini-v1", openai: "openai-responses-v1" } as const;
export type ReasoningFormat = (typeof REASONING_FORMATS)[keyof typeof REASONING_FORMATS];

interface Detail {
  /** The tool call that the detail belongs to (Google), or the provider's own id of the thought (OpenAI). */
  readonly id?: string;
  readonly format?: string;
  /** Deltas of the same index and type are pieces of one detail. */
  readonly index?: number;
}
export type ReasoningDetail =
  | (Detail & { readonly type: "reasoning.text"; readonly text: string; readonly signature?: string })
  | (Detail & { readonly type: "reasoning.summary"; readonly summary: string })
  /** Thoughts, or a proof of them, that only their provider can read. */
  | (Detail & { readonly type: "reasoning.encrypted"; readonly data: string });

/**
 * The details in a value of unknown shape, in their order; what is no detail is left out. Pieces of one detail (as a client
 * may have collected them from deltas) become one.
 */
export function reasoningDetailsOf(value: unknown): readonly ReasoningDetail[] {
  const details: ReasoningDetail[] = [];
  for (const one of Array.isArray(value) ? (value as unknown[]) : []) {
    const detail = detailOf(one);
    if (detail === undefined) continue;
    const last = details.at(-1);
    const joined = last === undefined ? undefined : joinedOf(last, detail);
    if (joined === undefined) details.push(detail);
    else details[details.length - 1] = joined;
  }
  return details;
}

function detailOf(value: unknown): ReasoningDetail | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { type, text, summary, data, signature, id, format, index } = value as Readonly<Record<string, unknown>>;
  const common: Detail = {
    ...(typeof id === "string" ? { id } : {}),
    ...(typeof format === "string" ? { format } : {}),
    ...(typeof index === "number" ? { index } : {}),
  };
  if (type === "reasoning.text" && (typeof text === "string" || typeof signature === "string")) {
    return { type, text: typeof text === "string" ? text : "", ...(typeof signature === "string" && signature !== "" ? { signature } : {}), ...common };
  }
  if (type === "reasoning.summary" && typeof summary === "string") return { type, summary, ...common };
  if (type === "reasoning.encrypted" && typeof data === "string" && data !== "") return { type, data, ...common };
  return undefined;
}

/** The two as one, or undefined when they are two: a signature ends a thought. */
function joinedOf(a: ReasoningDetail, b: ReasoningDetail): ReasoningDetail | undefined {
  if (a.index === undefined || a.index !== b.index || a.format !== b.format) return undefined;
  if (a.type === "reasoning.text" && b.type === "reasoning.text" && a.signature === undefined) return { ...a, ...b, text: a.text + b.text };
  if (a.type === "reasoning.summary" && b.type === "reasoning.summary") return { ...a, ...b, summary: a.summary + b.summary };
  return undefined;
}
