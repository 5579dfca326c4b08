/** The fake provider's own books: what was asked, what was sent, how it ended. The oracle of every money test. */
import type { IncomingHttpHeaders } from "node:http";
import type { SentFile } from "./multipart-form.ts";

/** Tokens as the provider's wire names them; Anthropic's `input` does not contain its cache parts, OpenAI's does. */
export interface ReportedUsage {
  readonly input?: number;
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly reasoning?: number;
}

/** `broken`: the script broke it. `aborted`: the client left before the answer was whole. */
export type CallOutcome = "open" | "completed" | "aborted" | "broken";

/** One request and its answer. Times are milliseconds since 1970. */
export interface SeenCall {
  readonly index: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON, or the fields of a form; the text itself when it is neither. */
  readonly body: unknown;
  readonly bodyBytes: number;
  /** The files of a form. */
  readonly files: readonly SentFile[];
  readonly receivedAt: number;
  /** Whether the body asked for a stream. */
  readonly streamed: boolean;
  status: number;
  outcome: CallOutcome;
  endedAt: number | undefined;
  /** When the client's side of the connection closed before our answer was whole. */
  clientClosedAt: number | undefined;
  /** Bytes of the body handed to the system. */
  bytesWritten: number;
  contentFrames: number;
  /** What was told of usage and really sent; the last word on each figure. */
  usage: ReportedUsage | undefined;
}

export interface Tally {
  readonly calls: readonly SeenCall[];
  readonly requests: number;
  readonly open: number;
  readonly completed: number;
  readonly aborted: number;
  readonly broken: number;
  readonly bytesWritten: number;
  /** Sums over the calls that were completed: what an honest gateway settles. */
  readonly usage: Required<ReportedUsage>;
}

const USAGE_PARTS = ["input", "output", "cacheRead", "cacheWrite", "reasoning"] as const;

export function tallyOf(calls: readonly SeenCall[]): Tally {
  const count = (outcome: CallOutcome) => calls.filter((call) => call.outcome === outcome).length;
  const usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
  for (const call of calls) {
    if (call.outcome !== "completed") continue;
    for (const part of USAGE_PARTS) usage[part] += call.usage?.[part] ?? 0;
  }
  return {
    calls,
    requests: calls.length,
    open: count("open"),
    completed: count("completed"),
    aborted: count("aborted"),
    broken: count("broken"),
    bytesWritten: calls.reduce((sum, call) => sum + call.bytesWritten, 0),
    usage,
  };
}

/** Later words win, figure by figure; what is no count of tokens is not one. */
export function mergeUsage(before: ReportedUsage | undefined, told: Readonly<Record<keyof ReportedUsage, unknown>>): ReportedUsage | undefined {
  const merged: Record<string, number> = { ...before };
  for (const part of USAGE_PARTS) {
    const value = told[part];
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) merged[part] = value;
  }
  return Object.keys(merged).length > 0 ? merged : undefined;
}

/** Reads a property of something that came from outside. */
export const at = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && name in value ? (value as Record<string, unknown>)[name] : undefined;
