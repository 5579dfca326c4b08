/**
 * Adds up a span of calls: totals, the span before, every bucket, the models' mix and the providers' attempts. What is summed
 * up by half hours already (`call_sums`, `call_times`) is taken from there, the rest from the calls themselves.
 */
import { sql, type RawBuilder } from "kysely";
import type { AttemptRecord, CallOutcome } from "@switchyard/shared/domain/call";
import type { Overview, OverviewBucket, OverviewRange, OverviewTotals } from "@switchyard/shared/wire/console/overview";
import type { PrincipalTx } from "../as-principal.pg.ts";
import { percentileOf, type Durations } from "./durations.ts";

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
  const { groups, durations } = await readSums(tx, span);
  const indexOf = ({ begins }: { begins: string | null }): number =>
    begins === null ? -1 : Math.round((Date.parse(begins) - span.from.getTime()) / (span.stepSeconds * 1_000));
  const current = groups.filter((group) => group.begins !== null);
  const took = durations.filter((one) => one.begins !== null);
  const [byBucket, tookByBucket] = [Map.groupBy(current, indexOf), Map.groupBy(took, indexOf)];
  return {
    from: span.from,
    to: span.to,
    stepSeconds: span.stepSeconds,
    totals: totalsOf(current, took),
    previous: totalsOf(
      groups.filter((group) => group.begins === null),
      durations.filter((one) => one.begins === null),
    ),
    buckets: Array.from({ length: span.bucketCount }, (_, index): OverviewBucket => ({
      at: new Date(span.from.getTime() + index * span.stepSeconds * 1_000),
      ...totalsOf(byBucket.get(index) ?? [], tookByBucket.get(index) ?? []),
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

/** Durations of one bucket's calls, counted. */
interface BucketDurations extends Durations {
  readonly begins: string | null;
  readonly what: "first_token" | "total";
}

/** Attempts at one provider in one bucket. */
interface Tries {
  readonly begins: string | null;
  readonly provider: string;
  readonly attempts: number;
  readonly failed: number;
}

/** How long a slot is that calls are summed up by, and those of older calls; they begin at whole multiples of it. */
const SLOT_MS = 30 * 60_000;
const LONG_SLOT_MS = 12 * 3_600_000;
/**
 * For this one transaction. The planner takes nearly every call for a group of its own and would sort them all; there are
 * a few thousand groups, which fit in this memory.
 */
const PLAN = sql`select set_config('work_mem', '64MB', true), set_config('jit', 'off', true), set_config('enable_sort', 'off', true)`;

/** A span in three: up to `fine` it is told by the sums of half days, up to `summed` by those of half hours, from there on by its calls. */
interface Parts {
  readonly from: Date;
  readonly fine: Date;
  readonly summed: Date;
  readonly to: Date;
}

/** @param until up to where calls are summed up; a span whose buckets are finer than the sums is told by its calls alone */
function partsOf(from: Date, to: Date, stepSeconds: number, until: Date | null): Parts {
  const lastSlot = Math.floor(to.getTime() / SLOT_MS) * SLOT_MS;
  const summed = Math.max(from.getTime(), until === null || stepSeconds * 1_000 < SLOT_MS ? 0 : Math.min(until.getTime(), lastSlot));
  const fine = stepSeconds * 1_000 < LONG_SLOT_MS ? 0 : Math.floor(summed / LONG_SLOT_MS) * LONG_SLOT_MS;
  return { from, fine: new Date(Math.max(from.getTime(), fine)), summed: new Date(summed), to };
}

/** One statement for all that has to be read, each call and each sum once; alike calls become one group. */
async function readSums(tx: PrincipalTx, span: OverviewSpan): Promise<{ groups: CallGroup[]; durations: BucketDurations[] }> {
  const backMs = span.bucketCount * span.stepSeconds * 1_000;
  const { rows } = await sql<{ until: Date | null }>`select ledger.summed_until() as until`.execute(tx);
  const until = rows[0]?.until ?? null;
  const now = partsOf(span.from, span.to, span.stepSeconds, until);
  const before = partsOf(new Date(span.from.getTime() - backMs), new Date(span.to.getTime() - backMs), span.stepSeconds, until);
  const begins = (instant: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`case when ${instant} >= ${span.from} then date_bin(make_interval(secs => ${span.stepSeconds}), ${instant}, ${span.from}) end`;
  const facts = ({ summed, to }: Parts): RawBuilder<unknown> =>
    sql`select ${begins(sql`f.at`)} as begins, f.* from switchyard.call_facts((select access.current_workspace()), ${summed}, ${to}) f`;
  const slots = (width: string, from: Date, to: Date): RawBuilder<unknown> => sql`(s.width = ${width}::interval and s.slot >= ${from} and s.slot < ${to})`;
  const summedUp = sql`(${sql.join(
    [now, before].flatMap(({ from, fine, summed }) => [slots("12 hours", from, fine), slots("30 minutes", fine, summed)]),
    sql` or `,
  )})`;
  await PLAN.execute(tx);
  const found = await sql<{ groups: CallGroup[] | null; durations: BucketDurations[] | null }>`
    with facts as materialized (${facts(now)} union all ${facts(before)}),
    parts as (
      select begins, outcome, provider, model, kept, only_attempt, attempts, count(*) as calls, sum(input) as input, sum(cached) as cached, sum(output) as output, sum(charged) as charged
        from facts group by 1, 2, 3, 4, 5, 6, 7
      union all
      select ${begins(sql`s.slot`)}, outcome, provider, model, kept, only_attempt, attempts, sum(calls), sum(input), sum(cached), sum(output), sum(charged)
        from switchyard.call_sums s where ${summedUp} group by 1, 2, 3, 4, 5, 6, 7),
    groups as (
      select begins, outcome, provider, model, kept, only_attempt, attempts, sum(calls)::bigint as calls, sum(input)::text as input, sum(cached)::text as cached,
             sum(output)::text as output, sum(charged)::text as charged
        from parts group by 1, 2, 3, 4, 5, 6, 7),
    counted as (
      select begins, took.what, took.bin, 1 as n from facts cross join lateral (values ('first_token', first_bin), ('total', total_bin)) took(what, bin) where took.bin is not null
      union all
      select ${begins(sql`s.slot`)}, s.what, took.bin, took.n from switchyard.call_times s cross join lateral unnest(s.bins, s.counts) took(bin, n) where ${summedUp}),
    bins as (select begins, what, bin, sum(n)::bigint as n from counted group by 1, 2, 3),
    durations as (select begins, what, array_agg(bin) as bins, array_agg(n) as counts from bins group by 1, 2)
    select (select jsonb_agg(g) from groups g) as groups, (select jsonb_agg(d) from durations d) as durations`.execute(tx);
  const sums = found.rows[0];
  return { groups: sums?.groups ?? [], durations: sums?.durations ?? [] };
}

const callsOf = (groups: readonly CallGroup[], wanted: (group: CallGroup) => boolean = () => true): number =>
  groups.reduce((sum, group) => (wanted(group) ? sum + group.calls : sum), 0);
const amountOf = (groups: readonly CallGroup[], part: "input" | "cached" | "output" | "charged"): bigint =>
  groups.reduce((sum, group) => sum + BigInt(group[part]), 0n);

/** As `FAILED_OVER` of the calls' list. */
const failedOver = ({ outcome, attempts }: CallGroup): boolean =>
  outcome === "answered" && attempts !== null && attempts.some((one) => one.outcome === "failed");

function totalsOf(groups: readonly CallGroup[], durations: readonly BucketDurations[]): OverviewTotals {
  const took = (what: BucketDurations["what"], share: number): number | undefined =>
    percentileOf(
      durations.filter((one) => one.what === what),
      share,
    );
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
    firstTokenP50Ms: took("first_token", 0.5),
    firstTokenP95Ms: took("first_token", 0.95),
    totalP50Ms: took("total", 0.5),
    totalP95Ms: took("total", 0.95),
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
