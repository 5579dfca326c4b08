/** The schemas of what procedures answer; whatever a row has beyond them never leaves the server. */
import * as z from "zod";
import { CALL_OUTCOMES, PROVIDER_FAILURES, ROUTE_MEANINGS, SKIP_REASONS, SURFACES, type RouteRecord } from "@switchyard/shared/domain/call";
import { CAPABILITIES, PROVIDER_KINDS } from "@switchyard/shared/domain/catalog";
import { LIMIT_KINDS } from "@switchyard/shared/domain/limit";
import { limitsSchema } from "@switchyard/shared/domain/limit-schema";
import { ROLES, SCOPES } from "@switchyard/shared/domain/principal";
import { HEALTH_STATES, KEYWORD_SCOPES, type RoutingSettings } from "@switchyard/shared/domain/routing";
import { SERVICE_TIERS } from "@switchyard/shared/domain/service-tier";
import { STRATEGIES } from "@switchyard/shared/domain/strategy";
import { FURTHER_PARTS, type FurtherPart, type Usage } from "@switchyard/shared/domain/usage";
import type { Account } from "@switchyard/shared/wire/console/account";
import type { CallDetail, CallFacets, CallRow } from "@switchyard/shared/wire/console/calls";
import type { GroupRow } from "@switchyard/shared/wire/console/groups";
import type { CreatedKey, KeyRow } from "@switchyard/shared/wire/console/keys";
import type { WorkspaceLimits, LimitsUsage, LimitUsageRow, PlatformLimitsRow } from "@switchyard/shared/wire/console/limits";
import type { LiveEvent } from "@switchyard/shared/wire/console/live";
import type { Overview, OverviewTotals } from "@switchyard/shared/wire/console/overview";
import type { Page } from "@switchyard/shared/wire/console/page";
import type { PriceRow } from "@switchyard/shared/wire/console/prices";
import type { HealthRow, ModelRow, ProviderKeyRow, ProviderRow } from "@switchyard/shared/wire/console/providers";
import type { EntryRow, Wallet } from "@switchyard/shared/wire/console/wallet";

/** The key is always there, its value may be undefined. */
const maybe = <T extends z.ZodType>(schema: T) => z.union([schema, z.undefined()]);
const count = z.int().min(0);

export const page = <T>(row: z.ZodType<T>): z.ZodType<Page<T>> => z.object({ items: z.array(row), nextCursor: z.string().optional() });

export const account: z.ZodType<Account> = z.object({
  userId: z.string(),
  email: z.string(),
  name: z.string(),
  operator: z.boolean(),
  workspaces: z.array(z.object({ workspaceId: z.string(), name: z.string(), role: z.enum(ROLES) })),
});

const tokens = z.object({ input: count, cachedInput: count, cacheWrite: count, output: count, reasoning: count });
const usage: z.ZodType<Usage> = tokens.extend(
  Object.fromEntries(FURTHER_PARTS.map((part) => [part, count.exactOptional()])) as Record<FurtherPart, z.ZodExactOptional<typeof count>>,
);
const attemptOutcome = z.enum(["ok", "failed", "aborted"]);

const callColumns = {
  id: z.string(),
  at: z.date(),
  surface: z.enum(SURFACES),
  outcome: z.enum(CALL_OUTCOMES),
  failedOver: z.boolean(),
  cached: z.boolean(),
  httpStatus: z.int(),
  stream: z.boolean(),
  modelAsked: z.string(),
  group: maybe(z.string()),
  provider: maybe(z.string()),
  model: maybe(z.string()),
  key: maybe(z.object({ id: z.string(), name: z.string() })),
  usage,
  usageBasis: z.enum(["usage", "estimate", "recovered", "late", "none"]),
  charged: z.bigint(),
  firstTokenMs: maybe(z.number()),
  totalMs: z.number(),
  errorCode: maybe(z.string()),
};

export const callRow: z.ZodType<CallRow> = z.object({ ...callColumns, attempts: z.array(attemptOutcome) });

export const entryRow: z.ZodType<EntryRow> = z.object({
  id: z.string(),
  at: z.date(),
  kind: z.enum(["credit", "usage", "late_usage", "refund", "adjustment"]),
  amount: z.bigint(),
  counterAccount: z.string(),
  callId: maybe(z.string()),
  actor: maybe(z.string()),
  reason: maybe(z.string()),
});

