/** Writes server-sent events at the client's pace: backpressure, keep-alive comments, one end. */
import type { ServerResponse } from "node:http";

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};
const KEEP_ALIVE = ": keep-alive\n\n";
export const DONE_FRAME = "data: [DONE]\n\n";

export interface SseOptions {
  /** Silence after which a comment is sent, in milliseconds. */
  readonly keepAliveMs: number;
  /** A client that takes nothing for so long is dropped, in milliseconds. */
  readonly stalledMs: number;
}

/** One response as an event stream. */
export class SseWriter {
  readonly #res: ServerResponse;
  readonly #options: SseOptions;
  readonly #keepAlive: string;
  readonly #timer: NodeJS.Timeout;
  #stopped = false;

  /** Keep-alives begin at once; headers go out with `open` or with the first of them. */
  constructor(res: ServerResponse, options: SseOptions, headersForEarlyOpen: () => Record<string, string>, keepAlive = KEEP_ALIVE) {
    this.#res = res;
    this.#options = options;
    this.#keepAlive = keepAlive;
    this.#timer = setTimeout(() => {
      if (this.#stopped || res.destroyed) return;
      if (!res.headersSent) this.open(headersForEarlyOpen());
      if (!res.writableNeedDrain) res.write(this.#keepAlive);
      this.#timer.refresh();
    }, options.keepAliveMs);
  }

  open(headers: Record<string, string>): void {
    if (this.#res.headersSent) return;
    // The head goes out with the first frames: they are at hand already, and one packet is cheaper than two.
    this.#res.writeHead(200, { ...headers, ...HEADERS });
  }

  /** Resolves when more may be written. @returns false when the client is gone or was dropped for taking nothing. */
  async write(bytes: Buffer | string): Promise<boolean> {
    if (this.#res.destroyed) return false;
    this.#timer.refresh();
    if (this.#res.write(bytes)) return true;
    return this.#drained();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  end(last?: string): void {
    this.stop();
    if (!this.#res.destroyed) this.#res.end(last);
  }

  #drained(): Promise<boolean> {
    const res = this.#res;
    return new Promise((resolve) => {
      const settle = (alive: boolean): void => {
        clearTimeout(timer);
        res.off("drain", drained).off("close", gone);
        if (!alive) res.destroy();
        resolve(alive);
      };
      const drained = (): void => settle(true);
      const gone = (): void => settle(false);
      const timer = setTimeout(gone, this.#options.stalledMs);
      res.on("drain", drained).on("close", gone);
    });
  }
}
