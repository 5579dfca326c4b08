/** Instants and durations, which never share a type; the clock is a port. */

declare const epochMs: unique symbol;
declare const durationMs: unique symbol;

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number & { readonly [epochMs]: true };
/** A span of time in milliseconds. */
export type DurationMs = number & { readonly [durationMs]: true };

export const toEpochMs = (value: number): EpochMs => value as EpochMs;
export const toDurationMs = (value: number): DurationMs => value as DurationMs;
export const since = (start: EpochMs, end: EpochMs): DurationMs => (end - start) as DurationMs;
export const after = (start: EpochMs, span: DurationMs): EpochMs => (start + span) as EpochMs;

/**
 * `now` is wall time, for what is stored and shown; `monotonic` never goes backwards, for what is measured.
 * Neither decides about money: that is Postgres' own clock.
 */
export interface Clock {
  now(): EpochMs;
  monotonic(): number;
}
