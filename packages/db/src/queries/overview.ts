/** Adds up a span of calls: totals, the span before, every bucket, the models' mix and the providers' attempts. */
import { sql } from "kysely";
import type { AttemptRecord, CallOutcome } from "@switchyard/shared/domain/call";
import type { Overview, OverviewBucket, OverviewRange, OverviewTotals } from "@switchyard/shared/wire/console/overview";
import type { PrincipalTx } from "../as-principal.pg.ts";
import { CACHED, firstIdAt, withinTime } from "./calls.ts";

const HOUR_S = 3_600;
/** How long each range is and how fine its buckets are, in seconds; the second always divides the first. */
export const OVERVIEW_SPANS: Readonly<Record<OverviewRange, { readonly spanSeconds: number; readonly stepSeconds: number }>> = {
  "1h": { spanSeconds: HOUR_S, stepSeconds: 60 },
  "24h": { spanSeconds: 24 * HOUR_S, stepSeconds: HOUR_S / 2 },
  "7d": { spanSeconds: 7 * 24 * HOUR_S, stepSeconds: 3 * HOUR_S },
  "30d": { spanSeconds: 30 * 24 * HOUR_S, stepSeconds: 12 * HOUR_S },
};

/** Rows of the mix and of the providers, the largest first. */
const MIX_ROWS_MAX = 20;
const PROVIDER_ROWS_MAX = 20;

/** A span that ends now; its buckets begin at whole multiples of the step, so that a chart does not shiver when it is asked again. */
export interface OverviewSpan {
  readonly from: Date;
  readonly to: Date;
  readonly stepSeconds: number;
  readonly bucketCount: number;
}

export function overviewSpan(range: OverviewRange, nowMs: number): OverviewSpan {
  const { spanSeconds, stepSeconds } = OVERVIEW_SPANS[range];
  const stepMs = stepSeconds * 1_000;
  const end = (Math.floor(nowMs / stepMs) + 1) * stepMs;
  return { from: new Date(end - spanSeconds * 1_000), to: new Date(nowMs), stepSeconds, bucketCount: spanSeconds / stepSeconds };
}

/** Everything the overview shows of a span. `previous` is as long and ends one whole range earlier. */
export async function readOverview(tx: PrincipalTx, span: OverviewSpan): Promise<Overview> {
  const { groups, percentiles } = await readSums(tx, span);
  const indexOf = ({ begins }: { begins: string | null }): number =>
    begins === null ? -1 : Math.round((Date.parse(begins) - span.from.getTime()) / (span.stepSeconds * 1_000));
  const current = groups.filter((group) => group.begins !== null);
  const byBucket = Map.groupBy(current, indexOf);
  const percentileOf = new Map(percentiles.filter((row) => row.begins !== null).map((row) => [indexOf(row), row]));
  return {
    from: span.from,
    to: span.to,
    stepSeconds: span.stepSeconds,
    totals: totalsOf(
      current,
      percentiles.find((row) => row.whole),
    ),
    previous: totalsOf(
      groups.filter((group) => group.begins === null),
      percentiles.find((row) => row.begins === null && !row.whole),
    ),
    buckets: Array.from({ length: span.bucketCount }, (_, index): OverviewBucket => ({
      at: new Date(span.from.getTime() + index * span.stepSeconds * 1_000),
      ...totalsOf(byBucket.get(index) ?? [], percentileOf.get(index)),
    })),
    models: modelMix(current),
    providers: providerAttempts(span.bucketCount, current.flatMap(triesOf), indexOf),
  };
}

/** Calls of one bucket that are alike. Sums of amounts and tokens are decimal text: JSON's numbers end at 2^53. */
interface CallGroup {
  /** When the bucket begins, as JSON writes it; null for the whole span before. */
  readonly begins: string | null;
  readonly outcome: CallOutcome;
  readonly provider: string | null;
  readonly model: string | null;
  readonly kept: boolean;
  /** How the only attempt ended; null when there was none, or more than one. */
  readonly only_attempt: AttemptRecord["outcome"] | null;
  /** Who was tried and how it ended, when it was more than one. */
  readonly attempts: readonly { readonly provider: string; readonly outcome: AttemptRecord["outcome"] }[] | null;
  readonly calls: number;
  readonly input: string;
  readonly cached: string;
  readonly output: string;
  readonly charged: string;
}

