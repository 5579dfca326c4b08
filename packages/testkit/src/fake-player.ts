/** Plays one script on one response: frame by frame, with its delays, cuts and breaks, keeping the call's tally. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { constants, createGzip, type Gzip } from "node:zlib";
import type { Dialect, Frame, MadeScript } from "./fake-dialect.ts";
import type { Fault, Point, Script } from "./fake-script.ts";
import { mergeUsage, type SeenCall } from "./fake-tally.ts";

/** A whole body is cut into so many pieces, so that "after n frames" means something for it too. */
const BODY_PIECES = 4;
const FLOOD_PIECE_BYTES = 64 * 1024;

/** Thrown to leave an answer early; how it ended is already in the tally. */
class Left extends Error {}

interface Stage {
  readonly script: Script;
  readonly call: SeenCall;
  readonly dialect: Dialect;
  readonly response: ServerResponse;
  readonly gone: AbortSignal;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly departed: Promise<void>;
  readonly gzip: Gzip | undefined;
  readonly unzipped: Buffer[];
  readonly changed: () => void;
}

/**
 * Answers one request. Resolves when the answer is over, by whatever end.
 * @throws for a script that makes no sense, such as a break after more frames than there are.
 */
export async function play(script: Script, call: SeenCall, dialect: Dialect, response: ServerResponse, changed: () => void): Promise<void> {
  const gone = new AbortController();
  const departed = Promise.withResolvers<void>();
  response.once("close", () => {
    gone.abort();
    departed.resolve();
    if (call.outcome === "open") {
      call.outcome = response.writableFinished ? "completed" : "aborted";
      if (call.outcome === "aborted") call.clientClosedAt = Date.now();
    }
    call.endedAt ??= Date.now();
    changed();
  });
  const gzip = script.gzip ? createGzip() : undefined;
  const unzipped: Buffer[] = [];
  gzip?.on("data", (bytes: Buffer) => unzipped.push(bytes));
  const stage: Stage = { script, call, dialect, response, gone: gone.signal, departed: departed.promise, gzip, unzipped, changed };
  try {
    await answer(stage);
  } catch (error) {
    if (!(error instanceof Left)) throw error;
  }
}

async function answer(stage: Stage): Promise<void> {
  const { script, call, dialect } = stage;
  if ((script.kind === "text" || script.kind === "tools") && call.streamed) return streamOf(stage, arranged(dialect.frames(call, script), script));
  switch (script.kind) {
    case "text":
    case "tools":
      return whole(stage, 200, dialect.body(call, script));
    case "recording":
      return streamOf(stage, [
        ...script.lines.filter((line) => line.trim() !== "").map((line) => dialect.recorded(line)),
        ...(script.omit ? [] : dialect.recordingEnd),
      ]);
    case "body":
      return whole(stage, script.status ?? 200, script.body, script.contentType, script.headers);
    case "status":
      return whole(stage, script.status, dialect.errorBody(script), undefined, script.retryAfter === undefined ? {} : { "retry-after": script.retryAfter });
    case "redirect":
      return whole(stage, script.status ?? 302, "", "text/plain", { location: script.location });
    case "flood":
      return flood(stage, script);
  }
}

function* arranged(frames: Iterable<Frame>, script: MadeScript): Iterable<Frame> {
  for (const frame of frames) {
    if (script.omit?.some((role) => role === frame.role)) continue;
    yield frame;
    if (script.duplicateStart && frame.role === "start") yield frame;
  }
}

