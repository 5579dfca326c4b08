/**
 * Pictures by Google: Gemini's painting chats by generateContent, made and changed (https://ai.google.dev/gemini-api/docs/image-generation),
 * Imagen by predict, made only (https://ai.google.dev/gemini-api/docs/imagen).
 */
import { completionTokensOf, furtherOf, NO_USAGE, promptTokensOf, type Usage } from "@switchyard/shared/domain/usage";
import type { ImageGenerationRequest } from "@switchyard/shared/wire/openai-images";
import { jsonWithFiles, placeOf } from "../openai-dialect/embedded-file.ts";
import { fieldsOf, listOf, textOf, type Fields } from "../openai-dialect/fields.ts";
import { imageEvents } from "../openai-dialect/images.ts";
import { parseBody } from "../openai-dialect/response.ts";
import type { Ask, ProviderEndpoint, ProviderFailure, Reply, Wire } from "../provider.ts";
import { blockedPrompt, googleErrorEvent, googleFailure } from "./failure.ts";
import { finishReasonOf } from "./finish-reason.ts";
import { generationOf } from "./model-name.ts";
import { GEMINI_SHAPES, IMAGEN_SHAPES, pictureSizeOf, type PictureSize } from "./picture-size.ts";
import { googleHeaders, googlePath } from "./request.ts";
import { unsupported } from "./unsupported.ts";
import { usageOf } from "./usage.ts";

type ImageOperation = "image_generation" | "image_edit";
type Made = { readonly body: Fields } | { readonly failure: ProviderFailure };
type Read = { readonly reply: Reply } | { readonly failure: ProviderFailure };
/** What generation and edit ask alike. */
type Wish = Pick<
  ImageGenerationRequest,
  "prompt" | "n" | "size" | "background" | "output_format" | "output_compression" | "response_format" | "partial_images"
>;

const PATIENCE_MS = 180_000;
const REPLY_BYTES_MAX = 256 * 1024 * 1024;
/** A picture counts for so much where no tokens are told. */
const UNREPORTED_BYTES = 4 * 1_290;
const IMAGEN_PICTURES_MAX = 4;
/** Only from this generation on pictures may be larger than about a million dots. */
const LARGE_SINCE = 3;

const isImagen = (model: string): boolean => /(?:^|\/)imagen-/.test(model);

const shared = { patienceMs: PATIENCE_MS, replyBytesMax: REPLY_BYTES_MAX, failure: googleFailure } as const;

export const googleImageGenerationWire: Wire<"image_generation"> = {
  ...shared,
  request: (ask, endpoint) => {
    const wish = ask.request as ImageGenerationRequest;
    const made = isImagen(ask.model) ? imagenBody(wish) : geminiBody(ask, wish, []);
    if ("failure" in made) return made;
    return { upstream: { path: pathOf(ask, endpoint), headers: googleHeaders(endpoint, "application/json"), body: JSON.stringify(made.body) } };
  },
  response: (body, ask) => (isImagen(ask.model) ? readImagen(body, ask) : readGemini(body, ask)),
  retell: (reply) => imageEvents(reply, "image_generation"),
};

export const googleImageEditWire: Wire<"image_edit"> = {
  ...shared,
  request: (ask, endpoint) => {
    const { files } = ask.request;
    if (isImagen(ask.model)) return { failure: unsupported("model", "This model makes pictures and changes none.") };
    if (files.some(({ field }) => field === "mask")) return { failure: unsupported("mask", "This model is told in words what to change, not by a mask.") };
    const pictures = files.map(({ contentType }, index) => ({ inlineData: { mimeType: contentType, data: placeOf(ask.generationId, index) } }));
    const made = geminiBody(ask, wishIn(ask), pictures);
    if ("failure" in made) return made;
    const written = jsonWithFiles(made.body, ask.generationId, files);
    const headers = { ...googleHeaders(endpoint, "application/json"), "content-length": String(written.length) };
    return { upstream: { path: pathOf(ask, endpoint), headers, body: written.body } };
  },
  response: readGemini,
  retell: (reply) => imageEvents(reply, "image_edit"),
};

