/** Reads and writes the cookie that carries a session. */
import { SESSION_COOKIE, SESSION_TTL_SECONDS } from "../../identity/session.ts";

/** A token is 32 bytes in base64url. Anything else is no token and asks nobody. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** The session's token among the cookies of a request. */
export function readSessionCookie(header: string | undefined): string | undefined {
  for (const pair of (header ?? "").split(";")) {
    const [name, value] = pair.trim().split("=", 2);
    if (name === SESSION_COOKIE && value !== undefined && TOKEN.test(value)) return value;
  }
  return undefined;
}

/** Lax, so that a link from elsewhere opens the console signed in; changes need more than the cookie anyway. */
const attributes = (secure: boolean): string => `Path=/; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;

export const sessionCookie = (token: string, secure: boolean): string => `${SESSION_COOKIE}=${token}; Max-Age=${SESSION_TTL_SECONDS}; ${attributes(secure)}`;

export const noSessionCookie = (secure: boolean): string => `${SESSION_COOKIE}=; Max-Age=0; ${attributes(secure)}`;
