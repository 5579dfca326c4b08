/** Image generation and edit of the OpenAI family: whole, or as the events in which newer models show a picture growing. */
import type { Ask, Reply, StreamPart, Wire } from "../provider.ts";
import { EventReader, type StreamEvent } from "../event-reader.ts";
import { failureOf, wordsOf } from "../failure-words.ts";
import { fieldsOf, listOf, textOf, type Fields } from "./fields.ts";
import { dialectHeaders } from "./headers.ts";
import { imageUsageOf } from "./image-usage.ts";
import { jsonWire, readJsonAnswer, type JsonOperation } from "./json-wire.ts";
import { isError } from "./stream.ts";
import { uploadBody } from "./upload.ts";
import { operationFailure } from "./operation-failure.ts";

type ImageOperation = "image_generation" | "image_edit";

/** A picture of 4,096 by 4,096 dots in base64 stays below this. */
const EVENT_BYTES_MAX = 64 * 1024 * 1024;
/** What a picture counts for where a stream breaks off before its report: a square one of medium quality, at four bytes a token. */
const UNREPORTED_BYTES = 4 * 1_056;
/** Complex pictures take up to two minutes (https://platform.openai.com/docs/guides/image-generation). */
const PATIENCE_MS = 180_000;
const REPLY_BYTES_MAX = 256 * 1024 * 1024;

const generation: Wire<"image_generation"> = jsonWire<"image_generation" & JsonOperation>("/images/generations", readImages);

export const imageGenerationWire: Wire<"image_generation"> = {
  ...generation,
  patienceMs: PATIENCE_MS,
  replyBytesMax: REPLY_BYTES_MAX,
  request: (ask, endpoint) => {
    const headers = dialectHeaders(endpoint, ask.stream ? "text/event-stream" : "application/json");
    return { upstream: { path: "/images/generations", headers, body: JSON.stringify({ ...ask.request, model: ask.model }) } };
  },
  reader: () => new ImageReader("image_generation"),
  retell: (reply) => imageEvents(reply, "image_generation"),
};

export const imageEditWire: Wire<"image_edit"> = {
  patienceMs: PATIENCE_MS,
  replyBytesMax: REPLY_BYTES_MAX,
  request: (ask, endpoint) => ({ upstream: { path: "/images/edits", ...uploadBody(ask, endpoint) } }),
  response: (body, ask) => readJsonAnswer(body, (answer) => readImages(answer, ask)),
  reader: () => new ImageReader("image_edit"),
  retell: (reply) => imageEvents(reply, "image_edit"),
  failure: operationFailure,
};

function readImages(answer: Fields, ask: Ask<ImageOperation>): Reply | string {
  const data = listOf(answer["data"])
    .map(fieldsOf)
    .filter((one) => one !== undefined);
  const images = data.filter((one) => textOf(one["b64_json"]) !== undefined || textOf(one["url"]) !== undefined).length;
  if (images === 0 || images !== data.length) return "the answer holds no pictures";
  const created = typeof answer["created"] === "number" ? answer["created"] : ask.createdSeconds;
  return { body: { ...answer, created, data }, usage: imageUsageOf(answer["usage"], images), outputBytes: images * UNREPORTED_BYTES, finishReason: "stop" };
}

/** Passes the events on as they are; the completed picture is the end. */
class ImageReader extends EventReader {
  readonly #kind: ImageOperation;
  #images = 0;

  constructor(kind: ImageOperation) {
    super(EVENT_BYTES_MAX);
    this.#kind = kind;
  }

  protected read({ data, frame }: StreamEvent): void {
    if (isError(data)) return this.fail(failureOf(undefined, wordsOf(data), {}));
    if (data["type"] !== `${this.#kind}.completed`) return this.send(frame, data["type"] === `${this.#kind}.partial_image` ? UNREPORTED_BYTES : undefined);
    this.#images += 1;
    this.send(frame, UNREPORTED_BYTES);
    this.report({ kind: "usage", usage: imageUsageOf(data["usage"], this.#images) });
  }

  protected isWhole(): boolean {
    return this.#images > 0;
  }

  protected close(): void {
    this.done();
  }

  protected override encode(frames: string): Buffer {
    return Buffer.from(frames, "latin1");
  }
}

/** Older models do not stream: their whole answer becomes one completed event for each picture. */
export function imageEvents(reply: Reply, kind: ImageOperation): readonly StreamPart[] {
  const { created, size, quality, background, output_format: format, usage } = reply.body;
  const look = { created_at: created, size: size ?? "auto", quality: quality ?? "auto", background: background ?? "auto", output_format: format ?? "png" };
  const none = { total_tokens: 0, input_tokens: 0, output_tokens: 0, input_tokens_details: { text_tokens: 0, image_tokens: 0 } };
  const frames = listOf(reply.body["data"]).map((one) => {
    const event = { type: `${kind}.completed`, ...fieldsOf(one), ...look, usage: usage ?? none };
    return `event: ${kind}.completed\ndata: ${JSON.stringify(event)}\n\n`;
  });
  return [
    { kind: "content", bytes: Buffer.from(frames.join("")), outputBytes: frames.length },
    ...(reply.usage === undefined ? [] : [{ kind: "usage" as const, usage: reply.usage }]),
    { kind: "done" },
  ];
}
