/** Money as whole nano-dollars: 1 USD = 1,000,000,000. No floating point, ever. */

declare const nanoUsd: unique symbol;
export type NanoUsd = bigint & { readonly [nanoUsd]: true };

const NANO_PER_USD = 1_000_000_000n;
/** The largest amount an `int8` column holds, about $9.2 billion. */
export const NANO_USD_MAX = 9_223_372_036_854_775_807n as NanoUsd;

export const nano = (value: bigint): NanoUsd => value as NanoUsd;
export const ZERO_USD = nano(0n);

export const addUsd = (a: NanoUsd, b: NanoUsd): NanoUsd => nano(a + b);
export const subtractUsd = (a: NanoUsd, b: NanoUsd): NanoUsd => nano(a - b);
export const minUsd = (a: NanoUsd, b: NanoUsd): NanoUsd => (a < b ? a : b);
export const maxUsd = (a: NanoUsd, b: NanoUsd): NanoUsd => (a > b ? a : b);

const DECIMAL = /^(-?)(\d{1,10})(?:\.(\d{1,9}))?$/;

/**
 * Reads a decimal dollar string such as `"0.15"` or `"10.00"`.
 * @returns the exact amount, or undefined when it is not a decimal with at most nine fraction digits.
 */
export function parseUsd(text: string): NanoUsd | undefined {
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const [, sign, whole = "0", fraction = ""] = match;
  const amount = BigInt(whole) * NANO_PER_USD + BigInt(fraction.padEnd(9, "0"));
  const signed = sign === "-" ? -amount : amount;
  return amount > NANO_USD_MAX ? undefined : nano(signed);
}

/** As `parseUsd`, for figures of others, which may be finer than a nano-dollar: rounded up. Undefined when negative or no decimal. */
export function parseUsdUp(text: string): NanoUsd | undefined {
  const [, kept = "", rest = ""] = /^(\d{1,10}(?:\.\d{1,9})?)(\d*)$/.exec(text) ?? [];
  const amount = parseUsd(kept);
  return amount === undefined || amount === NANO_USD_MAX ? amount : nano(amount + (/[1-9]/.test(rest) ? 1n : 0n));
}

/** Prints an amount exactly as a decimal dollar string, without trailing zeros beyond two: `"0.025956"`, `"10.00"`. */
export function formatUsd(amount: bigint): string {
  const negative = amount < 0n;
  const absolute = negative ? -amount : amount;
  const whole = absolute / NANO_PER_USD;
  const fraction = (absolute % NANO_PER_USD).toString().padStart(9, "0").replace(/0+$/, "").padEnd(2, "0");
  return `${negative ? "-" : ""}${whole}.${fraction}`;
}

const NANO_PER_CENT = NANO_PER_USD / 100n;

/** An amount in whole cents, rounded `up` or `down`, for sentences: `formatUsd` prints it as `"0.06"`. */
export function inCents(amount: bigint, rounding: "up" | "down"): NanoUsd {
  const below = ((amount % NANO_PER_CENT) + NANO_PER_CENT) % NANO_PER_CENT;
  return nano(amount - below + (rounding === "up" && below > 0n ? NANO_PER_CENT : 0n));
}
