/** Writes at the client's pace. */
import type { ServerResponse } from "node:http";

/**
 * Resolves when more may be written.
 * @param stalledMs a client that takes nothing for so long is dropped
 * @returns false when the client is gone or was dropped
 */
export function pacedWrite(res: ServerResponse, bytes: Buffer | string, stalledMs: number): boolean | Promise<boolean> {
  if (res.destroyed) return false;
  return res.write(bytes) || drained(res, stalledMs);
}

function drained(res: ServerResponse, stalledMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (alive: boolean): void => {
      clearTimeout(timer);
      res.off("drain", drain).off("close", gone);
      if (!alive) res.destroy();
      resolve(alive);
    };
    const drain = (): void => settle(true);
    const gone = (): void => settle(false);
    const timer = setTimeout(gone, stalledMs);
    res.on("drain", drain).on("close", gone);
  });
}
