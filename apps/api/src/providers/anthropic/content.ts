/** Turns the parts of one message into Anthropic's content blocks. */
import type { ChatMessage, ChatPart } from "@switchyard/shared/wire/openai-chat";
import { dataUrlOf, isDataUrl } from "../data-url.ts";
import type { Fields } from "../openai-dialect/fields.ts";
import { Unsayable } from "../unsayable.ts";

/** Blocks of a message's content; empty texts are left out, because Anthropic refuses them. `param` names the content. */
export function blocksOf(content: ChatMessage["content"], param: string): Fields[] | Unsayable {
  if (typeof content === "string") return textBlocks(content);
  const blocks: Fields[] = [];
  for (const [at, part] of (content ?? []).entries()) {
    const made = blocksOfPart(part, `${param}[${at}]`);
    if (made instanceof Unsayable) return made;
    // Callers that know Anthropic mark parts for its prompt cache.
    if (part["cache_control"]) for (const block of made) block["cache_control"] = part["cache_control"];
    blocks.push(...made);
  }
  return blocks;
}

const textBlocks = (text: string): Fields[] => (text.trim() === "" ? [] : [{ type: "text", text }]);

function blocksOfPart(part: ChatPart, param: string): Fields[] | Unsayable {
  switch (part.type) {
    case "text":
      return textBlocks(part.text);
    case "refusal":
      return textBlocks(part.refusal);
    case "image_url":
      return imageBlocks(part.image_url.url, `${param}.image_url.url`);
    case "file":
      return documentBlocks(part.file, `${param}.file`);
    case "input_audio":
      return new Unsayable(param, "this model takes no audio");
  }
}

function imageBlocks(url: string, param: string): Fields[] | Unsayable {
  if (!/^data:/i.test(url)) return [{ type: "image", source: { type: "url", url } }];
  const data = dataUrlOf(url);
  if (!data) return new Unsayable(param, "expected a data URL in base64");
  return [{ type: "image", source: { type: "base64", media_type: data.mediaType === "image/jpg" ? "image/jpeg" : data.mediaType, data: data.base64 } }];
}

function documentBlocks(file: Extract<ChatPart, { type: "file" }>["file"], param: string): Fields[] | Unsayable {
  if (!file.file_data) return new Unsayable(`${param}.file_id`, "this model only takes files as file_data");
  const title = file.filename ? { title: file.filename } : {};
  const data = dataUrlOf(file.file_data);
  if (data?.mediaType.startsWith("text/")) {
    const text = Buffer.from(data.base64, "base64").toString("utf8");
    return [{ type: "document", source: { type: "text", media_type: "text/plain", data: text }, ...title }];
  }
  if (data && data.mediaType !== "application/pdf") return new Unsayable(`${param}.file_data`, "this model only takes PDF and text files");
  if (!data && isDataUrl(file.file_data)) return new Unsayable(`${param}.file_data`, "expected a data URL in base64");
  return [{ type: "document", source: { type: "base64", media_type: "application/pdf", data: data?.base64 ?? file.file_data }, ...title }];
}
