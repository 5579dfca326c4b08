/** `/api/models/estimate-*`: how many tokens a text has and what tokens would cost, before anything is sent. */
import type { Request, RequestHandler, Response } from "express";
import type * as z from "zod";
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import { costOf, tariffOf, type Tariff } from "@switchyard/shared/domain/price";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { NO_USAGE, type Usage } from "@switchyard/shared/domain/usage";
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { formatUsd, type NanoUsd } from "@switchyard/shared/kernel/money";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { countTokens } from "../../catalog/count-tokens.ts";
import { firstIssue, placeOf } from "../../catalog/first-issue.ts";
import { isCallable, type CatalogSnapshot } from "../../catalog/snapshot.ts";
import { resolve } from "../../routing/resolve.ts";
import type { AuthenticatePorts } from "./authenticate.ts";
import { sendFailure } from "./error-body.ts";
import { batchEstimate, costEstimate, tokenEstimate } from "./estimate-inputs.ts";
import { jsonRoute, type Asked } from "./json-route.http.ts";

export interface EstimatePorts extends AuthenticatePorts {
  readonly catalog: { current(): CatalogSnapshot };
}

const BODY_MAX = 2 * 1024 * 1024;
export const estimateTokens = (ports: EstimatePorts): RequestHandler =>
  answering(ports, tokenEstimate, async ({ model, text }, principal) => {
    const found = modelsOf(ports, principal, model, "model");
    if (!found.ok) return found;
    const counts = await Promise.all(found.value.map((one) => countTokens(text, one)));
    return ok({ model, textLength: text.length, estimatedTokens: Math.max(...counts) });
  });

export const estimateCost = (ports: EstimatePorts): RequestHandler =>
  answering(ports, costEstimate, async (ask, principal) => {
    const one = estimate(ports, principal, ask, "modelId");
    return one.ok ? ok(one.value.shown) : one;
  });

export const estimateBatchCost = (ports: EstimatePorts): RequestHandler =>
  answering(ports, batchEstimate, async ({ requests }, principal) => {
    const estimates: Record<string, unknown>[] = [];
    let total = 0n;
    for (const [at, ask] of requests.entries()) {
      const one = estimate(ports, principal, ask, `requests[${at}].modelId`);
      if (!one.ok) return one;
      estimates.push(one.value.shown);
      total += one.value.cost;
    }
    return ok({ estimates, totalEstimatedCost: formatUsd(total), currency: "USD" });
  });

/** Authenticates, reads and checks; a field that is wrong is named. */
function answering<S extends z.ZodType>(
  ports: EstimatePorts,
  schema: S,
  work: (ask: z.output<S>, principal: KeyPrincipal) => Promise<Result<Record<string, unknown>>>,
): RequestHandler {
  const parse = (value: unknown): Result<z.output<S>> => {
    const parsed = schema.safeParse(value);
    return parsed.success ? ok(parsed.data) : refused(issueFailure(parsed.error));
  };
  const answer = async ({ principal, request }: Asked<z.output<S>>, _req: Request, res: Response): Promise<void> => {
    const done = await work(request, principal);
    if (done.ok) res.json(done.value);
    else sendFailure(res, done.failure);
  };
  return jsonRoute(ports, parse, answer, BODY_MAX);
}

function issueFailure(error: z.ZodError): Failure {
  const { path, message } = firstIssue(error);
  const param = placeOf(path);
  return failure("invalid_request", { ...(param ? { param } : {}), publicText: `${param || "The body"}: ${message}.` });
}

/** The models that may answer to this name, priced ones only. */
function modelsOf(ports: EstimatePorts, principal: KeyPrincipal, name: string, param: string): Result<readonly CatalogModel[]> {
  const route = resolve(ports.catalog.current(), principal, name);
  if (!route.ok) return refused({ ...route.failure, param });
  const models = route.value.targets.map(({ model }) => model).filter(isCallable);
  return models.length > 0 ? ok(models) : refused(failure("model_not_found", { param }));
}

interface Estimated {
  readonly cost: NanoUsd;
  readonly shown: Record<string, unknown>;
}

/** Of a group's targets the dearest counts: that is what a call would be held for. */
function estimate(ports: EstimatePorts, principal: KeyPrincipal, ask: z.output<typeof costEstimate>, param: string): Result<Estimated> {
  const found = modelsOf(ports, principal, ask.modelId, param);
  if (!found.ok) return found;
  const cached = ask.cacheReadTokens ?? 0;
  const written = ask.cacheWriteTokens ?? 0;
  const usage: Usage = { ...NO_USAGE, input: ask.inputTokens - cached - written, cachedInput: cached, cacheWrite: written, output: ask.outputTokens };
  const [dearest = expectPriced()] = found.value
    .flatMap(({ price: all }) => {
      const price = all && tariffOf(all, ask.serviceTier);
      return price ? [{ price, cost: costOf(usage, price) }] : [];
    })
    .sort((a, b) => (a.cost < b.cost ? 1 : -1));
  const { price, cost } = dearest;
  return ok({
    cost,
    shown: {
      modelId: ask.modelId,
      inputTokens: ask.inputTokens,
      outputTokens: ask.outputTokens,
      ...(ask.cacheWriteTokens === undefined ? {} : { cacheWriteTokens: written }),
      ...(ask.cacheReadTokens === undefined ? {} : { cacheReadTokens: cached }),
      estimatedCost: formatUsd(cost),
      currency: "USD",
      costBreakdown: {
        inputCost: partCost(usage, price, "input"),
        outputCost: partCost(usage, price, "output"),
        ...(ask.cacheWriteTokens === undefined ? {} : { cacheWriteCost: partCost(usage, price, "cacheWrite") }),
        ...(ask.cacheReadTokens === undefined ? {} : { cacheReadCost: partCost(usage, price, "cachedInput") }),
      },
      pricingModel: price.tiers ? "per_token_tiered" : "per_token",
    },
  });
}

const expectPriced = (): never => {
  throw new Error("callable models are priced");
};

/** What one part adds, at the rates that the whole prompt meets. Each part is rounded up by itself, so that they may sum to a little more. */
function partCost(usage: Usage, price: Tariff, part: "input" | "output" | "cacheWrite" | "cachedInput"): string {
  const prompt = usage.input + usage.cachedInput + usage.cacheWrite;
  const { tiers = [], ...plain } = price;
  const rates = tiers.findLast((tier) => prompt > tier.abovePromptTokens) ?? plain;
  return formatUsd(costOf({ ...NO_USAGE, [part]: usage[part] }, { ...rates, perCall: 0n }));
}
