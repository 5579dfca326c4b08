/** Joins a provider's wire to the network: one attempt, from the request to the last part. */
import type {
  AttemptAnswer,
  AttemptTimeouts,
  ChatAsk,
  ChatWire,
  ProviderAdapter,
  ProviderEndpoint,
  ProviderFailure,
  StreamPart,
  StreamReader,
} from "./provider.ts";
import { partsOfReply } from "./reply-parts.ts";
import { BrokenBody, ERROR_BYTES_MAX, REPLY_BYTES_MAX, type Transport, type TransportAnswer, type TransportBody } from "./transport.http.ts";

export const httpAdapter = (wire: ChatWire, transport: Transport): ProviderAdapter => ({
  chat: (ask, endpoint, timeouts, signal) => attempt({ wire, transport, ask, endpoint, timeouts, signal }),
});

interface Attempt {
  readonly wire: ChatWire;
  readonly transport: Transport;
  readonly ask: ChatAsk;
  readonly endpoint: ProviderEndpoint;
  readonly timeouts: AttemptTimeouts;
  readonly signal: AbortSignal;
}

async function attempt({ wire, transport, ask, endpoint, timeouts, signal }: Attempt): Promise<AttemptAnswer> {
  const written = wire.request(ask, endpoint);
  if ("failure" in written) return { kind: "failure", failure: written.failure, bytes: 0 };
  const answer = await transport.send({ baseUrl: endpoint.baseUrl, ...written.upstream, timeouts }, signal);
  if (answer.kind === "failure") return { ...answer, bytes: 0 };
  const { status, body } = answer;
  if (status !== 200) return refusal(wire, answer);
  const isStream = ask.request.stream === true;
  if (isStream && !isWholeJson(answer)) return { kind: "stream", status, parts: partsOf(body, wire.reader(ask)) };
  const whole = await body.whole({ bytesMax: REPLY_BYTES_MAX, cut: false });
  if (!Buffer.isBuffer(whole)) return { kind: "failure", failure: { status, ...whole }, bytes: 0 };
  const read = wire.response(whole, ask);
  if ("failure" in read) return { kind: "failure", failure: read.failure, bytes: whole.length };
  return isStream ? { kind: "stream", status, parts: once(partsOfReply(read.reply, ask)) } : { kind: "reply", status, reply: read.reply, bytes: whole.length };
}

type Answer = Extract<TransportAnswer, { kind: "answer" }>;

/** Some servers answer a request for a stream with a whole answer, or with an error in place of one. */
const isWholeJson = ({ headers }: Answer): boolean => /^application\/(?:problem\+)?json\b/i.test(String(headers["content-type"] ?? ""));

/** An error answer: what can be read of its body tells what it means. */
async function refusal(wire: ChatWire, { status, headers, body }: Answer): Promise<AttemptAnswer> {
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
