/**
 * Hands events from the flow of a call to its door, one at a time: the flow goes on when the door asks for the next one.
 *
 * An async generator says the same, but each of its layers costs several promises an event; this costs two, however deep
 * the flow is when it tells something.
 */
export type Tell<Event> = (event: Event) => Promise<void>;

/** What a flow sees where it told something to a door that had left: its `finally` blocks run, and nobody hears of it. */
class Left extends Error {}

interface Reader<Event> {
  readonly resolve: (step: IteratorResult<Event, undefined>) => void;
  readonly reject: (error: unknown) => void;
}
interface Teller {
  readonly resolve: () => void;
  readonly reject: (left: Left) => void;
}

/** Begins with the first `next`. Leaving the iteration lets the flow end by its `finally` blocks, and waits for them. */
export class EventPipe<Event> implements AsyncIterableIterator<Event, undefined> {
  readonly #flow: (tell: Tell<Event>) => Promise<void>;
  #running: Promise<void> | undefined;
  #reader: Reader<Event> | undefined;
  #teller: Teller | undefined;
  #isOver = false;
  #hasLeft = false;
  #error: { readonly cause: unknown } | undefined;

  constructor(flow: (tell: Tell<Event>) => Promise<void>) {
    this.#flow = flow;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Event, undefined>> {
    if (this.#isOver) return this.#last();
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      const teller = this.#teller;
      this.#teller = undefined;
      if (teller) teller.resolve();
      else this.#running ??= this.#run();
    });
  }

  async return(): Promise<IteratorResult<Event, undefined>> {
    this.#hasLeft = true;
    this.#teller?.reject(new Left());
    this.#teller = undefined;
    if (this.#running) await this.#running;
    else this.#isOver = true;
    return this.#last();
  }

  async #run(): Promise<void> {
    try {
      await this.#flow((event) => this.#tell(event));
    } catch (cause) {
      if (!(cause instanceof Left)) this.#error = { cause };
    }
    this.#isOver = true;
    const reader = this.#reader;
    this.#reader = undefined;
    if (!reader) return;
    if (this.#error) {
      reader.reject(this.#error.cause);
      this.#error = undefined;
    } else reader.resolve(OVER);
  }

  #tell(event: Event): Promise<void> {
    if (this.#hasLeft) return Promise.reject(new Left());
    const reader = this.#reader;
    this.#reader = undefined;
    return new Promise((resolve, reject) => {
      this.#teller = { resolve, reject };
      reader?.resolve({ done: false, value: event });
    });
  }

  /** An error that nobody was waiting for is told once. */
  async #last(): Promise<IteratorResult<Event, undefined>> {
    const error = this.#error;
    this.#error = undefined;
    if (error) throw error.cause;
    return OVER;
  }
}

const OVER: IteratorResult<never, undefined> = { done: true, value: undefined };
