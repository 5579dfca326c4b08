/** A provider on loopback that does what its script says and keeps its own tally of what was asked, sent and aborted. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Dialect } from "./fake-dialect.ts";
import { readForm } from "./multipart-form.ts";
import { play } from "./fake-player.ts";
import type { Script, Scripted } from "./fake-script.ts";
import { at, tallyOf, type SeenCall, type Tally } from "./fake-tally.ts";

export interface FakeOptions {
  /** What the model list names. */
  readonly models?: readonly string[];
  /** A fixed port on 127.0.0.1; any free one when not given. */
  readonly port?: number;
}

export interface FakeProvider {
  /** The base URL for clients of this provider. */
  readonly url: string;
  readonly port: number;
  readonly tally: Tally;
  /** Scripts for the requests to come, one each, in this order; before rules and default. Not used by model lists and the like. */
  next(...scripts: readonly Scripted<SeenCall>[]): void;
  /** A script for every request of a kind; the latest rule that fits wins. */
  when(fits: (call: SeenCall) => boolean, script: Scripted<SeenCall>): void;
  /** The script for all other requests; "Hello from the fake provider." at first. */
  always(script: Scripted<SeenCall>): void;
  /** Forgets scripts, rules and tally; open answers go on. */
  reset(): void;
  /**
   * Resolves as soon as the tally fits.
   * @throws with the tally when it does not within `limitMs` (20,000).
   */
  until(fits: (tally: Tally) => boolean, limitMs?: number): Promise<void>;
  /** Ends all connections and the server. */
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 256 * 1024 * 1024;
const UNTIL_MAX_MS = 20_000;
const HELLO: Script = { kind: "text", text: "Hello from the fake provider." };

/** Starts a fake of any dialect. `basePath` is only added to `url`; the fake answers on every path. */
export async function startFake(dialect: Dialect, options: FakeOptions, basePath: string): Promise<FakeProvider> {
  let calls: SeenCall[] = [];
  let queue: Scripted<SeenCall>[] = [];
  let rules: { readonly fits: (call: SeenCall) => boolean; readonly script: Scripted<SeenCall> }[] = [];
  let otherwise: Scripted<SeenCall> = HELLO;
  const waiting = new Set<() => void>();
  const changed = (): void => waiting.forEach((check) => check());

  const scriptFor = (call: SeenCall): Script => {
    const rule = rules.findLast((one) => one.fits(call));
    const beside = rule ? undefined : dialect.beside(call);
    if (beside !== undefined) return { kind: "body", body: beside };
    const chosen = queue.shift() ?? rule?.script ?? dialect.otherwise?.(call) ?? otherwise;
    return typeof chosen === "function" ? chosen(call) : chosen;
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const bytes = await readBody(request);
    const call = seen(request, bytes, calls.length);
    calls.push(call);
    changed();
    await play(scriptFor(call), call, dialect, response, changed);
  };
  const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (!request.complete) return; // The client left before its request was whole: there was no call.
      // A mistake in a script: the test sees it in the answer and on the console.
      console.error("fake provider:", error);
      if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
      response.end(String(error));
    });
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(options.port ?? 0, "127.0.0.1", 4_096, done);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the fake provider has no port");

  return {
    url: `http://127.0.0.1:${address.port}${basePath}`,
    port: address.port,
    get tally() {
      return tallyOf(calls);
    },
    next: (...scripts) => void queue.push(...scripts),
    when: (fits, script) => void rules.push({ fits, script }),
    always: (script) => void (otherwise = script),
    reset: () => {
      calls = [];
      queue = [];
      rules = [];
      otherwise = HELLO;
    },
    until: (fits, limitMs = UNTIL_MAX_MS) =>
      new Promise<void>((done, fail) => {
        const finish = (settle: () => void): void => {
          clearTimeout(timer);
          waiting.delete(check);
          settle();
        };
        const check = (): void => {
          if (fits(tallyOf(calls))) finish(done);
        };
        const timer = setTimeout(
          () => finish(() => fail(new Error(`the fake provider's tally did not become what was awaited: ${describe(tallyOf(calls))}`))),
          limitMs,
        );
        waiting.add(check);
        check();
      }),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

const describe = ({ calls: _calls, ...figures }: Tally): string => JSON.stringify(figures);

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX) throw new Error(`the request's body is longer than ${BODY_BYTES_MAX} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function seen(request: IncomingMessage, bytes: Buffer, index: number): SeenCall {
  const form = readForm(request.headers["content-type"] ?? "", bytes);
  const body = form ? Object.fromEntries(form.fields) : parsed(bytes.toString());
  return {
    index,
    method: request.method ?? "",
    path: new URL(request.url ?? "/", "http://fake").pathname,
    headers: request.headers,
    body,
    bodyBytes: bytes.length,
    files: form?.files ?? [],
    receivedAt: Date.now(),
    // Google's wire asks for a stream by the path.
    streamed: at(body, "stream") === true || at(body, "stream") === "true" || (request.url ?? "").includes(":stream"),
    status: 0,
    outcome: "open",
    endedAt: undefined,
    clientClosedAt: undefined,
    bytesWritten: 0,
    contentFrames: 0,
    usage: undefined,
  };
}

/** Not JSON: the text itself is what was sent. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return text;
  }
}
