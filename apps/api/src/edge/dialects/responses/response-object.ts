/** Composes the response object: what was asked, said back as OpenAI does, and how it ended. */
import { completionTokensOf, promptTokensOf } from "@switchyard/shared/domain/usage";
import type { Usage } from "@switchyard/shared/domain/usage";
import { formatUsd, type NanoUsd } from "@switchyard/shared/kernel/money";
import type { ResponsesRequest, ResponsesTool } from "@switchyard/shared/wire/openai-responses";

type Fields = Record<string, unknown>;

/** What is the same in every copy of one response's object. */
export interface ResponseHead {
  /** `resp_…` */
  readonly id: string;
  readonly createdSeconds: number;
  /** The provider's name of the model that answers. */
  readonly model: string;
  readonly request: ResponsesRequest;
  /** Whether it can be asked for later. */
  readonly stored: boolean;
}

export interface ResponseEnd {
  readonly status: "queued" | "in_progress" | "completed" | "incomplete" | "failed" | "cancelled";
  readonly output: readonly Fields[];
  readonly usage?: Fields;
  readonly incomplete?: "max_output_tokens" | "content_filter";
  readonly error?: { readonly code: string; readonly message: string };
  readonly completedSeconds?: number;
}

/** A response that has no end of its own: it still runs, or it was given up. */
export type Unfinished = Pick<ResponseEnd, "error"> & { readonly status: "in_progress" | "failed" | "cancelled" };

export function responseObject(head: ResponseHead, end: ResponseEnd): Fields {
  const { request } = head;
  return {
    id: head.id,
    object: "response",
    created_at: head.createdSeconds,
    status: end.status,
    background: request.background === true,
    completed_at: end.completedSeconds ?? null,
    error: end.error ?? null,
    incomplete_details: end.incomplete === undefined ? null : { reason: end.incomplete },
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: request.max_tool_calls ?? null,
    model: head.model,
    output: end.output,
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: request.previous_response_id ?? null,
    ...(request.conversation === undefined ? {} : { conversation: { id: request.conversation } }),
    ...(request.prompt_cache_key === undefined ? {} : { prompt_cache_key: request.prompt_cache_key }),
    reasoning: { effort: request.reasoning?.effort ?? null, summary: request.reasoning?.summary ?? null },
    ...(request.safety_identifier === undefined ? {} : { safety_identifier: request.safety_identifier }),
    service_tier: request.service_tier ?? "default",
    store: head.stored,
    temperature: request.temperature ?? 1,
    text: { format: request.text?.format ?? { type: "text" }, ...(request.text?.verbosity ? { verbosity: request.text.verbosity } : {}) },
    tool_choice: request.tool_choice ?? "auto",
    tools: (request.tools ?? []).map(toolSaidBack),
    top_logprobs: request.top_logprobs ?? 0,
    top_p: request.top_p ?? 1,
    truncation: request.truncation ?? "disabled",
    ...(end.usage === undefined ? {} : { usage: end.usage }),
    ...(request.user === undefined ? {} : { user: request.user }),
    metadata: request.metadata ?? {},
  };
}

/** OpenAI always says these two of a function. */
const toolSaidBack = (tool: ResponsesTool): Fields => (tool.type === "function" ? { strict: null, parameters: null, ...tool } : tool);

/** Usage in the words of this wire, with the exact charge in dollars as `cost`. */
export function responseUsage({ usage, cost }: { readonly usage: Usage; readonly cost: NanoUsd }): Fields {
  const input = promptTokensOf(usage);
  const output = completionTokensOf(usage);
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cachedInput, cache_write_tokens: usage.cacheWrite },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: input + output,
    cost: formatUsd(cost),
  };
}

/** How a chat's finish reason reads in this wire. */
export function endOf(finishReason: string | undefined): Pick<ResponseEnd, "status" | "incomplete"> {
  if (finishReason === "length") return { status: "incomplete", incomplete: "max_output_tokens" };
  if (finishReason === "content_filter") return { status: "incomplete", incomplete: "content_filter" };
  return { status: "completed" };
}
