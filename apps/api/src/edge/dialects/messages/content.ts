/** Turns Anthropic's content blocks into the parts of a chat's message. */
import { isKnownBlock, type AnyBlock, type KnownBlock } from "@switchyard/shared/wire/anthropic-messages";
import type { ChatPart } from "@switchyard/shared/wire/openai-chat";

type Fields = Readonly<Record<string, unknown>>;

/** Parts of what was said or shown; blocks that no chat can carry become words where they have some, else nothing. */
export function partsOf(blocks: readonly AnyBlock[]): ChatPart[] {
  return blocks.flatMap((block) => {
    const parts = isKnownBlock(block) ? partsOfKnown(block) : unknownParts(block);
    const last = parts.at(-1);
    // A mark of the prompt cache stands on the last thing it covers. Targets that know no such marks are spared them later.
    if (last && block["cache_control"]) last["cache_control"] = block["cache_control"];
    return parts;
  });
}

function partsOfKnown(block: KnownBlock): ChatPart[] {
  switch (block.type) {
    case "text":
      return text(block.text);
    case "image":
      return imageParts(block.source);
    case "document":
      return documentParts(block);
    case "search_result":
      return text([block.title, block.source, wordsOf(block.content)].join("\n"));
    case "thinking":
    case "redacted_thinking":
    case "tool_use":
    case "tool_result":
      return []; // these are no parts: `turns.ts` gives each its place
  }
}

const text = (words: string): ChatPart[] => (words === "" ? [] : [{ type: "text", text: words }]);

type Source = Extract<KnownBlock, { type: "document" }>["source"];

function imageParts(source: Extract<KnownBlock, { type: "image" }>["source"]): ChatPart[] {
  if (source.type === "url") return [{ type: "image_url", image_url: { url: source.url } }];
  if (source.type === "base64") return [{ type: "image_url", image_url: { url: `data:${source.media_type};base64,${source.data}` } }];
  return text(`[An image that only Anthropic has: file ${source.file_id}]`);
}

function documentParts({ source, title, context }: { readonly source: Source; readonly title?: unknown; readonly context?: unknown }): ChatPart[] {
  const heading = [title, context].filter((one) => typeof one === "string" && one !== "").join("\n");
  switch (source.type) {
    case "text":
      return text(heading === "" ? source.data : `${heading}\n\n${source.data}`);
    case "content":
      return [...text(heading), ...(typeof source.content === "string" ? text(source.content) : partsOf(source.content.filter(isShown)))];
    case "base64": {
      const filename = typeof title === "string" && title !== "" ? title : "document.pdf";
      const file: ChatPart = { type: "file", file: { filename, file_data: `data:${source.media_type};base64,${source.data}` } };
      return typeof context === "string" ? [...text(context), file] : [file];
    }
    // The gateway fetches nothing for a caller, and a chat has no documents by address: the model is told where it is.
    case "url":
      return text(`${heading === "" ? "" : `${heading}\n`}[A document at ${source.url}]`);
    case "file":
      return text(`${heading === "" ? "" : `${heading}\n`}[A document that only Anthropic has: file ${source.file_id}]`);
  }
}

/** What a document may consist of; its schema has looked at no other kinds. */
const isShown = ({ type }: AnyBlock): boolean => type === "text" || type === "image";

/** Blocks of Anthropic's own tools: what was found on the web stays readable, the rest means nothing elsewhere. */
function unknownParts(block: Fields): ChatPart[] {
  const { type, content, tool_name: toolName } = block;
  if (type === "tool_reference") return text(`[The tool ${typeof toolName === "string" ? toolName : ""} is available now.]`);
  if (type !== "web_search_tool_result" || !Array.isArray(content)) return [];
  const found = (content as readonly unknown[]).map((one) => {
    const { title, url } = (typeof one === "object" && one !== null ? one : {}) as Fields;
    return typeof url === "string" ? `- ${typeof title === "string" ? title : url}: ${url}` : "";
  });
  return text(["Found on the web:", ...found.filter((line) => line !== "")].join("\n"));
}

const wordsOf = (blocks: readonly Fields[]): string =>
  blocks
    .map((block) => block["text"])
    .filter((one) => typeof one === "string")
    .join("\n");

/** The content as one text when it is nothing but text without cache marks, which every server understands; else the parts. */
export function plainest(parts: readonly ChatPart[]): string | ChatPart[] {
  return parts.every(isPlainText) ? joinTexts(parts) : [...parts];
}

const isPlainText = (part: ChatPart): boolean => part.type === "text" && part["cache_control"] === undefined;

export const joinTexts = (parts: readonly ChatPart[]): string => parts.map((part) => (part.type === "text" ? part.text : "")).join("\n\n");
