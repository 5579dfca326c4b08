/** Sends one request to a provider and hands its answer back; everything that can go wrong on the way is a value. */
import { Readable } from "node:stream";
import { errors, Pool } from "undici";
import type { AttemptTimeouts, ProviderFailure } from "./provider.ts";
import { AddressRefused, connectorOf } from "./address-guard.http.ts";
import { Exchange, type AnswerHead } from "./exchange.http.ts";
import { redact } from "./redact.ts";

/** Connections kept for one provider; more calls than that wait for a free one. */
const CONNECTIONS_MAX = 256;
/** Providers whose connections are kept; beyond it the one longest unused is closed. */
const POOLS_MAX = 512;
export const REPLY_BYTES_MAX = 32 * 1024 * 1024;
export const ERROR_BYTES_MAX = 64 * 1024;

export interface TransportRequest {
  readonly baseUrl: string;
  readonly method?: "GET" | undefined;
  /** Appended to the base URL, begins with a slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A text, or pieces that are read while they are sent. */
  readonly body: string | (() => AsyncIterable<Buffer>);
  readonly timeouts: AttemptTimeouts;
}

/** A body on its way, read at the reader's pace. */
export interface TransportBody {
  /** The next bytes; undefined at the end. @throws BrokenBody when the connection broke or fell silent */
  read(): Promise<Buffer | undefined>;
  /** The whole body, or why it could not be had; a body over the limit is a `protocol` failure, or cut when `cut` is set. */
  whole(limit: { readonly bytesMax: number; readonly cut: boolean }): Promise<Buffer | ProviderFailure>;
  /** Closes the connection, whatever is still on its way. */
  close(): void;
}

export type TransportAnswer =
  | { readonly kind: "answer"; readonly status: number; readonly headers: AnswerHead["headers"]; readonly body: TransportBody }
  | { readonly kind: "failure"; readonly failure: ProviderFailure };

export interface Transport {
  /** Never rejects for what a provider or the network does. The signal closes the connection at any time. */
  send(request: TransportRequest, signal: AbortSignal): Promise<TransportAnswer>;
  /** Waits for calls under way, then closes every connection. */
  close(): Promise<void>;
}

/** What reading a body throws when the connection broke or fell silent. */
export class BrokenBody extends Error {
  readonly failure: ProviderFailure;
  constructor(failure: ProviderFailure) {
    super(failure.detail ?? failure.kind);
    this.failure = failure;
  }
}

export interface TransportOptions {
  /** Whether providers may live on this host or in private networks; link-local they never do. */
  readonly allowPrivateAddresses: boolean;
}

export function createTransport(options: TransportOptions): Transport {
  const pools = new Map<string, Pool>();
  const poolFor = (origin: string, connectMs: number): Pool => {
    const name = `${origin} ${connectMs}`;
    const known = pools.get(name);
    const pool =
      known ??
      new Pool(origin, {
        connections: CONNECTIONS_MAX,
        pipelining: 1,
        allowH2: false,
        connect: connectorOf(connectMs, options.allowPrivateAddresses),
      });
    if (known) pools.delete(name);
    pools.set(name, pool);
    if (pools.size > POOLS_MAX) closeOldest(pools);
    return pool;
  };
  return {
    send: (request, signal) => send(request, signal, poolFor),
    close: async () => {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((pool) => pool.close()));
    },
  };
}

function closeOldest(pools: Map<string, Pool>): void {
  for (const [name, pool] of pools) {
    pools.delete(name);
    // Calls under way end first; a pool that cannot close any more is closed already.
    pool.close().catch(() => pool.destroy());
    return;
  }
}

async function send(request: TransportRequest, signal: AbortSignal, poolFor: (origin: string, connectMs: number) => Pool): Promise<TransportAnswer> {
  const address = addressOf(request.baseUrl);
  if (typeof address === "string") return failed({ kind: "connection", detail: address });
  if (signal.aborted) return failed({ kind: "connection", detail: ABORTED });
  const { connectMs, firstByteMs, idleMs } = request.timeouts;
  const exchange = new Exchange(signal);
  let isLate = false;
  // Waiting for a free connection counts as well, which the client library would not time.
  const timer = setTimeout(() => {
    isLate = true;
    exchange.close();
  }, connectMs + firstByteMs);
  try {
    poolFor(address.origin, connectMs).dispatch(
      {
        method: request.method ?? "POST",
        path: pathOf(address, request.path),
        headers: { ...request.headers, "accept-encoding": "identity" },
        body: typeof request.body === "string" ? request.body : Readable.from(request.body(), { objectMode: false }),
        headersTimeout: firstByteMs,
        bodyTimeout: idleMs,
      },
      exchange,
    );
    return checked(await exchange.head, exchange, signal);
  } catch (error) {
    return failed(isLate ? { kind: "timeout", detail: "the provider did not begin to answer in time" } : networkFailure(error, signal));
  } finally {
    clearTimeout(timer);
  }
}

