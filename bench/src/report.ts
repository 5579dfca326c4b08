/** How the figures are told: ratios first, since they survive a change of machine; absolute figures after. */
import type { Figures, Variant } from "./measure.ts";
import type { Audit } from "./switchyard.process.ts";

export type Results = Partial<Record<Variant["name"], Figures>>;

/** A promise of the product about its speed, and whether this run kept it; `undefined` when it could not be measured. */
export interface Target {
  readonly what: string;
  readonly wanted: string;
  readonly got: string;
  readonly kept: boolean | undefined;
}

const MIB = 1_048_576;
const NANO_PER_USD = 1e9;
const RPS_OF_PORTKEY = 3;
const ADDED_P50_MAX_MS = 1.5;
const STREAMS_OF_BARE = 0.6;

const number = (value: number, digits: number): string => (Number.isFinite(value) ? value.toFixed(digits) : "-");
const ratio = (one: number | undefined, other: number | undefined): string =>
  one !== undefined && other !== undefined && other > 0 && Number.isFinite(one) ? `${(one / other).toFixed(2)}x` : "-";

/** A text table; the first column to the left, all others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function ratiosOf(results: Results, titles: ReadonlyMap<string, string>): string {
  const base = results.bare;
  const rows = Object.entries(results).map(([name, one]) => [
    titles.get(name) ?? name,
    ratio(one.requestsPerSecond, base?.requestsPerSecond),
    ratio(one.requestsPerSecond, results.portkey?.requestsPerSecond),
    ratio(one.streamsPerSecond, base?.streamsPerSecond),
    ratio(one.streamsPerSecond, results.portkey?.streamsPerSecond),
    ratio(one.burstsPerSecond, base?.burstsPerSecond),
    ratio(one.burstsPerSecond, results.portkey?.burstsPerSecond),
    name === "direct" ? "-" : `${number(one.addedP50Ms, 2)} ms`,
    name === "direct" ? "-" : `${number(one.addedP99Ms, 2)} ms`,
  ]);
  return table([["", "req/s vs bare", "vs Portkey", "streams/s vs bare", "vs Portkey", "bursts/s vs bare", "vs Portkey", "added p50", "added p99"], ...rows]);
}

export function figuresTable(results: Results, titles: ReadonlyMap<string, string>): string {
  const rows = Object.entries(results).map(([name, one]) => [
    titles.get(name) ?? name,
    number(one.requestsPerSecond, 0),
    number(one.streamsPerSecond, 0),
    number(one.burstsPerSecond, 0),
    number(one.p50Ms, 3),
    number(one.p99Ms, 3),
    Object.entries(one.memory)
      .map(([what, bytes]) => `${what} ${number(bytes / MIB, 0)}`)
      .join(" + ") || "-",
    String(one.failed),
  ]);
  return table([["", "req/s", "streams/s", "bursts/s", "p50 ms", "p99 ms", "memory MiB", "failed"], ...rows]);
}

export function targetsOf(results: Results, audit: Audit | undefined): readonly Target[] {
  const { switchyard, portkey, bare } = results;
  const kept = (holds: boolean | undefined): boolean | undefined => holds;
  const overPortkey = switchyard && portkey ? switchyard.requestsPerSecond / portkey.requestsPerSecond : undefined;
  const ofBare = switchyard && bare ? switchyard.streamsPerSecond / bare.streamsPerSecond : undefined;
  return [
    {
      what: "requests per second against Portkey",
      wanted: `>= ${RPS_OF_PORTKEY}x`,
      got: overPortkey === undefined ? "-" : `${overPortkey.toFixed(2)}x`,
      kept: kept(overPortkey === undefined ? undefined : overPortkey >= RPS_OF_PORTKEY),
    },
    {
      what: "added p50 at one connection",
      wanted: `< ${ADDED_P50_MAX_MS} ms`,
      got: switchyard ? `${number(switchyard.addedP50Ms, 2)} ms` : "-",
      kept: kept(switchyard && switchyard.addedP50Ms < ADDED_P50_MAX_MS),
    },
    {
      what: "streams per second against the bare proxy",
      wanted: `>= ${STREAMS_OF_BARE * 100} %`,
      got: ofBare === undefined ? "-" : `${(ofBare * 100).toFixed(0)} %`,
      kept: kept(ofBare === undefined ? undefined : ofBare >= STREAMS_OF_BARE),
    },
    {
      what: "records and cents missing",
      wanted: "none",
      got: audit === undefined ? "-" : audit.differences.length === 0 ? "none" : `${audit.differences.length} differences`,
      kept: audit && audit.differences.length === 0,
    },
  ];
}

export function targetsTable(targets: readonly Target[]): string {
  const verdict = (one: Target): string => (one.kept === undefined ? "not measured" : one.kept ? "kept" : "MISSED");
  return table([["target", "wanted", "got", ""], ...targets.map((one) => [one.what, one.wanted, one.got, verdict(one)])]);
}

export function auditText(audit: Audit): string {
  const dollars = (nano: bigint): string => `$${(Number(nano) / NANO_PER_USD).toFixed(6)}`;
  const head = `books: ${audit.calls} calls at the provider, ${audit.entries} entries; ${dollars(audit.chargedNano)} charged, ${dollars(audit.expectedNano)} by the provider's usage`;
  return [head, ...audit.differences.map((one) => `  DIFFERENCE: ${one}`)].join("\n");
}