async function streamOf(stage: Stage, frames: Iterable<Frame>): Promise<void> {
  const { script, call, dialect } = stage;
  await open(stage, 200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
  if (script.bom) await send(stage, Buffer.from("\uFEFF"));
  let reached = -1;
  for (const frame of frames) {
    if (frame.role !== "start" && frame.role !== "other" && reached < call.contentFrames) {
      reached = call.contentFrames;
      await pass(stage, reached);
    }
    await send(stage, wireOf(frame, script));
    if (frame.role === "content") call.contentFrames += 1;
    if (/_tokens|TokenCount/.test(frame.data)) call.usage = mergeUsage(call.usage, dialect.told(JSON.parse(frame.data)));
    stage.changed();
    if (script.frameDelayMs) await pause(stage, script.frameDelayMs);
  }
  // A stream that is left without an end still comes to its last point.
  if (reached < call.contentFrames) await pass(stage, call.contentFrames);
  refuseUnreached(stage);
  await close(stage);
}

function wireOf(frame: Frame, script: Script): Buffer {
  const end = script.lineEnding ?? "\n";
  const lines = [
    ...(script.comments ? [": keep-alive", ""] : []),
    ...(frame.event === undefined ? [] : [`event: ${frame.event}`]),
    `data: ${frame.data}`,
    "",
    "",
  ];
  return Buffer.from(lines.join(end));
}

async function whole(stage: Stage, status: number, body: unknown, contentType?: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const { script, call, dialect } = stage;
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const type = contentType ?? (typeof body === "string" || Buffer.isBuffer(body) ? "text/plain; charset=utf-8" : "application/json");
  const length = script.gzip || script.fault ? {} : { "content-length": String(bytes.length) };
  await open(stage, status, { "content-type": type, ...length, ...more });
  const piece = Math.max(1, Math.ceil(bytes.length / BODY_PIECES));
  for (let from = 0, index = 0; from < bytes.length; from += piece, index += 1) {
    await pass(stage, index);
    await send(stage, bytes.subarray(from, from + piece));
    if (script.frameDelayMs) await pause(stage, script.frameDelayMs);
  }
  if (typeof body === "object") call.usage = mergeUsage(call.usage, dialect.told(body));
  refuseUnreached(stage, BODY_PIECES);
  await close(stage);
}

async function flood(stage: Stage, script: Extract<Script, { kind: "flood" }>): Promise<void> {
  const { call, dialect } = stage;
  const streaming = script.shape === "frames" || script.shape === "line";
  await open(stage, 200, { "content-type": streaming ? "text/event-stream; charset=utf-8" : "application/json" });
  const piece =
    script.shape === "frames"
      ? wireOf(dialect.contentFrame("x".repeat(1_000)), script)
      : Buffer.alloc(FLOOD_PIECE_BYTES, script.shape === "nested" ? "[" : "x");
  if (script.shape === "line") await send(stage, Buffer.from("data: "));
  if (script.shape === "body") await send(stage, Buffer.from('{"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"'));
  for (let sent = 0; sent < script.bytes; sent += piece.length) {
    if (script.shape === "frames") await pass(stage, call.contentFrames);
    await send(stage, piece);
    if (script.shape === "frames") call.contentFrames += 1;
  }
  if (script.shape === "body") await send(stage, Buffer.from('"}}]}'));
  for (const frame of script.shape === "frames" ? dialect.recordingEnd : []) await send(stage, wireOf(frame, script));
  await close(stage);
}

async function open(stage: Stage, status: number, headers: Readonly<Record<string, string>>): Promise<void> {
  const { script, call, response } = stage;
  if (script.headersDelayMs) await pause(stage, script.headersDelayMs);
  await pass(stage, "before-headers");
  call.status = status;
  response.writeHead(status, { ...headers, "x-request-id": `req_fake${call.index}`, ...(script.gzip && { "content-encoding": "gzip" }), ...script.headers });
  response.flushHeaders();
  stage.changed();
  await pass(stage, "headers");
  if (script.firstByteDelayMs) await pause(stage, script.firstByteDelayMs);
}

/** Everything a script may want at one point: first the gate, then the break. */
async function pass(stage: Stage, point: Point): Promise<void> {
  const { wait, fault } = stage.script;
  if (wait?.at === point) {
    wait.gate.arrive();
    await Promise.race([wait.gate.opened, stage.departed]);
    if (stage.gone.aborted) throw new Left();
  }
  if (fault?.at === point) await breakOff(stage, fault);
}

async function breakOff(stage: Stage, fault: Fault): Promise<never> {
  const { call, response, dialect } = stage;
  switch (fault.kind) {
    case "stall":
      await stage.departed;
      throw new Left();
    case "reset":
      await nextTurn(); // What was written before goes out first.
      call.outcome = "broken";
      response.socket?.resetAndDestroy();
      throw new Left();
    case "error":
      if (fault.at === "before-headers") throw new Error("an error inside a 200 needs its headers first: use a status script");
      call.outcome = "broken";
      if (call.streamed || stage.script.kind === "recording") await send(stage, wireOf(dialect.errorFrame(fault.error), stage.script));
      else await send(stage, Buffer.from(JSON.stringify(fault.error === undefined ? dialect.errorBody({ status: 500 }) : { error: fault.error })));
      await close(stage);
      throw new Left();
    case "end":
      call.outcome = "broken";
      await close(stage);
      throw new Left();
  }
}

/** A break that never comes would make a test pass for the wrong reason. */
function refuseUnreached(stage: Stage, frames: number = stage.call.contentFrames): void {
  const { fault, wait } = stage.script;
  for (const point of [fault?.at, wait?.at]) {
    if (typeof point === "number" && point > frames)
      throw new Error(`the script wants something after ${point} content frames, but the answer has only ${frames}`);
  }
}

async function pause(stage: Stage, ms: number): Promise<void> {
  await Promise.race([sleep(ms, undefined, { ref: false }), stage.departed]);
  if (stage.gone.aborted) throw new Left();
}

async function send(stage: Stage, bytes: Buffer): Promise<void> {
  const { gzip, unzipped } = stage;
  if (!gzip) return write(stage, bytes);
  gzip.write(bytes);
  await new Promise<void>((done) => gzip.flush(constants.Z_SYNC_FLUSH, done));
  return write(stage, Buffer.concat(unzipped.splice(0)));
}

async function write(stage: Stage, bytes: Buffer): Promise<void> {
  const { sliceBytes, sliceDelayMs } = stage.script;
  if (sliceBytes === undefined) return push(stage, bytes);
  for (let from = 0; from < bytes.length; from += sliceBytes) {
    await push(stage, bytes.subarray(from, from + sliceBytes));
    await nextTurn(); // Else Node gathers the slices into one packet.
    if (sliceDelayMs) await pause(stage, sliceDelayMs);
  }
}

async function push({ response, call, gone }: Stage, bytes: Buffer): Promise<void> {
  if (gone.aborted) throw new Left();
  if (bytes.length === 0) return;
  const accepted = response.write(bytes);
  call.bytesWritten += bytes.length;
  if (accepted) return;
  try {
    await once(response, "drain", { signal: gone });
  } catch (cause) {
    if (gone.aborted) throw new Left(undefined, { cause });
    throw cause;
  }
}

async function close(stage: Stage): Promise<void> {
  const { gzip, unzipped, response } = stage;
  if (gzip) {
    const ended = once(gzip, "end");
    gzip.end();
    await ended;
    await push(stage, Buffer.concat(unzipped.splice(0)));
  }
  response.end();
}
