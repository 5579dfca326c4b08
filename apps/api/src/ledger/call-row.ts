/** A call's record as the row that Postgres reads from JSON. */
import type { CallRecord } from "@switchyard/shared/domain/call";
import { completionTokensOf, furtherOf, promptTokensOf, type Usage } from "@switchyard/shared/domain/usage";

/** The columns of `switchyard.calls`, absent ones being null; amounts as decimal text, because JSON numbers are doubles. */
export type CallRow = Record<string, unknown> & { readonly id: string; readonly workspace_id: string };

/** Postgres takes neither NUL nor half a surrogate pair in JSON. */
export const storable = (text: string, lengthMax: number): string =>
  text.length <= lengthMax && text.isWellFormed() && !text.includes("\u0000")
    ? text
    : text.replaceAll("\u0000", "").toWellFormed().slice(0, lengthMax).toWellFormed();

const optional = (text: string | undefined, lengthMax: number): string | undefined => (text === undefined ? undefined : storable(text, lengthMax));
const tenths = (ms: number): number => Math.round(ms * 10) / 10;

/** Nothing for the many calls that have tokens of text alone. */
function addFurtherColumns(row: Record<string, unknown>, usage: Usage): void {
  const further = furtherOf(usage);
  if (!further) return;
  row["further_usage"] = further;
  row["further_prompt_tokens"] = promptTokensOf(usage) - usage.input - usage.cachedInput - usage.cacheWrite;
  row["further_completion_tokens"] = completionTokensOf(usage) - usage.output - usage.reasoning;
}

export function toCallRow(record: CallRecord): CallRow {
  const cost = record.cost.toString();
  // One literal without spreading: its shape is made once, and this happens for every call.
  const row = {
    workspace_id: record.workspaceId,
    id: record.id,
    at: new Date(record.at).toISOString(),
    surface: record.surface,
    outcome: record.outcome,
    http_status: record.httpStatus,
    stream: record.stream,
    key_id: record.keyId,
    user_id: record.userId,
    model_asked: storable(record.modelAsked, 200),
    group_name: record.groupName,
    provider_name: record.providerName,
    model_name: record.modelName,
    attempts: record.attempts.map((one) => (one.detail === undefined ? one : { ...one, detail: storable(one.detail, 500) })),
    route: record.route,
    input_tokens: record.usage.input,
    cached_input_tokens: record.usage.cachedInput,
    cache_write_tokens: record.usage.cacheWrite,
    output_tokens: record.usage.output,
    reasoning_tokens: record.usage.reasoning,
    reported_cost: record.reportedCost?.toString(),
    usage_basis: record.usageBasis,
    usage_suspect: record.usageSuspect,
    price_id: record.priceId,
    held: record.held.toString(),
    cost,
    charged: cost,
    queue_ms: tenths(record.queueMs),
    first_token_ms: record.firstTokenMs === undefined ? undefined : tenths(record.firstTokenMs),
    total_ms: tenths(record.totalMs),
    overhead_ms: tenths(record.overheadMs),
    finish_reason: optional(record.finishReason, 60),
    error_code: record.errorCode,
    error_text: optional(record.errorText, 500),
  };
  addFurtherColumns(row, record.usage);
  return row;
}
