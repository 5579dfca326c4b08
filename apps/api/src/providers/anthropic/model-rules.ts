/** What a model's name tells about which of Anthropic's rules apply to it (https://platform.claude.com/docs/en/about-claude/models/migration-guide). */

export interface ModelRules {
  /** The name tells the model's generation. */
  readonly known: boolean;
  /** How thinking is asked for: not at all, by a budget of tokens, or by leaving the amount to the model. */
  readonly thinking: "none" | "budget" | "adaptive";
  /** A budget is taken although the amount may be left to it. */
  readonly takesBudget: boolean;
  /** It thinks without being asked. */
  readonly thinksUnasked: boolean;
  /** Thinking can be switched off. */
  readonly canRest: boolean;
  /** The words for effort that it knows, from weak to strong; empty where it knows none. */
  readonly efforts: readonly Effort[];
  /** It takes temperature, top_p and top_k. */
  readonly takesSampling: boolean;
  /** It hides its thoughts unless they are asked for. */
  readonly hidesThoughts: boolean;
  /** It can be bound to a JSON schema. */
  readonly takesSchema: boolean;
  /** System prompts may stand in the middle of a conversation. */
  readonly takesSystemTurns: boolean;
}

export const EFFORTS = ["low", "medium", "high", "xhigh", "max"] as const;
export type Effort = (typeof EFFORTS)[number];

/** For names that tell nothing, as at servers that only speak this wire. */
const UNKNOWN: ModelRules = {
  known: false,
  thinking: "budget",
  takesBudget: true,
  thinksUnasked: false,
  canRest: true,
  efforts: [],
  takesSampling: true,
  hidesThoughts: false,
  takesSchema: true,
  takesSystemTurns: false,
};

export function rulesOf(model: string): ModelRules {
  const known = versionOf(model);
  if (known === undefined) return UNKNOWN;
  const { version, family } = known;
  // The first models of this line think always and cannot be asked not to.
  const isRestless = family === "fable" || family === "mythos" || (family === "opus" && version >= 5.5);
  return {
    known: true,
    thinking: version >= 4.6 || isRestless ? "adaptive" : version >= 3.7 ? "budget" : "none",
    takesBudget: version < 4.7 && !isRestless,
    thinksUnasked: version >= 5 || isRestless,
    canRest: !isRestless && !(family === "sonnet" && version >= 5.5),
    efforts: effortsOf(version, family),
    takesSampling: version < 4.7 && !isRestless,
    hidesThoughts: version >= 4.7 || isRestless,
    takesSchema: version >= 4.5 || (family === "opus" && version >= 4.1),
    takesSystemTurns: version >= 4.8 || isRestless,
  };
}

function effortsOf(version: number, family: string): readonly Effort[] {
  if (version >= 4.7 || family === "mythos" || family === "fable") return EFFORTS;
  if (version >= 4.6) return ["low", "medium", "high", "max"];
  return version >= 4.5 && family === "opus" ? ["low", "medium", "high"] : [];
}

/** `claude-opus-4-1-20250805` is 4.1, `claude-3-5-sonnet-20241022` is 3.5: a date is no version. */
function versionOf(model: string): { readonly version: number; readonly family: string } | undefined {
  const family = /(opus|sonnet|haiku|fable|mythos)/.exec(model)?.[1];
  const told = /claude-(?:(?:opus|sonnet|haiku|fable|mythos)-)?(\d)(?:[-.](\d{1,2})(?!\d))?(?!\d)/.exec(model);
  if (told) return { version: Number(`${told[1]}.${told[2] ?? 0}`), family: family ?? "" };
  return family === "mythos" || family === "fable" ? { version: 5, family } : undefined;
}

/** The nearest word for effort that the model knows, the stronger one where two are as near. */
export function nearestEffort(effort: string, known: readonly Effort[]): Effort | undefined {
  const wanted = EFFORTS.indexOf((effort === "minimal" || effort === "none" ? "low" : effort) as Effort);
  if (wanted === -1 || known.length === 0) return undefined;
  return known.find((one) => EFFORTS.indexOf(one) >= wanted) ?? known.at(-1);
}
