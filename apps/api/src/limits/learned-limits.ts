/**
 * What providers say of the room they have left, so that nobody is sent to one that will surely refuse.
 *
 * Providers keep buckets that fill steadily, and tell with each answer: how much fits, how much is left, and when the
 * bucket will be full. Between two answers what is left is therefore estimated: what was told, what has flowed in since,
 * less what was sent since. https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers ,
 * https://docs.anthropic.com/en/api/rate-limits#response-headers , https://console.groq.com/docs/rate-limits
 */
import type { ModelId, ProviderKeyId } from "@switchyard/shared/kernel/id";
import { toEpochMs, type EpochMs } from "@switchyard/shared/kernel/time";

/** Response headers, names in lower case. */
export type LimitHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

type Unit = "requests" | "tokens";
interface Family {
  readonly unit: Unit;
  readonly limit: string;
  readonly remaining: string;
  readonly reset: string;
}

const openAi = (unit: Unit, suffix = ""): Family => ({
  unit,
  limit: `x-ratelimit-limit-${unit}${suffix}`,
  remaining: `x-ratelimit-remaining-${unit}${suffix}`,
  reset: `x-ratelimit-reset-${unit}${suffix}`,
});
const anthropic = (unit: Unit, name: string): Family => ({
  unit,
  limit: `anthropic-ratelimit-${name}-limit`,
  remaining: `anthropic-ratelimit-${name}-remaining`,
  reset: `anthropic-ratelimit-${name}-reset`,
});
/** Output tokens are not among them: what a call will write is not known when it is sent. */
const FAMILIES: readonly Family[] = [
  openAi("requests"),
  openAi("tokens"),
  openAi("requests", "-day"),
  openAi("tokens", "-minute"),
  anthropic("requests", "requests"),
  anthropic("tokens", "input-tokens"),
  { unit: "requests", limit: "x-ratelimit-limit", remaining: "x-ratelimit-remaining", reset: "x-ratelimit-reset" },
];

interface Room {
  readonly unit: Unit;
  readonly limit: number;
  /** At `seenAt`. */
  readonly remaining: number;
  readonly seenAt: EpochMs;
  readonly fullAt: EpochMs;
  /** What was sent since. */
  sent: number;
}

/** A provider that is out of something, and when there will be enough again. */
export interface Exhausted {
  readonly of: Unit;
  readonly until: EpochMs;
}

/** Limits are those of the account a key belongs to: of a model, or where a provider has several keys, of a model at one of them. */
export type LimitsOf = ModelId | `${ProviderKeyId}/${ModelId}`;

/** One program's memory: providers tell each of their callers anew with every answer. */
export class LearnedLimits {
  readonly #rooms = new Map<LimitsOf, Map<Family, Room>>();

  /** Reads an answer's headers, a refusal's too. Without any of these names it costs a few look-ups. */
  learn(of: LimitsOf, headers: LimitHeaders, now: EpochMs): void {
    for (const family of FAMILIES) {
      if (headers[family.remaining] === undefined) continue;
      const room = roomOf(family, headers, now);
      if (!room) continue;
      const rooms = this.#rooms.get(of) ?? new Map<Family, Room>();
      rooms.set(family, room);
      this.#rooms.set(of, rooms);
    }
  }

  /** A call goes out. @param tokens its prompt, as far as is known */
  sent(of: LimitsOf, tokens: number): void {
    for (const room of this.#rooms.get(of)?.values() ?? []) room.sent += room.unit === "requests" ? 1 : tokens;
  }

  /** Whether a call with such a prompt would surely be refused, and until when. */
  exhausted(of: LimitsOf, tokens: number, now: EpochMs): Exhausted | undefined {
    let latest: Exhausted | undefined;
    for (const room of this.#rooms.get(of)?.values() ?? []) {
      if (now >= room.fullAt) continue;
      const need = room.unit === "requests" ? 1 : Math.min(tokens, room.limit);
      const perMs = (room.limit - room.remaining) / (room.fullAt - room.seenAt);
      const short = need - (room.remaining + perMs * (now - room.seenAt) - room.sent);
      if (short <= 0) continue;
      const until = toEpochMs(Math.min(room.fullAt, Math.ceil(perMs > 0 ? now + short / perMs : room.fullAt)));
      if (!latest || until > latest.until) latest = { of: room.unit, until };
    }
    return latest;
  }
}

function roomOf({ unit, limit, remaining, reset }: Family, headers: LimitHeaders, now: EpochMs): Room | undefined {
  const most = countOf(headers[limit]);
  const left = countOf(headers[remaining]);
  const fullAt = instantOf(headers[reset], now);
  // Without all three nothing can be said of a moment later; a provider that lies about them is asked as if it had said nothing.
  if (most === undefined || most === 0 || left === undefined || left > most || fullAt === undefined || fullAt <= now) return undefined;
  return { unit, limit: most, remaining: left, seenAt: now, fullAt, sent: 0 };
}

const textOf = (value: string | readonly string[] | undefined): string | undefined => (typeof value === "string" ? value : value?.[0])?.trim();

function countOf(value: string | readonly string[] | undefined): number | undefined {
  const text = textOf(value);
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

const SPAN = /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;
const SPAN_UNITS_MS = [86_400_000, 3_600_000, 60_000, 1_000, 1];
/** No bucket takes longer to fill; what says so is no time. */
const SPAN_MAX_MS = 31 * 86_400_000;
const EPOCH_SECONDS_MIN = 1_000_000_000;
const EPOCH_MS_MIN = 1_000_000_000_000;

/** A span (`6m0s`, `250ms`, bare seconds), a date, or seconds or milliseconds since 1970. */
function instantOf(value: string | readonly string[] | undefined, now: EpochMs): EpochMs | undefined {
  const text = textOf(value);
  if (text === undefined || text === "") return undefined;
  const at = /^\d+(?:\.\d+)?$/.test(text) ? instantOfNumber(Number(text), now) : (instantOfSpan(text, now) ?? Date.parse(text));
  return Number.isFinite(at) && at - now <= SPAN_MAX_MS ? toEpochMs(Math.ceil(at)) : undefined;
}

function instantOfNumber(number: number, now: EpochMs): number {
  if (number >= EPOCH_MS_MIN) return number;
  return number >= EPOCH_SECONDS_MIN ? number * 1_000 : now + number * 1_000;
}

function instantOfSpan(text: string, now: EpochMs): number | undefined {
  const parts = SPAN.exec(text);
  return parts ? now + SPAN_UNITS_MS.reduce((sum, unit, index) => sum + unit * Number(parts[index + 1] ?? 0), 0) : undefined;
}