interface Percentiles {
  /** Of the whole span; `begins` is null then as it is for the span before. */
  readonly whole: boolean;
  readonly begins: string | null;
  readonly first_token: readonly (number | null)[] | null;
  readonly total: readonly (number | null)[] | null;
}

/** Attempts at one provider in one bucket. */
interface Tries {
  readonly begins: string | null;
  readonly provider: string;
  readonly attempts: number;
  readonly failed: number;
}

/** Up to about this many calls percentiles are exact; beyond them they come from so many, chosen by the random end of their ids. */
const PERCENTILE_CALLS_MAX = 40_000;
/**
 * For this one transaction. The planner takes nearly every call for a group of its own and would sort them all; there are
 * a few thousand groups, which fit in this memory.
 */
const PLAN = sql`select set_config('work_mem', '64MB', true), set_config('jit', 'off', true), set_config('enable_sort', 'off', true)`;

/**
 * One statement that reads each call once, whatever is asked of it afterwards: alike calls become one group, which also
 * carries the durations of those that were drawn. Calls with a single attempt, which nearly all are, say by their provider
 * who was tried; only the others' attempts are unfolded.
 */
async function readSums(tx: PrincipalTx, span: OverviewSpan): Promise<{ groups: CallGroup[]; percentiles: Percentiles[] }> {
  const backMs = span.bucketCount * span.stepSeconds * 1_000;
  const before = { from: new Date(span.from.getTime() - backMs), to: new Date(span.to.getTime() - backMs) };
  await PLAN.execute(tx);
  const found = await sql<{ groups: CallGroup[] | null; percentiles: Percentiles[] | null }>`
    with volume as materialized (
      select least(256, ceil(256.0 * ${PERCENTILE_CALLS_MAX} / greatest(count(*), 1)))::int as draws
        from switchyard.calls c where c.id >= ${firstIdAt(before.from.getTime())}::uuid and c.id < ${firstIdAt(span.to.getTime())}::uuid),
    span as (
      select case when c.at >= ${span.from} then date_bin(make_interval(secs => ${span.stepSeconds}), c.at, ${span.from}) end as begins,
             c.outcome, c.provider_name as provider, c.model_name as model, ${CACHED} as kept, c.input_tokens + c.cached_input_tokens + c.cache_write_tokens + coalesce(c.further_prompt_tokens, 0) as input,
             c.cached_input_tokens as cached, c.output_tokens + c.reasoning_tokens + coalesce(c.further_completion_tokens, 0) as output, c.charged, c.first_token_ms,
             case when c.outcome = 'answered' then c.total_ms end as answered_ms, get_byte(uuid_send(c.id), 15) < (select draws from volume) as drawn,
             case when jsonb_array_length(c.attempts) = 1 then case when c.outcome = 'answered' then 'ok' else c.attempts -> 0 ->> 'outcome' end end as only_attempt,
             case when jsonb_array_length(c.attempts) > 1 then (select jsonb_agg(jsonb_build_object('provider', one -> 'provider', 'outcome', one -> 'outcome')) from jsonb_array_elements(c.attempts) one) end as attempts
        from switchyard.calls c
       where (${withinTime(before.from, before.to)}) or (${withinTime(span.from, span.to)})),
    groups as (
      select begins, outcome, provider, model, kept, only_attempt, attempts, count(*) as calls, sum(input)::text as input, sum(cached)::text as cached, sum(output)::text as output,
             sum(charged)::text as charged, array_agg(first_token_ms) filter (where drawn) as first_tokens, array_agg(answered_ms) filter (where drawn) as totals
        from span group by 1, 2, 3, 4, 5, 6, 7),
    drawn as (select begins, one.first_token_ms, one.answered_ms from groups cross join lateral unnest(first_tokens, totals) one(first_token_ms, answered_ms)),
    percentiles as (
      select grouping(begins) = 1 as whole, begins, percentile_cont(array[0.5, 0.95]) within group (order by first_token_ms) as first_token,
             percentile_cont(array[0.5, 0.95]) within group (order by answered_ms) as total
        from drawn where begins is not null group by grouping sets ((begins), ())
      union all
      select false, null, percentile_cont(array[0.5, 0.95]) within group (order by first_token_ms), percentile_cont(array[0.5, 0.95]) within group (order by answered_ms)
        from drawn where begins is null)
    select (select jsonb_agg(g) from (select begins, outcome, provider, model, kept, only_attempt, attempts, calls, input, cached, output, charged from groups) g) as groups,
           (select jsonb_agg(p) from percentiles p) as percentiles`.execute(tx);
  const sums = found.rows[0];
  return { groups: sums?.groups ?? [], percentiles: sums?.percentiles ?? [] };
}

