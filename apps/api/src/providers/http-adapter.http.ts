/** Joins a provider's wire to the network: one attempt, from the request to the last part. */
import { setTimeout as sleep } from "node:timers/promises";
import type {
  Ask,
  AttemptAnswer,
  AttemptTimeouts,
  Operation,
  Preparation,
  Prepared,
  ProviderAdapter,
  ProviderEndpoint,
  ProviderFailure,
  ProviderWires,
  StepAnswer,
  StreamPart,
  StreamReader,
  UpstreamRequest,
  Wire,
} from "./provider.ts";
import { BrokenBody, ERROR_BYTES_MAX, REPLY_BYTES_MAX, type Transport, type TransportAnswer, type TransportBody } from "./transport.http.ts";

export const httpAdapter = (wires: ProviderWires, transport: Transport): ProviderAdapter => ({
  speaks: (operation) => wires[operation] !== undefined,
  ask: async (ask, endpoint, timeouts, signal) => {
    const wire = wires[ask.operation] as Wire<typeof ask.operation> | undefined;
    if (!wire) return { kind: "failure", failure: { kind: "not_found", detail: `this kind of provider has no ${ask.operation}` }, bytes: 0 };
    return attempt({ wire, transport, ask, endpoint, timeouts, signal });
  },
});

interface Attempt<O extends Operation> {
  readonly wire: Wire<O>;
  readonly transport: Transport;
  readonly ask: Ask<O>;
  readonly endpoint: ProviderEndpoint;
  readonly timeouts: AttemptTimeouts;
  readonly signal: AbortSignal;
}

async function attempt<O extends Operation>({ wire, transport, ask, endpoint, timeouts, signal }: Attempt<O>): Promise<AttemptAnswer> {
  const prepared = wire.prepare ? await prepare({ wire, transport, ask, endpoint, timeouts, signal }) : undefined;
  if (prepared !== undefined && "failure" in prepared) return { kind: "failure", failure: prepared.failure, bytes: 0 };
  const written = wire.request(ask, endpoint, prepared?.reference);
  if ("failure" in written) return { kind: "failure", failure: written.failure, bytes: 0 };
  const answer = await transport.send({ baseUrl: endpoint.baseUrl, ...written.upstream, timeouts: withPatience(timeouts, wire, written.upstream) }, signal);
  if (answer.kind === "failure") return { ...answer, bytes: 0 };
  return { ...(await read(wire, ask, answer)), headers: answer.headers };
}

/** What a step may answer with: it is about a file, not the file. */
const STEP_BYTES_MAX = 256 * 1024;

/** Carries out a wire's steps, one after the other. */
async function prepare<O extends Operation>({ wire, transport, ask, endpoint, timeouts, signal }: Attempt<O>): Promise<Prepared> {
  const steps = wire.prepare?.(ask, endpoint);
  if (!steps) return { reference: undefined };
  let step = steps.next();
  while (step.done !== true) {
    const answer = await takeStep(step.value, transport, withPatience(timeouts, wire, "send" in step.value ? step.value.send : NO_HEADERS), signal);
    if ("kind" in answer) return { failure: answer };
    step = steps.next(answer);
  }
  return step.value;
}

const NO_HEADERS = { headers: {} };
const WAITED: StepAnswer = { status: 0, headers: {}, body: Buffer.alloc(0) };

async function takeStep(step: Preparation, transport: Transport, timeouts: AttemptTimeouts, signal: AbortSignal): Promise<StepAnswer | ProviderFailure> {
  if ("waitMs" in step) {
    // A call that ends meanwhile is told by the next step's connection.
    await sleep(step.waitMs, undefined, { signal }).catch(() => undefined);
    return WAITED;
  }
  const url = new URL(step.send.url);
  const { headers, body, method } = step.send;
  const answer = await transport.send({ baseUrl: url.origin, path: url.pathname + url.search, headers, body, method, timeouts }, signal);
  if (answer.kind === "failure") return answer.failure;
  const whole = await answer.body.whole({ bytesMax: STEP_BYTES_MAX, cut: true });
  return Buffer.isBuffer(whole) ? { status: answer.status, headers: answer.headers, body: whole } : whole;
}

