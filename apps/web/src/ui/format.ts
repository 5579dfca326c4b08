/** How figures look: money, latency, dates and counts, in the reader's language, without ever passing money through a float. */
import { formatUsd } from "@switchyard/shared/kernel/money";
import { ZONE } from "./clock.ts";

/** What stands where nothing is known. Never 0, which would be a claim. */
export const UNKNOWN = "–";

const MINUS = "\u2212";
const NANO_PER_USD = 1_000_000_000n;

const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();
function numbers(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const id = `n ${locale} ${JSON.stringify(options)}`;
  const known = cache.get(id);
  if (known instanceof Intl.NumberFormat) return known;
  const made = new Intl.NumberFormat(locale, options);
  cache.set(id, made);
  return made;
}
function dates(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const id = `d ${locale} ${JSON.stringify(options)}`;
  const known = cache.get(id);
  if (known instanceof Intl.DateTimeFormat) return known;
  const made = new Intl.DateTimeFormat(locale, options);
  cache.set(id, made);
  return made;
}

/** `Intl` reads a decimal string digit by digit, so no amount is ever rounded by a float. */
function usd(amount: bigint, locale: string, digits: { min: number; max: number }): string {
  const format = numbers(locale, {
    style: "currency",
    currency: "USD",
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: digits.min,
    maximumFractionDigits: digits.max,
  });
  return format.format(formatUsd(amount) as `${number}`).replace("-", MINUS);
}

/** An amount in nano-dollars, exact, as it is copied: `"0.025956"`. */
export const exactMoney = (amount: bigint): string => formatUsd(amount);

/** A total in nano-dollars, to the cent: `$148.21`. */
export const totalMoney = (amount: bigint, locale: string): string => usd(amount, locale, { min: 2, max: 2 });

/**
 * What one call cost, in nano-dollars: six decimals under a dollar, four under a hundred, else two. An amount too small for
 * six decimals shows all nine, because "$0.000000" would say that it was free.
 */
export function callMoney(amount: bigint, locale: string): string {
  const size = amount < 0n ? -amount : amount;
  if (size === 0n) return usd(0n, locale, { min: 2, max: 2 });
  if (size < 500n) return usd(amount, locale, { min: 9, max: 9 });
  if (size < NANO_PER_USD) return usd(amount, locale, { min: 6, max: 6 });
  if (size < 100n * NANO_PER_USD) return usd(amount, locale, { min: 4, max: 4 });
  return usd(amount, locale, { min: 2, max: 2 });
}

const CENT = 10_000_000n;
/** A total in nano-dollars to the cent; what is less than a cent is shown like the cost of one call, since "$0.00" would say nothing. */
export const sumMoney = (amount: bigint, locale: string): string => (amount > -CENT && amount < CENT ? callMoney(amount, locale) : totalMoney(amount, locale));

/** A price in nano-dollars per million tokens, with as many decimals as it has: `$0.075`. */
export const priceMoney = (amount: bigint, locale: string): string => usd(amount, locale, { min: 2, max: 9 });

/** An amount in nano-dollars for an axis: two significant digits. Only the axis rounds this much. */
export const axisMoney = (dollars: number, locale: string): string =>
  numbers(locale, {
    style: "currency",
    currency: "USD",
    currencyDisplay: "narrowSymbol",
    notation: "compact",
    minimumFractionDigits: 0,
    maximumSignificantDigits: 2,
  }).format(dollars);

/** Dollars as a float, for the height of a bar and nothing else. */
export const chartDollars = (amount: bigint): number => Number(amount / 1_000n) / 1_000_000;

/** The share of `part` in `whole` from 0 to 1, for the length of a bar. */
export const shareOf = (part: bigint, whole: bigint): number => (whole > 0n ? Number((part * 10_000n) / whole) / 10_000 : 0);

export const count = (value: number, locale: string): string => numbers(locale, {}).format(value);
/** For axes and tiles only; a table shows every digit. */
export const compactCount = (value: number, locale: string): string => numbers(locale, { notation: "compact", maximumFractionDigits: 1 }).format(value);

/** A share from 0 to 1. 100 % only when it is whole: 0.99997 is shown as 99.99 %, not as perfect. */
export function percent(share: number, locale: string): string {
  const shown = share < 1 ? Math.min(share, 0.9999) : share;
  return numbers(locale, { style: "percent", maximumFractionDigits: 2 }).format(shown);
}

/** Milliseconds: whole ones under a second, then seconds with two decimals. */
export function latency(ms: number | undefined, locale: string): string {
  if (ms === undefined) return UNKNOWN;
  const whole = numbers(locale, { style: "unit", unit: "millisecond", unitDisplay: "narrow", maximumFractionDigits: 0 });
  if (ms > 0 && ms < 1) return `<${whole.format(1)}`;
  if (ms < 999.5) return whole.format(ms);
  return numbers(locale, { style: "unit", unit: "second", unitDisplay: "narrow", minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(ms / 1_000);
}

/** A share from 0 to 1 without decimals, for parts of a whole. */
export const wholePercent = (share: number, locale: string): string => numbers(locale, { style: "percent", maximumFractionDigits: 0 }).format(share);

const sign = (value: number): string => (value < 0 ? MINUS : "+");

/** How `now` compares with `before`, as signed per cent; undefined when there was nothing to compare with. */
export function changeOf(now: number, before: number, locale: string): string | undefined {
  if (before === 0) return undefined;
  const change = (now - before) / before;
  return `${sign(change)}${numbers(locale, { style: "percent", maximumFractionDigits: 1 }).format(Math.abs(change))}`;
}
/** The distance of two shares in percentage points: `−0.21 pp`. */
export const pointsOf = (now: number, before: number, locale: string): string =>
  `${sign(now - before)}${numbers(locale, { maximumFractionDigits: 2 }).format(Math.abs(now - before) * 100)} pp`;
/** A signed span of milliseconds: `+488ms`. */
export const latencyChange = (now: number, before: number, locale: string): string => `${sign(now - before)}${latency(Math.abs(now - before), locale)}`;

export const dateTime = (at: Date, locale: string): string =>
  dates(locale, { dateStyle: "medium", timeStyle: "medium", hour12: false, timeZone: ZONE }).format(at);
export const day = (at: Date, locale: string): string => dates(locale, { dateStyle: "medium", timeZone: ZONE }).format(at);
export const shortDay = (at: Date, locale: string): string => dates(locale, { month: "short", day: "numeric", timeZone: ZONE }).format(at);
export const hourMinute = (at: Date, locale: string): string =>
  dates(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: ZONE }).format(at);
export const clockTime = (at: Date, locale: string): string =>
  dates(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: ZONE }).format(at);
/** With milliseconds, as the list of calls has it. */
export const preciseTime = (at: Date, locale: string): string =>
  dates(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23", timeZone: ZONE }).format(at);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "3 min. ago" within a day, the date beyond it. Both arguments are milliseconds since 1970. */
export function relative(atMs: number, nowMs: number, locale: string): string {
  const age = nowMs - atMs;
  const words = new Intl.RelativeTimeFormat(locale, { style: "short", numeric: "auto" });
  if (age < MINUTE) return words.format(0, "second");
  if (age < HOUR) return words.format(-Math.floor(age / MINUTE), "minute");
  if (age < DAY) return words.format(-Math.floor(age / HOUR), "hour");
  return day(new Date(atMs), locale);
}
