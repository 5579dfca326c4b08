/** Turns the parts of one message into Gemini's parts. */
import type { ChatMessage, ChatPart } from "@switchyard/shared/wire/openai-chat";
import { dataUrlOf } from "../data-url.ts";
import type { Fields } from "../openai-dialect/fields.ts";
import { Unsayable } from "../unsayable.ts";

/** Parts of a message's content; empty texts are left out, because Gemini refuses them. `param` names the content. */
export function partsOf(content: ChatMessage["content"], param: string): Fields[] | Unsayable {
  if (typeof content === "string") return textParts(content);
  const parts: Fields[] = [];
  for (const [at, part] of (content ?? []).entries()) {
    const made = partsOfPart(part, `${param}[${at}]`);
    if (made instanceof Unsayable) return made;
    parts.push(...made);
  }
  return parts;
}

const textParts = (text: string): Fields[] => (text === "" ? [] : [{ text }]);

function partsOfPart(part: ChatPart, param: string): Fields[] | Unsayable {
  switch (part.type) {
    case "text":
      return textParts(part.text);
    case "refusal":
      return textParts(part.refusal);
    case "image_url":
      return imageParts(part.image_url.url, `${param}.image_url.url`);
    case "input_audio":
      return [{ inlineData: { mimeType: `audio/${part.input_audio.format.toLowerCase()}`, data: part.input_audio.data } }];
    case "file":
      return fileParts(part.file, `${param}.file`);
  }
}

const IMAGE_TYPES: Readonly<Record<string, string>> = { png: "image/png", webp: "image/webp", heic: "image/heic", heif: "image/heif", gif: "image/gif" };

/** An address is fetched by Google itself; it wants to know the type, which an address only hints at. */
function imageParts(url: string, param: string): Fields[] | Unsayable {
  if (!/^data:/i.test(url)) {
    const ending = /\.([a-z0-9]{2,5})(?:[?#]|$)/.exec(url.toLowerCase())?.[1] ?? "";
    return [{ fileData: { mimeType: Object.hasOwn(IMAGE_TYPES, ending) ? IMAGE_TYPES[ending] : "image/jpeg", fileUri: url } }];
  }
  const data = dataUrlOf(url);
  if (!data) return new Unsayable(param, "expected a data URL in base64");
  return [{ inlineData: { mimeType: data.mediaType === "image/jpg" ? "image/jpeg" : data.mediaType, data: data.base64 } }];
}

function fileParts(file: Extract<ChatPart, { type: "file" }>["file"], param: string): Fields[] | Unsayable {
  if (!file.file_data) return new Unsayable(`${param}.file_id`, "this model only takes files as file_data");
  if (!/^data:/i.test(file.file_data)) return [{ inlineData: { mimeType: "application/pdf", data: file.file_data } }];
  const data = dataUrlOf(file.file_data);
  if (!data) return new Unsayable(`${param}.file_data`, "expected a data URL in base64");
  return [{ inlineData: { mimeType: data.mediaType === "" ? "application/pdf" : data.mediaType, data: data.base64 } }];
}
