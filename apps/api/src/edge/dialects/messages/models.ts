/** The list of models in Anthropic's shape (https://docs.anthropic.com/en/api/models-list). */
import { failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import type { Offer } from "../../../routing/resolve.ts";

/** Clients that do not page should see everything. */
const PAGE_MAX = 1_000;

type Query = Readonly<Record<string, unknown>>;

/** One page by `limit`, `after_id` and `before_id`; further parameters are ignored. */
export function modelPageOf(offers: readonly Offer[], { limit, after_id: after, before_id: before }: Query): Result<Record<string, unknown>> {
  const size = limit === undefined ? PAGE_MAX : Number(limit);
  if (!Number.isInteger(size) || size < 1 || size > PAGE_MAX)
    return refused(failure("invalid_request", { param: "limit", publicText: `Invalid value for 'limit': expected a whole number from 1 to ${PAGE_MAX}` }));
  const end = before === undefined ? offers.length : offers.findIndex((one) => one.name === before);
  const start = before === undefined ? (after === undefined ? 0 : offers.findIndex((one) => one.name === after) + 1) : Math.max(0, end - size);
  if (end === -1 || (after !== undefined && start === 0)) {
    const param = before === undefined ? "after_id" : "before_id";
    return refused(failure("invalid_request", { param, publicText: `Invalid value for '${param}': there is no such model in this list` }));
  }
  const page = offers.slice(start, Math.min(end, start + size));
  const hasMore = before === undefined ? start + size < end : start > 0;
  return ok({ data: page.map(messagesModelOf), has_more: hasMore, first_id: page[0]?.name ?? null, last_id: page.at(-1)?.name ?? null });
}

/** A group can promise only what each of its targets can. */
export function messagesModelOf({ name, targets }: Offer): Record<string, unknown> {
  const least = (values: readonly (number | undefined)[]): number | null => {
    const known = values.filter((value) => value !== undefined);
    return known.length === 0 ? null : Math.min(...known);
  };
  return {
    type: "model",
    id: name,
    display_name: name,
    // Anthropic's own word for "not known".
    created_at: "1970-01-01T00:00:00Z",
    lifecycle: "active",
    max_input_tokens: least(targets.map(({ model }) => model.contextWindow)),
    max_tokens: least(targets.map(({ model }) => model.maxOutput)),
    capabilities: null,
    line: null,
    deprecated_at: null,
    retires_at: null,
  };
}
