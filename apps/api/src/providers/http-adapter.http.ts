/** Joins a provider's wire to the network: one attempt, from the request to the last part. */
import type {
  Ask,
  AttemptAnswer,
  AttemptTimeouts,
  Operation,
  ProviderAdapter,
  ProviderEndpoint,
  ProviderFailure,
  ProviderWires,
  StreamPart,
  StreamReader,
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
  const written = wire.request(ask, endpoint);
  if ("failure" in written) return { kind: "failure", failure: written.failure, bytes: 0 };
  const answer = await transport.send({ baseUrl: endpoint.baseUrl, ...written.upstream, timeouts }, signal);
  if (answer.kind === "failure") return { ...answer, bytes: 0 };
  return { ...(await read(wire, ask, answer)), headers: answer.headers };
}

async function read<O extends Operation>(wire: Wire<O>, ask: Ask<O>, answer: Answer): Promise<AttemptAnswer> {
  const { status, body } = answer;
  if (status !== 200) return refusal(wire, answer);
  if (ask.stream && wire.reader && !isWholeJson(answer)) return { kind: "stream", status, parts: partsOf(body, wire.reader(ask)) };
  const whole = await body.whole({ bytesMax: wire.replyBytesMax ?? REPLY_BYTES_MAX, cut: false });
  if (!Buffer.isBuffer(whole)) return { kind: "failure", failure: { status, ...whole }, bytes: 0 };
  const told = wire.response(whole, ask, answer.headers);
  if ("failure" in told) return { kind: "failure", failure: told.failure, bytes: whole.length };
  if (!ask.stream) return { kind: "reply", status, reply: told.reply, bytes: whole.length };
  if (wire.retell) return { kind: "stream", status, parts: once(wire.retell(told.reply, ask)) };
  return { kind: "failure", failure: { kind: "protocol", status, detail: "the provider answered whole although a stream was asked for" }, bytes: whole.length };
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
async function* partsOf(body: TransportBody, reader: StreamReader): AsyncGenerator<readonly StreamPart[]> {
  let broken: ProviderFailure | undefined;
  let isDone = false;
  const pieces = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await pieces.next().catch((error: unknown) => {
        if (!(error instanceof BrokenBody)) throw error;
        broken = error.failure;
      });
      if (next === undefined || next.done === true) break;
      const parts = reader.push(next.value);
      const end = parts.at(-1)?.kind;
      isDone = end === "done";
      if (parts.length > 0) yield parts;
      if (isDone || end === "failure") return;
    }
    const last = broken === undefined ? reader.end() : reader.broke(broken);
    if (last.length > 0) yield last;
  } finally {
    // After a whole stream the connection can serve again, once its end has been read off; nobody waits for that.
    if (isDone) void drain(body, pieces);
    else await pieces.return?.();
  }
}

/** What may follow a stream's last frame before its connection is given up: it should be nothing. */
const TAIL_MS_MAX = 500;
const TAIL_BYTES_MAX = 16 * 1024;

async function drain(body: TransportBody, pieces: AsyncIterator<Buffer>): Promise<void> {
  const timer = setTimeout(() => body.close(), TAIL_MS_MAX);
  let bytes = 0;
  try {
    for (;;) {
      const next = await pieces.next();
      if (next.done === true) return;
      bytes += next.value.length;
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