const callsOf = (groups: readonly CallGroup[], wanted: (group: CallGroup) => boolean = () => true): number =>
  groups.reduce((sum, group) => (wanted(group) ? sum + group.calls : sum), 0);
const amountOf = (groups: readonly CallGroup[], part: "input" | "cached" | "output" | "charged"): bigint =>
  groups.reduce((sum, group) => sum + BigInt(group[part]), 0n);

/** As `FAILED_OVER` of the calls' list. */
const failedOver = ({ outcome, attempts }: CallGroup): boolean =>
  outcome === "answered" && attempts !== null && attempts.some((one) => one.outcome === "failed");

function totalsOf(groups: readonly CallGroup[], percentiles: Percentiles | undefined): OverviewTotals {
  const withOutcome = (outcome: CallOutcome): number => callsOf(groups, (group) => group.outcome === outcome);
  return {
    calls: callsOf(groups),
    answered: withOutcome("answered"),
    failedOver: callsOf(groups, failedOver),
    cached: callsOf(groups, ({ kept }) => kept),
    failed: withOutcome("failed"),
    refused: withOutcome("refused"),
    aborted: withOutcome("aborted"),
    inputTokens: Number(amountOf(groups, "input")),
    cachedInputTokens: Number(amountOf(groups, "cached")),
    outputTokens: Number(amountOf(groups, "output")),
    charged: amountOf(groups, "charged"),
    firstTokenP50Ms: percentiles?.first_token?.[0] ?? undefined,
    firstTokenP95Ms: percentiles?.first_token?.[1] ?? undefined,
    totalP50Ms: percentiles?.total?.[0] ?? undefined,
    totalP95Ms: percentiles?.total?.[1] ?? undefined,
  };
}

/** Calls and money by the model that answered or was tried last, the dearest first. */
function modelMix(groups: readonly CallGroup[]): Overview["models"] {
  const rows = [
    ...Map.groupBy(
      groups.filter((group) => group.provider !== null && group.model !== null),
      (group) => JSON.stringify([group.provider, group.model]),
    ).values(),
  ].map((alike) => ({
    provider: alike[0]?.provider ?? "",
    model: alike[0]?.model ?? "",
    calls: callsOf(alike),
    charged: amountOf(alike, "charged"),
  }));
  const nameOf = (row: { provider: string; model: string }): string => `${row.provider}/${row.model}`;
  return rows
    .sort((a, b) => (a.charged === b.charged ? b.calls - a.calls || nameOf(a).localeCompare(nameOf(b)) : a.charged < b.charged ? 1 : -1))
    .slice(0, MIX_ROWS_MAX);
}

function triesOf({ begins, provider, only_attempt, attempts, calls }: CallGroup): Tries[] {
  const tried = attempts ?? (only_attempt === null || provider === null ? [] : [{ provider, outcome: only_attempt }]);
  return tried.map((one) => ({ begins, provider: one.provider, attempts: calls, failed: one.outcome === "failed" ? calls : 0 }));
}

/** Attempts by provider and bucket, the most tried first. */
function providerAttempts(bucketCount: number, tries: readonly Tries[], indexOf: (one: Tries) => number): Overview["providers"] {
  const rows = [...Map.groupBy(tries, (row) => row.provider)].map(([provider, own]) => {
    const buckets = Array.from({ length: bucketCount }, () => ({ attempts: 0, failed: 0 }));
    const whole = { attempts: 0, failed: 0 };
    for (const one of own) {
      for (const counter of [whole, buckets[indexOf(one)]]) {
        if (counter === undefined) continue;
        counter.attempts += one.attempts;
        counter.failed += one.failed;
      }
    }
    return { provider, ...whole, buckets };
  });
  return rows.sort((a, b) => b.attempts - a.attempts || a.provider.localeCompare(b.provider)).slice(0, PROVIDER_ROWS_MAX);
}
