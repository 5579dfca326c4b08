/** The log: one JSON object a line, redacted at the sink, never in the way of a call. */
import pino from "pino";

export interface Log {
  debug(what: string, facts?: Record<string, unknown>): void;
  info(what: string, facts?: Record<string, unknown>): void;
  warn(what: string, facts?: Record<string, unknown>): void;
  error(what: string, facts?: Record<string, unknown>): void;
  flush(): void;
}

export interface LogOptions {
  readonly level: string;
  /** A path, or undefined for standard output. */
  readonly file: string | undefined;
  /** Takes secrets out of every line, whatever wrote it. */
  readonly redact: (line: string) => string;
}

export function createLog({ level, file, redact }: LogOptions): Log {
  const destination = pino.destination({ ...(file === undefined ? { dest: 1 } : { dest: file, mkdir: true }), sync: false, minLength: 0 });
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) }, hooks: { streamWrite: redact } },
    destination,
  );
  const write =
    (method: "debug" | "info" | "warn" | "error") =>
    (what: string, facts: Record<string, unknown> = {}): void =>
      logger[method](facts, what);
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    flush: () => {
      try {
        destination.flushSync();
      } catch {
        // nothing was written yet, or the sink is gone; there is nowhere left to say so
      }
    },
  };
}