const rates = z.object({
  inputPerMillion: z.bigint(),
  cachedInputPerMillion: z.bigint(),
  cacheWritePerMillion: z.bigint(),
  outputPerMillion: z.bigint(),
  reasoningPerMillion: z.bigint(),
  further: z.partialRecord(z.enum(FURTHER_PARTS), z.bigint()).optional(),
});
const tariff = rates.extend({ perCall: z.bigint(), tiers: z.array(rates.extend({ abovePromptTokens: count })).optional() });
export const priceTermsRow = tariff.extend({ serviceTiers: z.partialRecord(z.enum(SERVICE_TIERS), tariff).optional() });
const priceRow: z.ZodType<PriceRow> = priceTermsRow.extend({ id: z.string(), effectiveAt: z.date(), source: z.string() });

const attempt = z.object({
  provider: z.string(),
  model: z.string(),
  key: z.string().exactOptional(),
  outcome: attemptOutcome,
  failure: z.enum(PROVIDER_FAILURES).exactOptional(),
  status: z.int().exactOptional(),
  startMs: z.number(),
  firstTokenMs: z.number().exactOptional(),
  totalMs: z.number(),
  bytes: z.number(),
  hedge: z.literal(true).exactOptional(),
  serviceTier: z.enum(SERVICE_TIERS).exactOptional(),
  detail: z.string().exactOptional(),
});

export const route: z.ZodType<RouteRecord> = z.object({
  by: z.enum(ROUTE_MEANINGS),
  of: z.enum(["workspace", "platform"]),
  alias: z.string().exactOptional(),
  strategy: z.enum(STRATEGIES).exactOptional(),
  sticky: z.literal(true).exactOptional(),
  order: z.array(z.string()),
  figures: z.array(z.number()).exactOptional(),
  skipped: z
    .array(z.object({ target: z.string(), reason: z.enum(SKIP_REASONS), because: z.string().exactOptional(), until: z.number().exactOptional() }))
    .exactOptional(),
  cached: z.object({ from: z.string(), ageSeconds: z.number() }).exactOptional(),
});

export const callDetail: z.ZodType<CallDetail> = z.object({
  ...callColumns,
  attempts: z.array(attempt),
  route: maybe(route),
  finishReason: maybe(z.string()),
  errorText: maybe(z.string()),
  usageSuspect: z.boolean(),
  queueMs: z.number(),
  overheadMs: z.number(),
  held: z.bigint(),
  cost: z.bigint(),
  reportedCost: maybe(z.bigint()),
  price: maybe(priceRow),
  hold: maybe(
    z.object({ amount: z.bigint(), state: z.enum(["pending", "posted", "voided"]), charged: z.bigint(), createdAt: z.date(), resolvedAt: maybe(z.date()) }),
  ),
  entries: z.array(entryRow),
});

export const callFacets: z.ZodType<CallFacets> = z.object({
  groups: z.array(z.string()),
  providers: z.array(z.string()),
  models: z.array(z.string()),
  keys: z.array(z.object({ id: z.string(), name: z.string() })),
});

const totals = {
  calls: count,
  answered: count,
  failedOver: count,
  cached: count,
  failed: count,
  refused: count,
  aborted: count,
  inputTokens: count,
  cachedInputTokens: count,
  outputTokens: count,
  charged: z.bigint(),
  firstTokenP50Ms: maybe(z.number()),
  firstTokenP95Ms: maybe(z.number()),
  totalP50Ms: maybe(z.number()),
  totalP95Ms: maybe(z.number()),
};
const overviewTotals: z.ZodType<OverviewTotals> = z.object(totals);

export const overview: z.ZodType<Overview> = z.object({
  from: z.date(),
  to: z.date(),
  stepSeconds: count,
  totals: overviewTotals,
  previous: overviewTotals,
  buckets: z.array(z.object({ ...totals, at: z.date() })),
  models: z.array(z.object({ provider: z.string(), model: z.string(), calls: count, charged: z.bigint() })),
  providers: z.array(z.object({ provider: z.string(), attempts: count, failed: count, buckets: z.array(z.object({ attempts: count, failed: count })) })),
});

