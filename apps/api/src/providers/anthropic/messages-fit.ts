/**
 * Fits a caller's Messages request to the model that answers it: a caller names a group, and one of its targets may be of
 * another generation than the request was written for.
 */
import type { Ask } from "../provider.ts";
import { fieldsOf, listOf, textOf, type Fields } from "../openai-dialect/fields.ts";
import { EFFORTS, nearestEffort, rulesOf, type Effort, type ModelRules } from "./model-rules.ts";
import { thinkingOf } from "./thinking.ts";

/** Fields by which a caller would change what a call costs or who answers it, and one that goes as a header. */
const NOT_THE_CALLERS = ["speed", "inference_geo", "fallbacks", "anthropic_beta"] as const;
const SAMPLING = ["temperature", "top_p", "top_k"] as const;
const BETA = /^[A-Za-z0-9._-]{1,100}$/;
const BETAS_MAX = 40;
const CONTEXT_MANAGEMENT_BETA = "context-management-2025-06-27";
const THINKING_MIN = 1_024;

export interface Fitted {
  readonly body: Fields;
  /** Features that the caller named, to be sent as a header. */
  readonly betas: readonly string[];
}

export function fittedBody(ask: Pick<Ask<"messages">, "request" | "model" | "maxOutput" | "stream">): Fitted {
  const rules = rulesOf(ask.model);
  const body: Fields = { ...ask.request, model: ask.model, max_tokens: ask.maxOutput, stream: ask.stream };
  const betas = listOf(body["anthropic_beta"]).filter((beta): beta is string => typeof beta === "string" && BETA.test(beta));
  for (const name of NOT_THE_CALLERS) delete body[name];
  if (!rules.takesSampling) for (const name of SAMPLING) delete body[name];
  fitThinking(body, rules, ask.maxOutput);
  if (!rules.takesSystemTurns) liftSystemTurns(body);
  // A caller that names no features at all may come over a host that needs no naming of them.
  if (body["context_management"] !== undefined && betas.length === 0) betas.push(CONTEXT_MANAGEMENT_BETA);
  return { body, betas: betas.slice(0, BETAS_MAX) };
}

/** The same wish in the words of this model's generation. */
function fitThinking(body: Fields, rules: ModelRules, maxOutput: number): void {
  const config = fieldsOf(body["output_config"]);
  const effort = textOf(config?.["effort"]);
  const asked = fieldsOf(body["thinking"]);
  const thinking = asked === undefined ? undefined : fittedThinking(asked, effort, rules, maxOutput);
  delete body["thinking"];
  if (thinking) body["thinking"] = thinking;
  // Strategies for old thoughts are refused where there is no thinking.
  if (asked && !isOn(thinking) && !rules.thinksUnasked) dropThoughtStrategies(body);
  if (!config || !rules.known) return;
  const known = effort === undefined ? undefined : nearestEffort(effort, rules.efforts);
  const { effort: _effort, ...rest } = config;
  const fitted = { ...rest, ...(known === undefined ? {} : { effort: atMostHighAtRest(known, thinking) }) };
  if (Object.keys(fitted).length === 0) delete body["output_config"];
  else body["output_config"] = fitted;
}

const isOn = (thinking: Fields | undefined): boolean => thinking !== undefined && thinking["type"] !== "disabled";

/** At the highest efforts a model refuses to be told not to think. */
const atMostHighAtRest = (effort: Effort, thinking: Fields | undefined): Effort =>
  thinking?.["type"] === "disabled" && EFFORTS.indexOf(effort) > EFFORTS.indexOf("high") ? "high" : effort;

function fittedThinking(asked: Fields, effort: string | undefined, rules: ModelRules, maxOutput: number): Fields | undefined {
  const { type, budget_tokens: budget, display, ...more } = asked;
  // What is asked of a model that we do not know is the caller's to judge.
  if (!rules.known && type !== "enabled") return asked;
  if (type === "disabled") return rules.thinking === "none" || !rules.canRest ? undefined : asked;
  if (rules.thinking === "none") return undefined;
  const shown = display === undefined || (rules.known && !rules.hidesThoughts) ? {} : { display };
  if (rules.thinking === "adaptive" && (type !== "enabled" || !rules.takesBudget)) return { ...more, type: type === "enabled" ? "adaptive" : type, ...shown };
  if (type === "enabled" && typeof budget === "number") {
    const fitting = Math.min(budget, maxOutput - 1);
    return fitting < THINKING_MIN ? { type: "disabled" } : { ...more, type: "enabled", budget_tokens: fitting, ...shown };
  }
  return thinkingOf({ effort: effort ?? "high", maxOutput, isForced: false, lacksThoughts: false }, rules).thinking;
}

function dropThoughtStrategies(body: Fields): void {
  const management = fieldsOf(body["context_management"]);
  if (!management) return;
  const edits = listOf(management["edits"]).filter((edit) => !(textOf(fieldsOf(edit)?.["type"]) ?? "").startsWith("clear_thinking"));
  if (edits.length === 0) delete body["context_management"];
  else body["context_management"] = { ...management, edits };
}

/** Older models know a system prompt at the beginning only. */
function liftSystemTurns(body: Fields): void {
  const messages = listOf(body["messages"]).map((message) => fieldsOf(message) ?? {});
  const lifted = messages.filter((message) => message["role"] === "system");
  if (lifted.length === 0) return;
  const blocks = (content: unknown): readonly unknown[] =>
    typeof content === "string" ? (content === "" ? [] : [{ type: "text", text: content }]) : listOf(content);
  body["system"] = [...blocks(body["system"]), ...lifted.flatMap((message) => blocks(message["content"]))];
  body["messages"] = messages.filter((message) => message["role"] !== "system");
}
