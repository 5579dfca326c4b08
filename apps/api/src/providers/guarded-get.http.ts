/** Reads something small from elsewhere for an operator: never from a private address, never more or longer than said. */
import { Agent, errors } from "undici";
import { AddressRefused, connectorOf } from "./address-guard.http.ts";

export interface GetRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytesMax: number;
  /** From the first attempt to connect until the last byte, in milliseconds. */
  readonly totalMs: number;
}

/** A redirect is an answer like any other: nothing follows it, so credentials stay with the address they are for. */
export type GetAnswer =
  | { readonly kind: "answer"; readonly status: number; readonly contentType: string; readonly lastModified: string | undefined; readonly text: string }
  | { readonly kind: "failure"; readonly why: "forbidden" | "private" | "unreachable" | "slow" | "large" | "invalid"; readonly detail: string };

export interface GuardedGet {
  get(request: GetRequest): Promise<GetAnswer>;
  close(): Promise<void>;
}

const CONNECT_MS = 5_000;

export function createGuardedGet(options: { readonly allowPrivateAddresses: boolean }): GuardedGet {
  const agent = new Agent({ connections: 4, pipelining: 1, allowH2: false, connect: connectorOf(CONNECT_MS, options.allowPrivateAddresses) });
  return { get: (request) => get(agent, request), close: () => agent.close() };
}

async function get(agent: Agent, { url, headers, bytesMax, totalMs }: GetRequest): Promise<GetAnswer> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) return failed("invalid", "the address is no http or https URL");
  const signal = AbortSignal.timeout(totalMs);
  try {
    const { origin, pathname, search } = new URL(url);
    const answer = await agent.request({
      origin,
      path: pathname + search,
      method: "GET",
      headers: { accept: "application/json", ...headers, "accept-encoding": "identity" },
      headersTimeout: totalMs,
      bodyTimeout: totalMs,
      signal,
    });
    const pieces: Buffer[] = [];
    let bytes = 0;
    for await (const piece of answer.body as AsyncIterable<Buffer>) {
      bytes += piece.length;
      // Leaving the loop closes the connection: an endless answer ends here.
      if (bytes > bytesMax) return failed("large", `more than ${bytesMax} bytes`);
      pieces.push(piece);
    }
    if (answer.headers["content-encoding"] !== undefined) return failed("invalid", "the answer is compressed although that was not asked for");
    return {
      kind: "answer",
      status: answer.statusCode,
      contentType: String(answer.headers["content-type"] ?? ""),
      lastModified: typeof answer.headers["last-modified"] === "string" ? answer.headers["last-modified"] : undefined,
      text: Buffer.concat(pieces).toString("utf8"),
    };
  } catch (error) {
    return failureOf(error, signal);
  }
}

function failureOf(error: unknown, signal: AbortSignal): GetAnswer {
  if (signal.aborted || error instanceof errors.ConnectTimeoutError || error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError)
    return failed("slow", "no whole answer in time");
  for (let cause: unknown = error; cause instanceof Error; { cause } = cause) if (cause instanceof AddressRefused) return failed(cause.why, cause.message);
  // The code, not the message: that may repeat what the other side sent.
  return failed("unreachable", (error as NodeJS.ErrnoException).code ?? "the connection broke");
}

const failed = (why: Extract<GetAnswer, { kind: "failure" }>["why"], detail: string): GetAnswer => ({ kind: "failure", why, detail });