const pathOf = (ask: Ask<ImageOperation>, { baseUrl }: ProviderEndpoint): string =>
  googlePath(ask, baseUrl, isImagen(ask.model) ? "predict" : "generateContent");

function wishIn({ request }: Ask<"image_edit">): Wish {
  const fields = Object.fromEntries(request.fields) as Partial<Record<keyof Wish, string>>;
  const { n, output_compression: compression, partial_images: previews, response_format: format, ...rest } = fields;
  return {
    ...rest,
    prompt: rest.prompt ?? "",
    ...(n === undefined ? {} : { n: Number(n) }),
    ...(compression === undefined ? {} : { output_compression: Number(compression) }),
    ...(previews === undefined ? {} : { partial_images: Number(previews) }),
    ...(format === "url" ? { response_format: format } : {}),
  };
}

/** What neither of them can do. Quality, moderation, style and previews are dropped: without them the picture is one all the same. */
function refusalOf(wish: Wish): ProviderFailure | undefined {
  if (wish.response_format === "url") return unsupported("response_format", "This model sends its pictures, it keeps none at an address.");
  return wish.background === "transparent" ? unsupported("background", "This model makes no transparent pictures.") : undefined;
}

function geminiBody(ask: Ask<ImageOperation>, wish: Wish, pictures: readonly Fields[]): Made {
  const refused = refusalOf(wish);
  if (refused) return { failure: refused };
  if ((wish.n ?? 1) > 1) return { failure: unsupported("n", "This model makes one picture for a request.") };
  const format = wish.output_format ?? "png";
  if (format !== "png" && format !== "auto") return { failure: unsupported("output_format", `This model gives png, not ${format}.`) };
  const size = pictureSizeOf(wish.size, GEMINI_SHAPES);
  if (size === undefined || (size.imageSize !== undefined && (generationOf(ask.model) ?? LARGE_SINCE) < LARGE_SINCE))
    return { failure: unsupported("size", `This model makes no pictures of ${String(wish.size)}; it has the shapes ${GEMINI_SHAPES.join(", ")}.`) };
  const body = {
    contents: [{ role: "user", parts: [...pictures, { text: wish.prompt }] }],
    generationConfig: {
      maxOutputTokens: ask.maxOutput,
      responseModalities: ["TEXT", "IMAGE"],
      ...(Object.keys(size).length === 0 ? {} : { imageConfig: size satisfies PictureSize }),
    },
  };
  return { body };
}

const IMAGEN_TYPES: Readonly<Record<string, string>> = { png: "image/png", jpeg: "image/jpeg" };

function imagenBody(wish: Wish): Made {
  const refused = refusalOf(wish);
  if (refused) return { failure: refused };
  const n = wish.n ?? 1;
  if (n > IMAGEN_PICTURES_MAX) return { failure: unsupported("n", `This model makes at most ${IMAGEN_PICTURES_MAX} pictures for a request.`) };
  const size = pictureSizeOf(wish.size, IMAGEN_SHAPES);
  if (size === undefined || size.imageSize === "4K")
    return { failure: unsupported("size", `This model makes no pictures of ${String(wish.size)}; it has the shapes ${IMAGEN_SHAPES.join(", ")} of up to 2K.`) };
  const type = wish.output_format === undefined ? undefined : IMAGEN_TYPES[wish.output_format];
  if (wish.output_format !== undefined && type === undefined)
    return { failure: unsupported("output_format", `This model gives png and jpeg, not ${wish.output_format}.`) };
  const body = {
    instances: [{ prompt: wish.prompt }],
    parameters: {
      sampleCount: n,
      ...(size.aspectRatio === undefined ? {} : { aspectRatio: size.aspectRatio }),
      ...(size.imageSize === undefined ? {} : { sampleImageSize: size.imageSize }),
      ...(type === undefined
        ? {}
        : { outputOptions: { mimeType: type, ...(wish.output_compression === undefined ? {} : { compressionQuality: wish.output_compression }) } }),
    },
  };
  return { body };
}

