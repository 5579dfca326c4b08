/** Turns the content parts of Responses items into those of a chat. */
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import type { ChatPart } from "@switchyard/shared/wire/openai-chat";
import { isKnownPart, type InputPart } from "@switchyard/shared/wire/openai-responses";

export type Parts = readonly ChatPart[];

/** @param place where the content stands in the request, for refusals */
export function partsOf(content: string | readonly { readonly type: string }[], place: string): Result<Parts> {
  if (typeof content === "string") return ok(content === "" ? [] : [{ type: "text", text: content }]);
  const parts: ChatPart[] = [];
  for (const [at, given] of content.entries()) {
    if (!isKnownPart(given)) return refused(cannot(`${place}[${at}].type`, "this model takes no content of this type"));
    const part = partOf(given, `${place}[${at}]`);
    if (!part.ok) return part;
    parts.push(part.value);
  }
  return ok(parts);
}

function partOf(part: InputPart, place: string): Result<ChatPart> {
  switch (part.type) {
    case "input_text":
    case "output_text":
    case "text":
    case "summary_text":
    case "reasoning_text":
      return ok({ type: "text", text: part.text });
    case "refusal":
      return ok({ type: "refusal", refusal: part.refusal });
    case "input_image":
      if (typeof part.image_url !== "string") return refused(cannot(`${place}.file_id`, "this model takes images only as image_url"));
      return ok({ type: "image_url", image_url: { url: part.image_url, ...(typeof part.detail === "string" ? { detail: part.detail } : {}) } });
    case "input_audio":
      return ok({ type: "input_audio", input_audio: { data: part.input_audio.data, format: part.input_audio.format } });
    case "input_file": {
      const { file_data: data, filename } = part;
      if (typeof data !== "string") return refused(cannot(`${place}.${part.file_id ? "file_id" : "file_url"}`, "this model takes files only as file_data"));
      return ok({ type: "file", file: { file_data: data, ...(typeof filename === "string" ? { filename } : {}) } });
    }
  }
}

const cannot = (param: string, text: string): Failure => failure("invalid_request", { param, publicText: `Invalid value for '${param}': ${text}` });

/** The texts among the parts, each a paragraph. */
export const plainTextOf = (parts: Parts): string =>
  parts.flatMap((part) => (part.type === "text" ? [part.text] : part.type === "refusal" ? [part.refusal] : [])).join("\n\n");

/** What is no text among the parts. */
export const imagePartsOf = (parts: Parts): Parts => parts.filter((part) => part.type !== "text" && part.type !== "refusal");
