/** `GET /v1/generation?id=`: one call explained whole, to its own workspace only. */
import type { RequestHandler } from "express";
import type pg from "pg";
import { asPrincipal } from "@switchyard/db/as-principal.pg";
import { getCall, type StoredCallDetail } from "@switchyard/db/queries/calls";
import { getKey } from "@switchyard/db/queries/keys";
import { cachedTokensOf, cacheWriteTokensOf, completionTokensOf, promptTokensOf, USAGE_PARTS } from "@switchyard/shared/domain/usage";
import { failure } from "@switchyard/shared/kernel/failure";
import { formatId, parseId } from "@switchyard/shared/kernel/id";
import { formatUsd } from "@switchyard/shared/kernel/money";
import { snakePrice } from "../../catalog/price-fields.ts";
import { authenticate, type AuthenticatePorts } from "./authenticate.ts";
import { sendFailure } from "./error-body.ts";

export interface GenerationPorts extends AuthenticatePorts {
  readonly pool: pg.Pool;
}

export function generation(ports: GenerationPorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const asked: unknown = req.query["id"];
    if (typeof asked !== "string" || asked === "")
      return sendFailure(res, failure("invalid_request", { param: "id", publicText: "Give one id, as in /v1/generation?id=gen_…" }));
    const id = parseId("call", asked);
    const found =
      id &&
      (await asPrincipal(ports.pool, principal.value, async (tx) => {
        const call = await getCall(tx, id);
        return call && { call, key: call.keyId === undefined ? undefined : await getKey(tx, call.keyId) };
      }));
    if (!found) return sendFailure(res, failure("not_found", { param: "id", publicText: "There is no such generation." }));
    res.json(explain(found.call, found.key?.masked));
  };
}

function explain(call: StoredCallDetail, maskedKey: string | undefined): Record<string, unknown> {
  const { usage, price } = call;
  const prompt = promptTokensOf(usage);
  const completion = completionTokensOf(usage);
  return {
    id: formatId("call", call.id),
    object: "generation",
    created: Math.floor(call.at.getTime() / 1000),
    model: call.model ?? call.modelAsked,
    model_asked: call.modelAsked,
    group: call.group ?? null,
    provider: call.provider ?? null,
    api_key_id: maskedKey ?? null,
    surface: call.surface,
    stream: call.stream,
    outcome: call.outcome,
    status: call.httpStatus,
    finish_reason: call.finishReason ?? null,
    error: call.errorCode === undefined ? null : { code: call.errorCode, message: call.errorText ?? null },
    tokens: {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
      cached_tokens: cachedTokensOf(usage),
      cache_write_tokens: cacheWriteTokensOf(usage),
      reasoning_tokens: usage.reasoning,
      parts: Object.fromEntries(USAGE_PARTS.flatMap((part) => (usage[part] ? [[part, usage[part]]] : []))),
      basis: call.usageBasis,
      suspect: call.usageSuspect,
    },
    cost: {
      total_cost: Number(formatUsd(call.charged)),
      total: formatUsd(call.charged),
      true_cost: formatUsd(call.cost),
      reported_by_provider: call.reportedCost === undefined ? null : formatUsd(call.reportedCost),
      nano_usd: call.charged.toString(),
      currency: "USD",
    },
    latency_ms: Math.round(call.totalMs),
    first_token_ms: call.firstTokenMs ?? null,
    queue_ms: call.queueMs,
    overhead_ms: call.overheadMs,
    attempts: call.attempts,
    route: call.route ?? null,
    price: price
      ? {
          id: formatId("price", price.id),
          effective_at: price.effectiveAt.toISOString(),
          source: price.source,
          ...snakePrice(price),
        }
      : null,
    hold: call.hold
      ? {
          amount: formatUsd(call.hold.amount),
          state: call.hold.state,
          charged: formatUsd(call.hold.charged),
          released: formatUsd(call.hold.amount > call.hold.charged ? call.hold.amount - call.hold.charged : 0n),
          created_at: call.hold.createdAt.toISOString(),
          resolved_at: call.hold.resolvedAt?.toISOString() ?? null,
        }
      : null,
    entries: call.entries.map((entry) => ({
      id: formatId("entry", entry.id),
      at: entry.at.toISOString(),
      kind: entry.kind,
      amount: formatUsd(entry.amount),
      amount_nano_usd: entry.amount.toString(),
    })),
  };
}