const restRow = z.object({ since: z.date(), until: z.date(), reason: z.string() });
const providerKeyRow: z.ZodType<ProviderKeyRow> = z.object({
  name: z.string(),
  masked: z.string(),
  weight: z.int(),
  state: z.enum(HEALTH_STATES),
  rest: maybe(restRow),
});
const health: z.ZodType<HealthRow> = z.object({
  state: z.enum(HEALTH_STATES),
  answered: count,
  failed: count,
  lastFailure: maybe(z.object({ at: z.date(), reason: z.string(), status: maybe(z.int()) })),
  lastAnswerAt: maybe(z.date()),
  rest: maybe(restRow),
  firstTokenMs: maybe(z.number()),
  tokensPerSecond: maybe(z.number()),
});

const modelRow: z.ZodType<ModelRow> = z.object({
  health,
  id: z.string(),
  name: z.string(),
  contextWindow: maybe(z.int()),
  maxOutput: maybe(z.int()),
  capabilities: z.array(z.enum(CAPABILITIES)),
  enabled: z.boolean(),
  price: maybe(priceRow),
});

export const providerRow: z.ZodType<ProviderRow> = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(PROVIDER_KINDS),
  baseUrl: maybe(z.string()),
  enabled: z.boolean(),
  shared: z.boolean(),
  hasKey: maybe(z.boolean()),
  keys: maybe(z.array(providerKeyRow)),
  models: z.array(modelRow),
  health: z.enum(HEALTH_STATES),
  resting: maybe(z.object({ until: z.date(), reason: z.string() })),
});

/** Settings were checked when they were written; here they only pass. */
const settings = z.custom<RoutingSettings>((value) => typeof value === "object" && value !== null);

export const groupRow: z.ZodType<GroupRow> = z.object({
  id: z.string(),
  name: z.string(),
  strategy: z.enum(STRATEGIES),
  ownStrategy: maybe(z.enum(STRATEGIES)),
  shared: z.boolean(),
  fromFile: z.boolean(),
  revision: z.string(),
  settings,
  failureKeywords: z.array(z.object({ text: z.string(), scope: z.enum(KEYWORD_SCOPES) })),
  targets: z.array(
    z.object({
      provider: z.string(),
      model: z.string(),
      priority: z.int(),
      weight: z.int(),
      enabled: z.boolean(),
      health,
      priced: z.boolean(),
      price: maybe(priceRow),
    }),
  ),
});

export const keyRow: z.ZodType<KeyRow> = z.object({
  id: z.string(),
  name: z.string(),
  masked: z.string(),
  state: z.enum(["active", "disabled", "expired", "revoked"]),
  scopes: z.array(z.enum(SCOPES)),
  groups: maybe(z.array(z.string())),
  limits: limitsSchema,
  cacheSeconds: maybe(z.int()),
  budget: maybe(z.object({ cap: z.bigint(), used: z.bigint(), held: z.bigint(), windowDays: maybe(z.int()) })),
  expiresAt: maybe(z.date()),
  createdAt: z.date(),
  lastUsedAt: maybe(z.date()),
});

export const workspaceLimits: z.ZodType<WorkspaceLimits> = z.object({
  workspace: limitsSchema,
  members: z.array(z.object({ id: z.string(), email: z.string(), role: z.enum(ROLES), limits: limitsSchema })),
});

const limitUsageRow: z.ZodType<LimitUsageRow> = z.object({
  kind: z.enum(LIMIT_KINDS),
  windowSeconds: z.int(),
  used: z.number(),
  freeAt: maybe(z.date()),
  shared: z.boolean(),
});
const ownerUsage = z.array(z.object({ id: z.string(), usage: z.array(limitUsageRow) }));
export const limitsUsage: z.ZodType<LimitsUsage> = z.object({ workspace: z.array(limitUsageRow), members: ownerUsage, keys: ownerUsage });

export const platformLimitsRow: z.ZodType<PlatformLimitsRow> = z.object({
  address: limitsSchema,
  providers: z.array(z.object({ id: z.string(), name: z.string(), limits: limitsSchema, usage: z.array(limitUsageRow) })),
});

export const createdKey: z.ZodType<CreatedKey> = z.object({ key: keyRow, secret: z.string() });

export const wallet: z.ZodType<Wallet> = z.object({ posted: z.bigint(), held: z.bigint(), available: z.bigint(), frozen: z.boolean(), openHolds: count });

export const liveEvent: z.ZodType<LiveEvent> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("gap") }),
  z.object({ kind: z.literal("call.finished"), call: callRow }),
  z.object({ kind: z.literal("balance.changed") }),
  z.object({ kind: z.literal("config.changed") }),
  z.object({ kind: z.literal("provider.health") }),
]);
