/** Finds the credential of an API call among its headers. */
import type { IncomingHttpHeaders } from "node:http";
import { failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { isKeyShaped } from "./api-key.ts";

const CREDENTIAL_HEADERS = ["authorization", "x-api-key", "api-key", "x-goog-api-key"] as const;
/** A longer header is nobody's key. */
const HEADER_LENGTH_MAX = 4_096;
const INVALID = refused(failure("invalid_api_key"));

/**
 * The key in `Authorization: Bearer …`, `x-api-key`, `api-key` or `x-goog-api-key`. Some clients send it twice, in two headers, which is
 * fine while both say the same.
 * @param rawHeaders the headers as they were sent, for Node drops a second `authorization` in silence
 * @returns `invalid_api_key` for none, several, another scheme or what no key looks like
 */
export function bearerOf(headers: IncomingHttpHeaders, rawHeaders: readonly string[] = []): Result<string> {
  let key: string | undefined;
  for (const name of CREDENTIAL_HEADERS) {
    const value = headers[name];
    if (value === undefined) continue;
    if (typeof value !== "string" || value.length > HEADER_LENGTH_MAX) return INVALID;
    const given = name === "authorization" ? afterScheme(value) : value.trim();
    if (given === undefined || (key !== undefined && given !== key)) return INVALID;
    key = given;
  }
  if (key === undefined || !isKeyShaped(key) || isRepeated(rawHeaders)) return INVALID;
  return ok(key);
}

function afterScheme(value: string): string | undefined {
  const space = value.indexOf(" ");
  return space === 6 && value.slice(0, space).toLowerCase() === "bearer" ? value.slice(space + 1).trim() : undefined;
}

/** Node keeps the first of several `authorization` headers; which one was meant is not ours to guess. */
function isRepeated(rawHeaders: readonly string[]): boolean {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const raw = rawHeaders[at];
    // The names have 7, 9, 13 or 14 letters: the others need not become lower case.
    if (raw === undefined || (raw.length !== 7 && raw.length !== 9 && raw.length !== 13 && raw.length !== 14)) continue;
    const name = raw.toLowerCase();
    if (name !== "authorization" && name !== "x-api-key" && name !== "api-key" && name !== "x-goog-api-key") continue;
    if (seen.has(name)) return true;
    seen.add(name);
  }
  return false;
}
