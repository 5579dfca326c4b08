/** Writes server-sent events at the client's pace: backpressure, keep-alive comments, one end. */
import type { ServerResponse } from "node:http";
import { pacedWrite } from "./paced-write.http.ts";

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

  /** Keep-alives begin at once; headers go out with `open`, or without those of the call with the first keep-alive. */
  constructor(res: ServerResponse, options: SseOptions, keepAlive = KEEP_ALIVE) {
    this.#res = res;
    this.#options = options;
    this.#keepAlive = keepAlive;
    this.#timer = setTimeout(() => {
      if (this.#stopped || res.destroyed) return;
      if (!res.headersSent) this.open({});
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
    this.#timer.refresh();
    return pacedWrite(this.#res, bytes, this.#options.stalledMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  end(last?: Buffer | string): void {
    this.stop();
    if (!this.#res.destroyed) this.#res.end(last);
  }
}