async function read<O extends Operation>(wire: Wire<O>, ask: Ask<O>, answer: Answer): Promise<AttemptAnswer> {
  const { status, body } = answer;
  if (status !== 200) return refusal(wire, answer);
  if (ask.stream && wire.reader && !isWholeJson(answer)) return { kind: "stream", status, parts: new Parts(body, wire.reader(ask)) };
  const whole = await body.whole({ bytesMax: wire.replyBytesMax ?? REPLY_BYTES_MAX, cut: false });
  if (!Buffer.isBuffer(whole)) return { kind: "failure", failure: { status, ...whole }, bytes: 0 };
  const told = wire.response(whole, ask, answer.headers);
  if ("failure" in told) return { kind: "failure", failure: told.failure, bytes: whole.length };
  if (!ask.stream) return { kind: "reply", status, reply: told.reply, bytes: whole.length };
  if (wire.retell) return { kind: "stream", status, parts: once(wire.retell(told.reply, ask)) };
  return { kind: "failure", failure: { kind: "protocol", status, detail: "the provider answered whole although a stream was asked for" }, bytes: whole.length };
}

/** No connection to a provider is slower than this for long, in bytes a millisecond. */
const UPLOAD_SPEED_MIN = 250;

/** Pictures take minutes to be made, and a long upload has to be sent before anything can be answered. */
function withPatience(timeouts: AttemptTimeouts, { patienceMs = 0 }: Pick<Wire, "patienceMs">, { headers }: Pick<UpstreamRequest, "headers">): AttemptTimeouts {
  const uploadMs = Math.ceil(Number(headers["content-length"] ?? 0) / UPLOAD_SPEED_MIN);
  return patienceMs + uploadMs === 0 ? timeouts : { ...timeouts, firstByteMs: Math.max(timeouts.firstByteMs, patienceMs) + uploadMs };
}

type Answer = Extract<TransportAnswer, { kind: "answer" }>;

/** Some servers answer a request for a stream with a whole answer, or with an error in place of one. */
const isWholeJson = ({ headers }: Answer): boolean => /^application\/(?:problem\+)?json\b/i.test(String(headers["content-type"] ?? ""));

/** An error answer: what can be read of its body tells what it means. */
async function refusal(wire: Pick<Wire, "failure">, { status, headers, body }: Answer): Promise<AttemptAnswer> {
  const words = await body.whole({ bytesMax: ERROR_BYTES_MAX, cut: true });
  const bytes = Buffer.isBuffer(words) ? words : Buffer.alloc(0);
  return { kind: "failure", failure: wire.failure(status, headers, bytes), bytes: bytes.length };
}

/** Pulls pieces through the reader until it has said its last; a break is told to the reader and becomes the last part. */
class Parts implements AsyncIterableIterator<readonly StreamPart[]> {
  readonly #body: TransportBody;
  readonly #reader: StreamReader;
  #isOver = false;

  constructor(body: TransportBody, reader: StreamReader) {
    this.#body = body;
    this.#reader = reader;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<readonly StreamPart[], undefined>> {
    while (!this.#isOver) {
      const parts = await this.#read();
      const end = parts.at(-1)?.kind;
      if (end === "done") this.#endWell();
      else if (end === "failure") this.#leave();
      if (parts.length > 0) return { done: false, value: parts };
    }
    return OVER;
  }

  /** Leaving the iteration closes the connection. */
  async return(): Promise<IteratorResult<readonly StreamPart[], undefined>> {
    if (!this.#isOver) this.#leave();
    return OVER;
  }

  async #read(): Promise<readonly StreamPart[]> {
    try {
      const piece = await this.#body.read();
      if (piece !== undefined) return this.#reader.push(piece);
      this.#isOver = true;
      return this.#reader.end();
    } catch (error) {
      this.#leave();
      if (!(error instanceof BrokenBody)) throw error;
      return this.#reader.broke(error.failure);
    }
  }

  #leave(): void {
    this.#isOver = true;
    this.#body.close();
  }

  /** After a whole stream the connection can serve again, once its end has been read off; nobody waits for that. */
  #endWell(): void {
    if (!this.#isOver) void drain(this.#body);
    this.#isOver = true;
  }
}

const OVER: IteratorResult<never, undefined> = { done: true, value: undefined };

/** What may follow a stream's last frame before its connection is given up: it should be nothing. */
const TAIL_MS_MAX = 500;
const TAIL_BYTES_MAX = 16 * 1024;

async function drain(body: TransportBody): Promise<void> {
  const timer = setTimeout(() => body.close(), TAIL_MS_MAX);
  let bytes = 0;
  try {
    for (;;) {
      const piece = await body.read();
      if (piece === undefined) return;
      bytes += piece.length;
      if (bytes > TAIL_BYTES_MAX) body.close();
    }
  } catch (error) {
    // The answer was whole: how its connection ended changes nothing any more.
    if (!(error instanceof BrokenBody)) throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function* once(parts: readonly StreamPart[]): AsyncGenerator<readonly StreamPart[]> {
  yield parts;
}
