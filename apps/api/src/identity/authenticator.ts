/** Tells who an API key is, fast enough for every call and never later than two seconds behind the truth. */
import { failure } from "@switchyard/shared/kernel/failure";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { ok, refused, type Refused, type Result } from "@switchyard/shared/kernel/result";
import type { Clock, EpochMs } from "@switchyard/shared/kernel/time";
import { hashApiKey, isKeyShaped } from "./api-key.ts";

/** A key as the database knows it: not revoked, but perhaps disabled or expired. */
export type ResolvedKey = KeyPrincipal;

export interface AuthenticatorPorts {
  /** Finds a key by the SHA-256 of its secret. @throws when the database cannot be asked */
  readonly resolve: (hash: Buffer) => Promise<ResolvedKey | undefined>;
  readonly clock: Clock;
  /** Told of every key that is accepted; on the path of every call, so it has to be next to nothing. */
  readonly onUse?: (principal: KeyPrincipal, at: EpochMs) => void;
  /** How long an answer is believed. */
  readonly ttlMs?: number;
  readonly entriesMax?: number;
  /** How long it is believed that a key does not exist, so that a wrong key does not storm the database. */
  readonly unknownTtlMs?: number;
}

export interface Authenticator {
  /**
   * The principal behind a key; at once when the answer is fresh, else a promise.
   * Failures: `invalid_api_key` (unknown, revoked or expired), `key_disabled`, `service_unavailable`.
   */
  authenticate(token: string): Result<KeyPrincipal> | Promise<Result<KeyPrincipal>>;
  /** Forgets everything: some key has changed. */
  invalidate(): void;
}

const TTL_MS = 2_000;
const UNKNOWN_TTL_MS = 1_000;
const ENTRIES_MAX = 10_000;

const UNKNOWN: Refused = refused(failure("invalid_api_key"));
const DISABLED: Refused = refused(failure("key_disabled"));

interface Known {
  readonly principal: KeyPrincipal;
  readonly accepted: Result<KeyPrincipal>;
  /** Monotonic milliseconds. */
  readonly freshUntil: number;
}

/**
 * The cache is keyed by the token itself: a known token costs one map look-up and no hash. It lives only in memory, is
 * bounded, and forgets its oldest entries first. Unknown tokens have a cache of their own, so that guesses cannot push
 * out the keys in use.
 */
export function createAuthenticator(ports: AuthenticatorPorts): Authenticator {
  const { resolve, clock, onUse, ttlMs = TTL_MS, entriesMax = ENTRIES_MAX, unknownTtlMs = UNKNOWN_TTL_MS } = ports;
  const known = new Map<string, Known>();
  const unknown = new Map<string, number>();
  const asking = new Map<string, Promise<Result<KeyPrincipal>>>();
  let generation = 0;

  const judge = (entry: Known): Result<KeyPrincipal> => {
    const { enabled, expiresAt } = entry.principal;
    const now = clock.now();
    if (expiresAt !== undefined && now >= expiresAt) return UNKNOWN;
    if (!enabled) return DISABLED;
    onUse?.(entry.principal, now);
    return entry.accepted;
  };

  const ask = async (token: string): Promise<Result<KeyPrincipal>> => {
    const askedAt = generation;
    // The age of an answer counts from the question: what changed while it was under way may not be in it.
    const now = clock.monotonic();
    let principal: KeyPrincipal | undefined;
    try {
      principal = await resolve(hashApiKey(token));
    } catch (cause) {
      return refused(failure("service_unavailable", { detail: "the key could not be looked up", cause }));
    }
    if (principal === undefined) {
      if (askedAt === generation) remember(unknown, token, now + unknownTtlMs, entriesMax);
      return UNKNOWN;
    }
    const entry: Known = { principal, accepted: ok(principal), freshUntil: now + ttlMs };
    if (askedAt === generation) remember(known, token, entry, entriesMax);
    return judge(entry);
  };

  return {
    authenticate(token) {
      const entry = known.get(token);
      const now = clock.monotonic();
      if (entry !== undefined && now < entry.freshUntil) return judge(entry);
      const unknownUntil = unknown.get(token);
      if (unknownUntil !== undefined && now < unknownUntil) return UNKNOWN;
      if (!isKeyShaped(token)) return UNKNOWN;
      const running = asking.get(token);
      if (running) return running;
      const answer = ask(token).finally(() => {
        if (asking.get(token) === answer) asking.delete(token);
      });
      asking.set(token, answer);
      return answer;
    },
    invalidate() {
      generation += 1;
      known.clear();
      unknown.clear();
      asking.clear();
    },
  };
}

/** A map remembers the order of insertion: the first is the one refreshed longest ago. */
function remember<T>(entries: Map<string, T>, token: string, value: T, entriesMax: number): void {
  entries.delete(token);
  if (entries.size >= entriesMax) {
    const [oldest] = entries.keys();
    if (oldest !== undefined) entries.delete(oldest);
  }
  entries.set(token, value);
}
