/** Tells the programs of one installation what each of them finds out about the targets. */
import type { HealthNotice } from "./health.ts";

/**
 * Whoever joins is told the rests that have not ended, then everything as it happens, except what it said itself. Nothing
 * is promised: without it each program finds out by itself, a few failed calls later.
 */
export interface HealthShare {
  /** Never throws, never waits. */
  tell(notice: HealthNotice): void;
  close(): Promise<void>;
}
