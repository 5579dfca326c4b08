/** Gathers the events of a response and writes them down in pieces, so that whoever lost the connection can read on. */

export interface EventPiece {
  /** Counts from zero. */
  readonly piece: number;
  readonly frames: string;
}

export interface EventLogPorts {
  /** Writes one piece down; the same piece may come twice. */
  readonly write: (piece: EventPiece) => Promise<void>;
  /** Runs `then` after `ms`, unless cancelled. */
  readonly later: (ms: number, then: () => void) => { cancel(): void };
  readonly onFailure: (cause: unknown) => void;
}

/** Readers wait so long for news, at most, in milliseconds. */
const FLUSH_MS = 200;
const PIECE_LENGTH = 256 * 1024;
/** Of all events together. Beyond it only the last one is kept: it tells the whole response. */
const LENGTH_MAX = 64 * 1024 * 1024;

export class EventLog {
  readonly #ports: EventLogPorts;
  #gathered = "";
  #length = 0;
  #next = 0;
  /** Cut, but not known to be written. */
  #unwritten: EventPiece[] = [];
  #timer: { cancel(): void } | undefined;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  constructor(ports: EventLogPorts) {
    this.#ports = ports;
  }

  /** @param frames whole frames */
  push(frames: Buffer | string): void {
    if (frames.length === 0 || this.#length + frames.length > LENGTH_MAX) return;
    this.#length += frames.length;
    this.#gathered += typeof frames === "string" ? frames : frames.toString("utf8");
    if (this.#gathered.length >= PIECE_LENGTH) this.#flush();
    else this.#timer ??= this.#ports.later(FLUSH_MS, () => this.#flush());
  }

  /** Ends the log. @returns what is to be written together with the end of the response */
  async close(last: string): Promise<readonly EventPiece[]> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#writing;
    this.#gathered += last;
    this.#cut();
    return this.#unwritten;
  }

  #cut(): void {
    if (this.#gathered === "") return;
    this.#unwritten.push({ piece: this.#next, frames: this.#gathered });
    this.#next += 1;
    this.#gathered = "";
  }

  #flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#cut();
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      if (!this.#isClosed && this.#unwritten.length > 0) this.#timer ??= this.#ports.later(FLUSH_MS, () => this.#flush());
    });
  }

  async #writeAll(): Promise<void> {
    try {
      for (let [piece] = this.#unwritten; piece && !this.#isClosed; [piece] = this.#unwritten) {
        await this.#ports.write(piece);
        this.#unwritten.shift();
      }
    } catch (cause) {
      // It stays for the next time, and at the latest for the end.
      this.#ports.onFailure(cause);
    }
  }
}
