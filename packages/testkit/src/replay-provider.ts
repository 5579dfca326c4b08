/**
 * A provider that plays recorded answers back, on the wire of the provider they were recorded from.
 *
 * The recording is chosen by the model that is asked for; how its bytes are laid out and cut is the `manner`, so that one
 * recording can be told in many ways that all mean the same.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export type ReplayWire = "openai" | "anthropic" | "google";

export interface Recording {
  /** The model's name that asks for it. */
  readonly name: string;
  readonly wire: ReplayWire;
  /** A whole answer's body, when one was recorded. */
  readonly whole?: Buffer;
  /** The JSON of each event of a stream, when one was recorded. */
  readonly events?: readonly string[];
  /** A stream's bytes as they went over the wire, in place of `events`. */
  readonly bytes?: Buffer;
}

/** How a stream's bytes are told. */
export interface Manner {
  readonly lineEnd: "\n" | "\r\n";
  /** A comment line before every event, as keep-alives are. */
  readonly comments: boolean;
  /** Whether the last event is closed by an empty line; some servers just close the connection. */
  readonly finalNewline: boolean;
  /** Bytes to send at a time: all at once, one by one, two pieces cut at a fraction of the whole (0 to 1), or pieces of one size. */
  readonly cut: "none" | "bytes" | number | Pieces;
}

/** Pieces of `size` bytes after a first one of `first` (0 to `size`): with every `first`, there is a cut at every byte. */
export interface Pieces {
  readonly first: number;
  readonly size: number;
  /** Between two of them, so that they arrive apart. */
  readonly pauseMs: number;
}

export const PLAIN: Manner = { lineEnd: "\n", comments: false, finalNewline: true, cut: "none" };

export interface ReplayProvider {
  readonly url: string;
  /** The base URL under which a wire is spoken. */
  baseUrl(wire: ReplayWire): string;
  manner: Manner;
  close(): Promise<void>;
}

export async function startReplay(recordings: readonly Recording[]): Promise<ReplayProvider> {
  const byName = new Map(recordings.map((recording) => [recording.name, recording]));
  const state = { manner: PLAIN };
  const server = createServer((request, response) => {
    answer(byName, state.manner, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
      response.end(String(error));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the replay provider has no port");
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    baseUrl: (wire) => (wire === "anthropic" ? url : wire === "google" ? `${url}/v1beta` : `${url}/v1`),
    get manner() {
      return state.manner;
    },
    set manner(manner) {
      state.manner = manner;
    },
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

async function answer(byName: ReadonlyMap<string, Recording>, manner: Manner, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  const { model, stream } = askedOf(request.url ?? "", body);
  const recording = byName.get(model);
  if (!recording) return void response.writeHead(404, { "content-type": "application/json" }).end(JSON.stringify({ error: { message: `no ${model}` } }));
  if (!stream) {
    if (!recording.whole) throw new Error(`${model} was not recorded whole`);
    return void response.writeHead(200, { "content-type": "application/json" }).end(recording.whole);
  }
  const bytes = streamBytes(recording, manner);
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.socket?.setNoDelay(true);
  for (const piece of piecesOf(bytes, manner.cut)) {
    if (response.destroyed) return;
    response.write(piece);
    // Each piece leaves as a packet of its own.
    if (typeof manner.cut === "object") await new Promise((next) => setTimeout(next, (manner.cut as Pieces).pauseMs));
    else if (manner.cut !== "none") await new Promise((next) => setImmediate(next));
  }
  response.end();
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString("utf8");
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

const GOOGLE_PATH = /\/models\/([^:/?]+):(streamGenerateContent|generateContent)/;

function askedOf(path: string, body: Record<string, unknown>): { readonly model: string; readonly stream: boolean } {
  const google = GOOGLE_PATH.exec(path);
  if (google) return { model: decodeURIComponent(google[1] ?? ""), stream: google[2] === "streamGenerateContent" };
  return { model: String(body["model"]), stream: body["stream"] === true };
}

/** The stream of a recording, laid out in this manner. */
export function streamBytes(recording: Recording, manner: Manner): Buffer {
  const { lineEnd } = manner;
  if (recording.bytes) {
    const text = recording.bytes.toString("utf8").replaceAll("\r\n", "\n").replaceAll("\n", lineEnd);
    return Buffer.from(manner.finalNewline ? text : text.trimEnd());
  }
  const comment = manner.comments ? `: keep-alive${lineEnd}${lineEnd}` : "";
  const frames = (recording.events ?? []).map((event) => {
    const name = recording.wire === "anthropic" ? `event: ${String((JSON.parse(event) as { type?: unknown }).type)}${lineEnd}` : "";
    return `${comment}${name}data: ${event}${lineEnd}${lineEnd}`;
  });
  if (recording.wire === "openai") frames.push(`data: [DONE]${lineEnd}${lineEnd}`);
  const text = frames.join("");
  return Buffer.from(manner.finalNewline ? text : text.trimEnd());
}

function* piecesOf(bytes: Buffer, cut: Manner["cut"]): Iterable<Buffer> {
  if (cut === "none") yield bytes;
  else if (typeof cut === "object") {
    if (cut.first > 0) yield bytes.subarray(0, cut.first);
    for (let at = cut.first; at < bytes.length; at += cut.size) yield bytes.subarray(at, at + cut.size);
  } else if (cut === "bytes") for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
  else {
    const at = Math.floor(bytes.length * cut);
    yield bytes.subarray(0, at);
    yield bytes.subarray(at);
  }
}
