/** Says in a caller's own words which field of the chat that its request became a refusal is about. */
import type { Failure } from "@switchyard/shared/kernel/failure";

/** The caller's name for a field of the chat; the first one that the chat's name begins with. */
export type ChatParams = readonly (readonly [chat: string, own: string])[];

export const RESPONSES_PARAMS: ChatParams = [
  ["messages", "input"],
  ["response_format", "text.format"],
  ["reasoning_effort", "reasoning.effort"],
  ["max_completion_tokens", "max_output_tokens"],
  ["max_tokens", "max_output_tokens"],
  ["logprobs", "top_logprobs"],
];
export const COMPLETIONS_PARAMS: ChatParams = [
  ["messages", "prompt"],
  ["max_completion_tokens", "max_tokens"],
  ["top_logprobs", "logprobs"],
];

export function ownParam(param: string, params: ChatParams): string {
  const found = params.find(([chat]) => param === chat || param.startsWith(`${chat}.`) || param.startsWith(`${chat}[`));
  return found ? found[1] : param;
}

/** The refusal of a call, its `param` and words told in the caller's wire. */
export function toldInOwn(why: Failure, params: ChatParams): Failure {
  const { param, publicText } = why;
  if (param === undefined) return why;
  const own = ownParam(param, params);
  if (own === param) return why;
  return { ...why, param: own, ...(publicText === undefined ? {} : { publicText: publicText.replaceAll(`'${param}'`, `'${own}'`) }) };
}
