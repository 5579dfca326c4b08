/** Asks Anthropic how many tokens a prompt has (https://docs.anthropic.com/en/api/messages-count-tokens). */
import { tokenCount } from "@switchyard/shared/domain/usage";
import { parseBody } from "../openai-dialect/response.ts";
import type { Wire } from "../provider.ts";
import { upstreamOf } from "./endpoint.ts";
import { anthropicFailure } from "./failure.ts";
import { fittedBody } from "./messages-fit.ts";

/** What makes up a prompt; anything else is refused there. */
const OF_PROMPT = new Set([
  "model",
  "messages",
  "system",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "context_management",
  "mcp_servers",
  "cache_control",
]);
/** No cap goes with a count, so no budget for thinking is too large. */
const NO_CAP = 2 ** 31 - 1;

export const countWire: Wire<"message_count"> = {
  request({ request, model }, endpoint) {
    const { body, betas } = fittedBody({ request, model, maxOutput: NO_CAP, stream: false });
    const prompt = Object.fromEntries(Object.entries(body).filter(([name]) => OF_PROMPT.has(name)));
    const messages = upstreamOf(prompt, endpoint, false, betas);
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
