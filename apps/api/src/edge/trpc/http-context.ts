/** Makes a procedure's context out of an HTTP request, be it a call or the beginning of a WebSocket. */
import type { IncomingMessage } from "node:http";
import { CLIENT_HEADER, CLIENT_NAME } from "@switchyard/shared/wire/console/client";
import type { SocketLoad, TrpcContext } from "./context.ts";
import { isOwnOrigin } from "./own-origin.ts";
import type { TrpcPorts } from "./ports.ts";
import { readSessionCookie } from "./session-cookie.ts";

const USER_AGENT_LENGTH_MAX = 400;

export function contextOf(
  ports: TrpcPorts,
  request: IncomingMessage,
  extra: { readonly requestId: string; readonly setCookie: (cookie: string) => void; readonly socket?: SocketLoad },
): TrpcContext {
  const { headers } = request;
  return {
    ports,
    requestId: extra.requestId,
    sessionToken: readSessionCookie(headers.cookie),
    fromConsole: headers[CLIENT_HEADER] === CLIENT_NAME && isOwnOrigin(headers.origin, headers.host, ports.publicUrl),
    secure: ports.publicUrl?.startsWith("https:") ?? false,
    address: ports.clientAddress(request),
    userAgent: (headers["user-agent"] ?? "").slice(0, USER_AGENT_LENGTH_MAX),
    setCookie: extra.setCookie,
    socket: extra.socket,
  };
}