function readGemini(body: Buffer, ask: Ask<ImageOperation>): Read {
  const answer = parseBody(body);
  if (typeof answer === "string") return { failure: { kind: "protocol", status: 200, detail: answer } };
  if (fieldsOf(answer["error"])) return { failure: googleErrorEvent(answer) };
  const blocked = blockedPrompt(answer["promptFeedback"]);
  if (blocked) return { failure: blocked };
  const candidate = fieldsOf(listOf(answer["candidates"])[0]);
  const parts = listOf(fieldsOf(candidate?.["content"])?.["parts"]).map((part) => fieldsOf(part) ?? {});
  // While it thinks it draws sketches, which are not what was asked for.
  const pictures = parts.filter((part) => part["thought"] !== true).flatMap((part) => pictureIn(fieldsOf(part["inlineData"])));
  const words = parts.map((part) => (part["thought"] === true ? "" : (textOf(part["text"]) ?? ""))).join("");
  if (pictures.length === 0) return { failure: withoutPicture(candidate, words) };
  const told = usageOf(answer["usageMetadata"]);
  return { reply: replyOf(pictures, told && { ...told, ...furtherOf({ images: pictures.length }) }, ask) };
}

interface Picture {
  readonly base64: string;
  readonly type: string;
}

function pictureIn(inline: Fields | undefined): Picture[] {
  const [base64, type = ""] = [textOf(inline?.["data"]), textOf(inline?.["mimeType"])];
  return base64 === undefined || !type.startsWith("image/") ? [] : [{ base64, type }];
}

function withoutPicture(candidate: Fields | undefined, words: string): ProviderFailure {
  const reason = finishReasonOf(candidate?.["finishReason"], false);
  if (reason === "content_filter" || candidate?.["finishReason"] === "NO_IMAGE")
    return { kind: "refused_content", status: 200, publicText: "The provider refused to make this picture." };
  if (reason === "length") return { kind: "incomplete", status: 200, detail: "the output cap left no room for the picture" };
  return { kind: "empty", status: 200, detail: words === "" ? "no picture came" : "words came in place of a picture" };
}

function readImagen(body: Buffer, ask: Ask<ImageOperation>): Read {
  const answer = parseBody(body);
  if (typeof answer === "string") return { failure: { kind: "protocol", status: 200, detail: answer } };
  if (fieldsOf(answer["error"])) return { failure: googleErrorEvent(answer) };
  const predictions = listOf(answer["predictions"]).map((one) => fieldsOf(one) ?? {});
  const pictures = predictions.flatMap((one) => pictureIn({ data: one["bytesBase64Encoded"], mimeType: one["mimeType"] ?? "image/png" }));
  if (pictures.length > 0) return { reply: replyOf(pictures, { ...NO_USAGE, ...furtherOf({ images: pictures.length }) }, ask) };
  // All were filtered: then there is a reason, or no prediction at all.
  const why = predictions.map((one) => textOf(one["raiFilteredReason"])).find((one) => one !== undefined);
  if (why === undefined && !("predictions" in answer) && Object.keys(answer).length > 0)
    return { failure: { kind: "protocol", status: 200, detail: "the body is no answer" } };
  return {
    failure: {
      kind: "refused_content",
      status: 200,
      publicText: "The provider refused to make this picture.",
      ...(why === undefined ? {} : { detail: why.slice(0, 500) }),
    },
  };
}

function replyOf(pictures: readonly Picture[], usage: Usage | undefined, ask: Ask<ImageOperation>): Reply {
  return {
    body: {
      created: ask.createdSeconds,
      data: pictures.map(({ base64 }) => ({ b64_json: base64 })),
      output_format: pictures[0]?.type.slice("image/".length) ?? "png",
      ...(usage && completionTokensOf(usage) > 0 ? { usage: usageInWire(usage) } : {}),
    },
    usage,
    outputBytes: pictures.length * UNREPORTED_BYTES,
    finishReason: "stop",
  };
}

function usageInWire(usage: Usage): Fields {
  const [input, output] = [promptTokensOf(usage), completionTokensOf(usage)];
  const seen = (usage.imageInput ?? 0) + (usage.cachedImageInput ?? 0);
  return {
    input_tokens: input,
    input_tokens_details: { text_tokens: input - seen, image_tokens: seen },
    output_tokens: output,
    output_tokens_details: { text_tokens: output - (usage.imageOutput ?? 0), image_tokens: usage.imageOutput ?? 0 },
    total_tokens: input + output,
  };
}
