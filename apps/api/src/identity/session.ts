/** Says what is known of a person who is signed in to the console. */
import type { EpochMs } from "@switchyard/shared/kernel/time";
import type { UserId } from "@switchyard/shared/kernel/id";
import type { Result } from "@switchyard/shared/kernel/result";

export interface SignedIn {
  readonly userId: UserId;
  readonly email: string;
  readonly name: string;
  readonly operator: boolean;
  readonly expiresAt: EpochMs;
}

/** The sessions of people, found by their opaque token. */
export interface Sessions {
  /**
   * @returns undefined for no session: unknown, ended or expired, at most two seconds ago.
   * `service_unavailable` when nobody can say.
   */
  resolve(token: string): Promise<Result<SignedIn | undefined>>;
  /** Ends a session, at once on this node. */
  end(token: string): Promise<void>;
  /** Forgets what is remembered of a token. */
  forget(token: string): void;
}

/** A session that was opened; the token is the only copy there is. */
export interface OpenedSession {
  readonly token: string;
  readonly userId: UserId;
}

/** Where an attempt to sign in comes from. */
export interface SignInOrigin {
  readonly address: string;
  readonly userAgent: string;
}

/** Opens sessions by address and password. */
export interface SignIn {
  /** @returns `wrong_credentials` alike for an unknown address and a wrong password; `too_many_sign_ins`; `service_unavailable` */
  signIn(credentials: { readonly email: string; readonly password: string }, from: SignInOrigin): Promise<Result<OpenedSession>>;
  /** Changes a password and ends every session of the person but the new one that it opens. */
  changePassword(
    change: { readonly userId: UserId; readonly email: string; readonly current: string; readonly next: string },
    from: SignInOrigin,
  ): Promise<Result<OpenedSession>>;
}

export const SESSION_COOKIE = "sy_session";
export const SESSION_TTL_SECONDS = 14 * 24 * 3_600;
/** The shortest password that may be set. */
export const PASSWORD_LENGTH_MIN = 12;
/** Longer ones only cost time to derive. */
export const PASSWORD_LENGTH_MAX = 256;
