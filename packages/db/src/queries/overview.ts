/** Adds up a span of calls: totals, the span before, every bucket, the models' mix and the providers' attempts. */
import { sql } from "kysely";
import type { Overview, OverviewRange, OverviewTotals } from "@switchyard/shared/wire/console";
import type { PrincipalTx } from "../as-principal.pg.ts";
import { FAILED_OVER, withinTime } from "./calls.ts";

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
  const backMs = span.bucketCount * span.stepSeconds * 1_000;
  const before: OverviewSpan = { ...span, from: new Date(span.from.getTime() - backMs), to: new Date(span.to.getTime() - backMs) };
  const now = await sums(tx, span, true);
  const previous = await sums(tx, before, false);
  return {
    from: span.from,
    to: span.to,
    stepSeconds: span.stepSeconds,
    totals: now.totals,
    previous: previous.totals,
    buckets: everyBucket(span).map((at, index) => ({ at, ...(now.buckets.get(index) ?? NOTHING) })),
    models: await modelMix(tx, span),
    providers: await providerAttempts(tx, span),
  };
}

const NOTHING: OverviewTotals = {
  calls: 0, answered: 0, failedOver: 0, failed: 0, refused: 0, aborted: 0, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, charged: 0n,
  firstTokenP50Ms: undefined, firstTokenP95Ms: undefined, totalP50Ms: undefined, totalP95Ms: undefined,
};

const everyBucket = (span: OverviewSpan): Date[] => Array.from({ length: span.bucketCount }, (_, index) => new Date(span.from.getTime() + index * span.stepSeconds * 1_000));

const bucketOf = (span: OverviewSpan) => sql<number>`floor((extract(epoch from c.at) - ${span.from.getTime() / 1_000}::numeric) / ${span.stepSeconds})::int`;

interface SumColumns {
  bucket: number | null;
  calls: number;
  answered: number;
  failed_over: number;
  failed: number;
  refused: number;
  aborted: number;
  input_tokens: string | null;
  cached_input_tokens: string | null;
  output_tokens: string | null;
  charged: string | null;
  first_token: (number | null)[] | null;
  total: (number | null)[] | null;
}

/** The totals of a span and, where asked for, of each bucket that has calls: one scan, one sort. */
async function sums(tx: PrincipalTx, span: OverviewSpan, withBuckets: boolean): Promise<{ totals: OverviewTotals; buckets: ReadonlyMap<number, OverviewTotals> }> {
  const sets = withBuckets ? sql`grouping sets ((bucket), ())` : sql`grouping sets (())`;
  const found = await sql<SumColumns>`
    select ${withBuckets ? sql`bucket` : sql`null::int as bucket`}, count(*)::int as calls,
           (count(*) filter (where outcome = 'answered'))::int as answered, (count(*) filter (where failed_over))::int as failed_over,
           (count(*) filter (where outcome = 'failed'))::int as failed, (count(*) filter (where outcome = 'refused'))::int as refused,
           (count(*) filter (where outcome = 'aborted'))::int as aborted,
           sum(input) as input_tokens, sum(cached_input_tokens) as cached_input_tokens, sum(output) as output_tokens, sum(charged) as charged,
           percentile_cont(array[0.5, 0.95]) within group (order by first_token_ms) as first_token,
           percentile_cont(array[0.5, 0.95]) within group (order by answered_ms) as total
      from (select ${bucketOf(span)} as bucket, c.outcome, ${FAILED_OVER} as failed_over, c.input_tokens + c.cached_input_tokens + c.cache_write_tokens as input,
                   c.cached_input_tokens, c.output_tokens + c.reasoning_tokens as output, c.charged, c.first_token_ms,
                   case when c.outcome = 'answered' then c.total_ms end as answered_ms
              from switchyard.calls c where ${withinTime(span.from, span.to)}) x
     group by ${sets}`.execute(tx);
  const buckets = new Map<number, OverviewTotals>();
  let totals = NOTHING;
  for (const row of found.rows) {
    if (row.bucket === null) totals = totalsOf(row);
    else buckets.set(row.bucket, totalsOf(row));
  }
  return { totals, buckets };
}

function totalsOf(row: SumColumns): OverviewTotals {
  return {
    calls: row.calls, answered: row.answered, failedOver: row.failed_over, failed: row.failed, refused: row.refused, aborted: row.aborted,
    inputTokens: Number(row.input_tokens ?? 0), cachedInputTokens: Number(row.cached_input_tokens ?? 0), outputTokens: Number(row.output_tokens ?? 0),
    charged: BigInt(row.charged ?? 0),
    firstTokenP50Ms: row.first_token?.[0] ?? undefined, firstTokenP95Ms: row.first_token?.[1] ?? undefined,
    totalP50Ms: row.total?.[0] ?? undefined, totalP95Ms: row.total?.[1] ?? undefined,
  };
}

/** Calls and money by the model that answered or was tried last, the dearest first. */
async function modelMix(tx: PrincipalTx, span: OverviewSpan): Promise<Overview["models"]> {
  const found = await sql<{ provider: string; model: string; calls: number; charged: string }>`
    select c.provider_name as provider, c.model_name as model, count(*)::int as calls, sum(c.charged) as charged
      from switchyard.calls c where ${withinTime(span.from, span.to)} and c.provider_name is not null and c.model_name is not null
     group by 1, 2 order by sum(c.charged) desc, count(*) desc limit ${MIX_ROWS_MAX}`.execute(tx);
  return found.rows.map((row) => ({ provider: row.provider, model: row.model, calls: row.calls, charged: BigInt(row.charged) }));
}

/** Attempts by provider and bucket. Nearly every call has one attempt, which is read in place; only the others are unfolded. */
async function providerAttempts(tx: PrincipalTx, span: OverviewSpan): Promise<Overview["providers"]> {
  const found = await sql<{ provider: string; bucket: number; attempts: number; failed: number }>`
    with span as (select ${bucketOf(span)} as bucket, c.attempts from switchyard.calls c where ${withinTime(span.from, span.to)} and c.attempts <> '[]'),
    tries as (
      select bucket, attempts -> 0 ->> 'provider' as provider, attempts -> 0 ->> 'outcome' = 'failed' as failed from span where jsonb_array_length(attempts) = 1
      union all
      select s.bucket, one ->> 'provider', one ->> 'outcome' = 'failed' from span s cross join lateral jsonb_array_elements(s.attempts) one where jsonb_array_length(s.attempts) > 1)
    select provider, bucket, count(*)::int as attempts, (count(*) filter (where failed))::int as failed from tries where provider is not null group by 1, 2`.execute(tx);
  const rows = [...Map.groupBy(found.rows, (row) => row.provider)].map(([provider, buckets]) => {
    const filled = Array.from({ length: span.bucketCount }, () => ({ attempts: 0, failed: 0 }));
    for (const { bucket, attempts, failed } of buckets) filled[bucket] = { attempts, failed };
    return {
      provider,
      attempts: buckets.reduce((sum, one) => sum + one.attempts, 0),
      failed: buckets.reduce((sum, one) => sum + one.failed, 0),
      buckets: filled,
    };
  });
  return rows.sort((a, b) => b.attempts - a.attempts || a.provider.localeCompare(b.provider)).slice(0, PROVIDER_ROWS_MAX);
}

