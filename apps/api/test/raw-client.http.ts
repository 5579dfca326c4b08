/** Writes bytes to the server as no well-behaved client would, and reads whatever comes back. */
import { connect, type Socket } from "node:net";

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; of a repeated one the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RawExchange {
  /** Every answer that came, in order. */
  readonly answers: readonly RawAnswer[];
  /** Whether the server ended the connection within the limit. */
  readonly closed: boolean;
  readonly milliseconds: number;
}

export interface RawOptions {
  /** How long to read, in milliseconds; ends earlier when the server closes. */
  readonly limitMs?: number;
  /** Called once connected, to write more than the first bytes; it may write for as long as the socket lives. */
  readonly more?: (socket: Socket) => void;
}

const LIMIT_MS = 8_000;

/** Sends `bytes` as they are and reads until the server closes, or until the limit. */
export function rawExchange(port: number, bytes: string | Buffer, { limitMs = LIMIT_MS, more }: RawOptions = {}): Promise<RawExchange> {
  return new Promise((done) => {
    const begun = performance.now();
    const pieces: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1" });
    const finish = (closed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      done({ answers: answersIn(Buffer.concat(pieces).toString("latin1")), closed, milliseconds: performance.now() - begun });
    };
    const timer = setTimeout(() => finish(false), limitMs);
    socket.on("connect", () => {
      socket.write(bytes);
      more?.(socket);
    });
    socket.on("data", (piece) => void pieces.push(piece));
    socket.on("error", () => undefined); // A reset is one way to close; "close" follows.
    socket.on("close", () => finish(true));
  });
}

/** Reads answers with a content-length one after the other; what has none lasts until the end. */
function answersIn(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  for (;;) {
    const end = rest.indexOf("\r\n\r\n");
    if (!rest.startsWith("HTTP/1.") || end === -1) return answers;
    const [statusLine = "", ...lines] = rest.slice(0, end).split("\r\n");
    const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
    const length = headers["content-length"] === undefined ? undefined : Number(headers["content-length"]);
    const body = length === undefined ? rest.slice(end + 4) : rest.slice(end + 4, end + 4 + length);
    answers.push({ status: Number(statusLine.split(" ")[1]), headers, body });
    rest = rest.slice(end + 4 + body.length);
  }
}

/** A request's head with the usual lines; `close` so that the end of the answer is the end of the connection. */
export const rawRequest = (line: string, headers: readonly string[] = [], body = ""): string =>
  `${line}\r\n${["host: localhost", "connection: close", ...headers].join("\r\n")}\r\n\r\n${body}`;
