/** Asks Anthropic how many tokens a prompt has (https://docs.anthropic.com/en/api/messages-count-tokens). */
import { tokenCount } from "@switchyard/shared/domain/usage";
import { listOf } from "../openai-dialect/fields.ts";
import { parseBody } from "../openai-dialect/response.ts";
import type { Wire } from "../provider.ts";
import { upstreamOf } from "./endpoint.ts";
import { anthropicFailure } from "./failure.ts";

export const countWire: Wire<"message_count"> = {
  request({ request, model }, endpoint) {
    const { anthropic_beta: betas, max_tokens: _cap, stream: _stream, ...prompt } = request;
    const named = listOf(betas).filter((one) => typeof one === "string");
    const messages = upstreamOf({ ...prompt, model }, endpoint, false, named);
    return { upstream: { ...messages, path: `${messages.path}/count_tokens` } };
  },
  response(body) {
    const answer = parseBody(body);
    const input = typeof answer === "string" ? undefined : tokenCount(answer["input_tokens"]);
    if (input === undefined) return { failure: { kind: "protocol", status: 200, detail: "the body holds no count" } };
    return { reply: { body: { input_tokens: input }, usage: undefined, outputBytes: 0, finishReason: undefined } };
  },
  failure: anthropicFailure,
};
