/** Reads a JSON body within its limits, and refuses before buffering what cannot be good. */
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { jsonExcess } from "@switchyard/shared/wire/json-depth";

/** Claude Code's smallest request is 76 kB and clients expect at least 32 MiB. */
export const INFERENCE_BODY_MAX = 32 * 1024 * 1024;
export const CONTROL_BODY_MAX = 256 * 1024;
/** JSON Schemas of tools nest deepest; nothing sensible comes near. */
const DEPTH_MAX = 128;
/** A request of 20,000 messages has a fifth of that; a million fields would keep the parser busy for seconds. */
const ITEMS_MAX = 320_000;

/** How long a body of JSON may take to arrive, in milliseconds. */
const BODY_MS_MAX = 30_000;

/** @returns the parsed value; the failures name what is wrong: media type, size, encoding, syntax. */
export async function readJson(req: IncomingMessage, bytesMax: number, bodyMs = BODY_MS_MAX): Promise<Result<unknown>> {
  const type = mediaTypeFailure(req);
  if (type) return refused(type);
  const body = await readBytes(req, bytesMax, bodyMs);
  if (!body.ok) return body;
  if (isForm(req) && !OBJECT_BEGINS.test(body.value.subarray(0, 64).toString("latin1"))) return refused(NO_JSON);
  return parseJson(body.value);
}

/** What curl calls the body of `-d` unless it is told otherwise; what it holds may be JSON all the same. */
const FORM = "application/x-www-form-urlencoded";
const isForm = ({ headers }: IncomingMessage): boolean => (headers["content-type"] ?? "").toLowerCase().startsWith(FORM);
const OBJECT_BEGINS = /^\s*\{/;
const NO_JSON = failure("unsupported_media_type", { publicText: "Send the body as JSON with the header 'content-type: application/json'." });

export function parseJson(body: Buffer): Result<unknown> {
  if (body.length === 0) return refused(failure("invalid_json", { publicText: "The body is empty; a JSON object is needed." }));
  if (!isUtf8(body)) return refused(failure("invalid_json", { publicText: "The body is not valid UTF-8." }));
  const excess = jsonExcess(body, { depthMax: DEPTH_MAX, itemsMax: ITEMS_MAX, fieldsOnce: true });
  if (excess === "depth") return refused(failure("invalid_json", { publicText: `The body nests deeper than ${DEPTH_MAX} levels.` }));
  if (excess === "items") return refused(failure("invalid_request", { publicText: `The body has more than ${ITEMS_MAX} fields and items.` }));
  if (excess === "duplicate") return refused(failure("invalid_json", { publicText: "The body names a field twice." }));
  try {
    return ok(JSON.parse(body.toString("utf8")));
  } catch {
    return refused(failure("invalid_json")); // the parser's words would repeat the body
  }
}

function mediaTypeFailure(req: IncomingMessage): Failure | undefined {
  const { "content-type": type = "", "content-encoding": encoding = "identity" } = req.headers;
  if (type === "application/json" && encoding === "identity") return undefined;
  if (encoding.toLowerCase() !== "identity") return failure("unsupported_media_type", { publicText: "Compressed bodies are not accepted." });
  const [essence = "", ...parameters] = type
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  if (essence !== "application/json" && essence !== FORM) return NO_JSON;
  const charset = parameters
    .find((one) => one.startsWith("charset="))
    ?.slice("charset=".length)
    .replaceAll('"', "");
  return charset === undefined || charset === "utf-8" || charset === "utf8"
    ? undefined
    : failure("unsupported_media_type", { publicText: "The body must be UTF-8." });
}

function readBytes(req: IncomingMessage, bytesMax: number, bodyMs: number): Promise<Result<Buffer>> {
  const tooLarge = (): Result<Buffer> => refused(failure("payload_too_large", { publicText: `The body is larger than ${bytesMax} bytes.` }));
  const declared = Number(req.headers["content-length"]);
  if (declared > bytesMax) return Promise.resolve(tooLarge());
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (result: Result<Buffer>): void => {
      clearTimeout(timer);
      req.off("data", take).off("end", end).off("error", broken).off("close", broken);
      resolve(result);
    };
    const timer = setTimeout(() => {
      req.pause();
      finish(refused(failure("request_timeout")));
    }, bodyMs);
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > bytesMax) {
        req.pause();
        finish(tooLarge());
      } else chunks.push(chunk);
    };
    const end = (): void => finish(ok(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, bytes)));
    const broken = (): void => finish(refused(failure("client_closed")));
    req.on("data", take).on("end", end).on("error", broken).on("close", broken);
  });
}
