/** Finds and ends sessions in Postgres, believing an answer for one second. */
import type pg from "pg";
import { failure } from "@switchyard/shared/kernel/failure";
import { toId } from "@switchyard/shared/kernel/id";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { toEpochMs, type Clock } from "@switchyard/shared/kernel/time";
import type { Sessions, SignedIn } from "./session.ts";
import { hashSessionToken } from "./sign-in.pg.ts";

/** With the second that live sockets wait between their questions, a session that ended is noticed within two. */
const TTL_MS = 1_000;
const ENTRIES_MAX = 5_000;

/** A database that hangs is given up after this many milliseconds. */
const RESOLVE = { query_timeout: 2_000, name: "resolve_session", text: "select user_id, email, name, operator, expires_at from access.resolve_session($1)" };

interface Remembered {
  readonly answer: Promise<Result<SignedIn | undefined>>;
  /** Monotonic milliseconds. */
  readonly freshUntil: number;
}

/** @param pool the request path's */
export function createSessions(pool: pg.Pool, clock: Clock): Sessions {
  // The promise itself is remembered, so that a page's twenty queries ask once.
  const remembered = new Map<string, Remembered>();

  const ask = async (token: string): Promise<Result<SignedIn | undefined>> => {
    try {
      return ok(await find(pool, token));
    } catch (cause) {
      remembered.delete(token);
      return refused(failure("service_unavailable", { detail: "the session could not be looked up", cause }));
    }
  };

  return {
    async resolve(token) {
      const now = clock.monotonic();
      const before = remembered.get(token);
      if (before !== undefined && now < before.freshUntil) return unlessExpired(await before.answer, clock);
      const answer = ask(token);
      remembered.delete(token);
      remembered.set(token, { answer, freshUntil: now + TTL_MS });
      const [oldest] = remembered.size > ENTRIES_MAX ? remembered.keys() : [];
      if (oldest !== undefined) remembered.delete(oldest);
      return answer;
    },
    async end(token) {
      await pool.query("select access.end_session($1)", [hashSessionToken(token)]);
      remembered.delete(token);
    },
    forget: (token) => void remembered.delete(token),
  };
}

const unlessExpired = (answer: Result<SignedIn | undefined>, clock: Clock): Result<SignedIn | undefined> =>
  answer.ok && answer.value !== undefined && answer.value.expiresAt <= clock.now() ? ok(undefined) : answer;

async function find(pool: pg.Pool, token: string): Promise<SignedIn | undefined> {
  const found = await pool.query<{ user_id: string; email: string; name: string; operator: boolean; expires_at: Date }>({
    ...RESOLVE,
    values: [hashSessionToken(token)],
  });
  const row = found.rows[0];
  return row && { userId: toId("user", row.user_id), email: row.email, name: row.name, operator: row.operator, expiresAt: toEpochMs(row.expires_at.getTime()) };
}
