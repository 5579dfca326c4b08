/** Opens sessions by address and password, doing the same work whether the address is known or not. */
import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import type pg from "pg";
import { setPassword } from "@switchyard/db/queries/account";
import type { Database } from "@switchyard/db/schema";
import { failure } from "@switchyard/shared/kernel/failure";
import { toId, type UserId } from "@switchyard/shared/kernel/id";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import type { Clock } from "@switchyard/shared/kernel/time";
import { derivePassword, SALT_BYTES } from "./password.ts";
import { SESSION_TTL_SECONDS, type OpenedSession, type SignIn, type SignInOrigin } from "./session.ts";
import { createSignInThrottle } from "./sign-in-throttle.ts";

export interface SignInPorts {
  /** The request path's. */
  readonly pool: pg.Pool;
  /** Only the worker may set passwords. */
  readonly worker: Kysely<Database>;
  readonly clock: Clock;
  readonly random: (bytes: number) => Buffer;
}

const TOKEN_BYTES = 32;
/** Derivations at once: each takes 32 MiB and a thread of the pool, which has others to serve. */
const DERIVATIONS_MAX = 2;
const WAITING_MAX = 50;

/** A session's token is stored as its SHA-256: whoever reads the table holds no session. */
export const hashSessionToken = (token: string): Buffer => createHash("sha256").update(token).digest();

export function createSignIn(ports: SignInPorts): SignIn {
  const throttle = createSignInThrottle(ports.clock);
  const derive = inTurns(derivePassword);

  const signIn: SignIn["signIn"] = async (credentials, from) => {
    const attempt = throttle.begin({ email: credentials.email, address: from.address });
    if (!attempt.allowed) return refused(failure("too_many_sign_ins", { retryAfterMs: attempt.retryAfterMs }));
    try {
      const salt = await saltOf(ports.pool, credentials.email);
      const derived = await derive(credentials.password, salt);
      if (derived === undefined) return refused(failure("too_many_sign_ins", { retryAfterMs: 1_000 }));
      const token = ports.random(TOKEN_BYTES).toString("base64url");
      const userId = await openSession(ports.pool, { email: credentials.email, derived, token, from });
      if (userId === undefined) return refused(failure("wrong_credentials"));
      attempt.succeeded();
      return ok({ token, userId });
    } catch (cause) {
      attempt.succeeded(); // Our failure is no guess of theirs.
      return refused(failure("service_unavailable", { detail: "sign-in failed", cause }));
    }
  };

  return {
    signIn,
    // The present password is proved by signing in with it: the same throttle, the same work, and a new token besides.
    async changePassword({ userId, email, current, next }, from): Promise<Result<OpenedSession>> {
      const opened = await signIn({ email, password: current }, from);
      if (!opened.ok) return opened;
      const salt = ports.random(SALT_BYTES);
      const derived = await derive(next, salt);
      if (derived === undefined) return refused(failure("too_many_sign_ins", { retryAfterMs: 1_000 }));
      await setPassword(ports.worker, { userId, salt, derived, keepSession: hashSessionToken(opened.value.token) });
      return opened;
    },
  };
}

async function saltOf(pool: pg.Pool, email: string): Promise<Buffer> {
  const found = await pool.query<{ salt: Buffer }>("select access.password_salt($1) as salt", [email]);
  const salt = found.rows[0]?.salt;
  if (salt === undefined) throw new Error("password_salt always answers");
  return salt;
}

async function openSession(pool: pg.Pool, ask: { email: string; derived: Buffer; token: string; from: SignInOrigin }): Promise<UserId | undefined> {
  const found = await pool.query<{ who: string | null }>("select access.sign_in($1, $2, $3, $4, $5, $6) as who", [
    ask.email,
    ask.derived,
    hashSessionToken(ask.token),
    ask.from.userAgent,
    ask.from.address,
    SESSION_TTL_SECONDS,
  ]);
  const who = found.rows[0]?.who;
  return who === null || who === undefined ? undefined : toId("user", who);
}

/** Runs a few at a time and lets a bounded number wait. The returned function answers undefined when too many wait already. */
function inTurns<A extends unknown[], T>(work: (...args: A) => Promise<T>): (...args: A) => Promise<T | undefined> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (...args) => {
    if (running >= DERIVATIONS_MAX) {
      if (waiting.length >= WAITING_MAX) return undefined;
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work(...args);
    } finally {
      // A place is handed on, not given up and taken again.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
