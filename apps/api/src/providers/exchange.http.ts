/** One request on its way and its answer, directly on the HTTP client's dispatcher: no stream object stands between the socket and the reader. */
import { errors, type Dispatcher } from "undici";

/** Bytes that wait for their reader before the provider's socket is left unread. */
const WAITING_BYTES_MAX = 64 * 1024;

export interface AnswerHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

interface Waiting {
  readonly resolve: (piece: Buffer | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Hears of one exchange what the dispatcher tells, and hands the body out piece by piece. */
export class Exchange implements Dispatcher.DispatchHandler {
  /** Resolves with the answer's head; rejects when there is none. */
  readonly head: Promise<AnswerHead>;
  readonly #signal: AbortSignal;
  #settleHead!: { readonly resolve: (head: AnswerHead) => void; readonly reject: (error: unknown) => void };
  #controller: Dispatcher.DispatchController | undefined;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #isPaused = false;
  #isOver = false;
  #error: unknown;
  #waiting: Waiting | undefined;
  #isWaking = false;

  /** The signal closes the connection at any time until the body's end. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
    this.head = new Promise((resolve, reject) => {
      this.#settleHead = { resolve, reject };
    });
    signal.addEventListener("abort", this);
  }

  /** The next bytes, all that have come meanwhile at once; undefined at the end. @throws what broke the connection */
  read(): Promise<Buffer | undefined> {
    if (this.#bytes > 0) return Promise.resolve(this.#take());
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#isOver) return ENDED;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Closes the connection unless the answer has come to its end; nothing more is read. */
  close(reason: Error = new errors.RequestAbortedError()): void {
    this.#pieces = [];
    this.#bytes = 0;
    if (this.#isOver) return;
    this.#break(reason);
    // A request that still waits for a connection is given up when its turn comes.
    this.#controller?.abort(reason);
  }

  /** The signal's event. */
  handleEvent(): void {
    this.close();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new errors.RequestAbortedError());
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: AnswerHead["headers"]): void {
    if (status >= 200) this.#settleHead.resolve({ status, headers });
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#isOver || piece.length === 0) return;
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes > WAITING_BYTES_MAX) {
      this.#isPaused = true;
      controller.pause();
    }
    this.#wake();
  }

  onResponseEnd(): void {
    this.#over();
    this.#wake();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#break(error);
  }

  #break(error: unknown): void {
    if (this.#isOver) return;
    this.#error = error;
    this.#over();
    this.#settleHead.reject(error);
    this.#wake();
  }

  #over(): void {
    this.#isOver = true;
    this.#signal.removeEventListener("abort", this);
  }

  /** The reader goes on after everything that one packet held has been heard. */
  #wake(): void {
    if (this.#waiting === undefined || this.#isWaking) return;
    this.#isWaking = true;
    queueMicrotask(() => {
      this.#isWaking = false;
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (waiting === undefined) return;
      if (this.#bytes > 0) waiting.resolve(this.#take());
      else if (this.#error !== undefined) waiting.reject(this.#error);
      else waiting.resolve(undefined);
    });
  }

  #take(): Buffer {
    const pieces = this.#pieces;
    const taken = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, this.#bytes);
    this.#pieces = [];
    this.#bytes = 0;
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#controller?.resume();
    }
    return taken;
  }
}

const ENDED = Promise.resolve(undefined);
