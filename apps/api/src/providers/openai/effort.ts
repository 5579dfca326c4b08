/** Brings the wish for effort to what a model of OpenAI's knows (https://platform.openai.com/docs/guides/reasoning): others refuse the field or the word. */
import { fieldsOf, listOf, type Fields } from "../openai-dialect/fields.ts";

/** From weak to strong. */
const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;

/** Models that do not think, dated and fine-tuned ones included. */
const PLAIN = /(?:^|[:/])(?:gpt-3\.5|gpt-4|chatgpt-4o|o1-(?:mini|preview)|gpt-5(?:\.\d{1,2})?-chat)/;

/** The words that a model knows; undefined when its name tells nothing, empty when it does not think. */
function effortsOf(model: string): readonly string[] | undefined {
  if (PLAIN.test(model)) return [];
  if (/(?:^|[:/])o\d(?:-|$)/.test(model)) return ["low", "medium", "high"];
  const fifth = /(?:^|[:/])gpt-5(?:\.(\d{1,2}))?(?=-|$)/.exec(model);
  if (!fifth) return undefined;
  const minor = fifth[1] ?? "0";
  if (Number(minor) >= 2) return ["none", "low", "medium", "high", "xhigh"];
  if (Number(minor) === 1) return model.includes("codex-max") ? ["none", "low", "medium", "high", "xhigh"] : ["none", "low", "medium", "high"];
  if (model.includes("gpt-5-pro")) return ["high"];
  return model.includes("codex") ? ["low", "medium", "high"] : ["minimal", "low", "medium", "high"];
}

/** The word for this effort, or the next stronger one that the model knows; undefined when it should not be told. */
function knownEffort(effort: unknown, known: readonly string[]): string | undefined {
  const wanted = EFFORTS.indexOf(effort as (typeof EFFORTS)[number]);
  if (wanted === -1) return undefined;
  return EFFORTS.slice(wanted).find((one) => known.includes(one)) ?? known.at(-1);
}

/** A chat's body in the words of this model. */
export function withKnownEffort(body: Fields, model: string): Fields {
  const known = effortsOf(model);
  if (body["reasoning_effort"] === undefined || known === undefined) return body;
  const { reasoning_effort: effort, ...rest } = body;
  const word = knownEffort(effort, known);
  return word === undefined ? rest : { ...rest, reasoning_effort: word };
}

const SEALED_THOUGHTS = "reasoning.encrypted_content";

/** A response's body in the words of this model: one that does not think refuses to be asked for its thoughts. */
export function fittedResponse(body: Fields, model: string): Fields {
  const known = effortsOf(model);
  if (known === undefined) return body;
  const { reasoning, include, ...rest } = body;
  const { effort, ...thinking } = fieldsOf(reasoning) ?? {};
  const word = knownEffort(effort, known);
  const included = listOf(include).filter((one) => known.length > 0 || one !== SEALED_THOUGHTS);
  return {
    ...rest,
    ...(included.length > 0 ? { include: included } : {}),
    ...(reasoning === undefined || known.length === 0 ? {} : { reasoning: { ...thinking, ...(word === undefined ? {} : { effort: word }) } }),
  };
}
