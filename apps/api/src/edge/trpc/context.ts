/** Knows what a procedure may see of the request that carries it: over HTTP and over WebSocket alike. */
import type { TrpcPorts } from "./ports.ts";

/** A WebSocket that carries calls, with what it has open. */
export interface SocketLoad {
  subscriptions: number;
}

export interface TrpcContext {
  readonly ports: TrpcPorts;
  /** As in the answer's `x-request-id`; a WebSocket has one of its own. The console shows it with a refusal, the log with a defect. */
  readonly requestId: string;
  /** The value of the session cookie. */
  readonly sessionToken: string | undefined;
  /** The request comes from a page of ours: its Origin is our own and it carries the console's header. */
  readonly fromConsole: boolean;
  /** Whether the browser reached us by https, so that cookies can be limited to it. */
  readonly secure: boolean;
  readonly address: string;
  readonly userAgent: string;
  /** Sets a cookie of the answer; there is no answer to set one on over WebSocket. */
  readonly setCookie: (cookie: string) => void;
  /** Present when the call came over a WebSocket. */
  readonly socket: SocketLoad | undefined;
}