const failed = (failure: ProviderFailure): TransportAnswer => ({ kind: "failure", failure });
const ABORTED = "we closed the connection";

interface Address {
  readonly origin: string;
  readonly pathname: string;
  readonly search: string;
}

/** Addresses that were looked at before: there are as many as providers, and reading one takes longer than finding it. */
const addresses = new Map<string, Address | string>();
const ADDRESSES_MAX = 1_024;

function addressOf(baseUrl: string): Address | string {
  const known = addresses.get(baseUrl);
  if (known !== undefined) return known;
  if (addresses.size >= ADDRESSES_MAX) addresses.clear();
  const read = readAddress(baseUrl);
  addresses.set(baseUrl, read);
  return read;
}

/** The parts of a provider's address, or what is wrong with it. */
function readAddress(baseUrl: string): Address | string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) return "the provider's address is no http or https URL";
  if (url.username !== "" || url.password !== "") return "the provider's address must not carry credentials";
  return { origin: url.origin, pathname: url.pathname.replace(/\/+$/, ""), search: url.search };
}

function pathOf({ pathname, search }: Address, path: string): string {
  // Some addresses carry a query of their own, such as Azure's version.
  const query = search === "" || !path.includes("?") ? search : `&${search.slice(1)}`;
  return pathname + path + query;
}

/** A redirect is never followed and a compressed body never opened: both are answers nobody asked for. */
function checked({ status, headers }: AnswerHead, exchange: Exchange, signal: AbortSignal): TransportAnswer {
  const encoding = headers["content-encoding"];
  const refuse = (detail: string): TransportAnswer => {
    exchange.close();
    return failed({ kind: "protocol", status, detail });
  };
  if (status >= 300 && status < 400) return refuse("the provider redirects, which is not followed");
  if (encoding !== undefined && encoding !== "" && encoding !== "identity") return refuse("the provider compressed its answer although it was told not to");
  return { kind: "answer", status, headers, body: new Body(exchange, signal) };
}

class Body implements TransportBody {
  readonly #exchange: Exchange;
  readonly #signal: AbortSignal;

  constructor(exchange: Exchange, signal: AbortSignal) {
    this.#exchange = exchange;
    this.#signal = signal;
  }

  async read(): Promise<Buffer | undefined> {
    try {
      return await this.#exchange.read();
    } catch (error) {
      throw new BrokenBody(networkFailure(error, this.#signal));
    }
  }

  close(): void {
    this.#exchange.close();
  }

  async whole({ bytesMax, cut }: { readonly bytesMax: number; readonly cut: boolean }): Promise<Buffer | ProviderFailure> {
    const kept: Buffer[] = [];
    let length = 0;
    try {
      for (;;) {
        const piece = await this.#exchange.read();
        if (piece === undefined) return kept.length === 1 ? (kept[0] as Buffer) : Buffer.concat(kept, length);
        kept.push(piece);
        length += piece.length;
        if (length <= bytesMax) continue;
        this.close();
        return cut ? Buffer.concat(kept, length).subarray(0, bytesMax) : { kind: "protocol", detail: `the body is longer than ${bytesMax} bytes` };
      }
    } catch (error) {
      return networkFailure(error, this.#signal);
    }
  }
}

/** What an error of the client library means. */
function networkFailure(error: unknown, signal: AbortSignal): ProviderFailure {
  if (signal.aborted) return { kind: "connection", detail: ABORTED };
  if (error instanceof errors.ConnectTimeoutError) return { kind: "timeout", detail: "the provider could not be connected to in time" };
  if (error instanceof errors.HeadersTimeoutError) return { kind: "timeout", detail: "the provider did not begin to answer in time" };
  if (error instanceof errors.BodyTimeoutError) return { kind: "timeout", detail: "the provider fell silent in the middle of its answer" };
  if (error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError)
    return { kind: "protocol", detail: "the provider's answer is no valid HTTP" };
  if (error instanceof errors.ResponseContentLengthMismatchError) return { kind: "protocol", detail: "the provider's answer is shorter than it said" };
  if (error instanceof AddressRefused) return { kind: "connection", detail: error.message };
  return { kind: "connection", detail: redact(`the connection to the provider failed: ${wordsOfError(error)}`) };
}

function wordsOfError(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return error.message === "" ? code : `${code}: ${error.message}`;
}
