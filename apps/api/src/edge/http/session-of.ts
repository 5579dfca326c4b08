/** What a caller says belongs together, so that its calls find their provider's cache warm. */
import type { IncomingHttpHeaders } from "node:http";

/**
 * In the order in which they are believed. `x-session-id` and `x-session-affinity` are the general ones;
 * `x-claude-code-session-id` and `session-id` are what Claude Code and Codex send.
 */
const HEADERS = ["x-session-id", "x-session-affinity", "x-claude-code-session-id", "session-id"] as const;
/** A longer text is told apart by its beginning alone. */
const LENGTH_MAX = 256;

/** @returns undefined when the caller says nothing */
export function sessionOf(headers: IncomingHttpHeaders): string | undefined {
  for (const name of HEADERS) {
    const value = headers[name];
    const text = (Array.isArray(value) ? value[0] : value)?.trim();
    if (text) return text.slice(0, LENGTH_MAX);
  }
  return undefined;
}
