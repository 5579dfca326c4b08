/** Arranges Google's contents as a chat's messages: results of functions become messages of their own, matched to their calls. */
import type { ChatMessage, ChatPart } from "@switchyard/shared/wire/openai-chat";
import type { GoogleContent, GooglePart } from "@switchyard/shared/wire/google-generate";
import { REASONING_FORMATS, type ReasoningDetail } from "@switchyard/shared/wire/reasoning-details";

/** Why contents cannot be told as a chat. */
export interface Untellable {
  readonly param: string;
  readonly text: string;
}

type Turns = { readonly messages: ChatMessage[] } | { readonly untellable: Untellable };

/** Calls that wait for their results, the oldest first: Google matches by name and order, unless ids are given. */
interface OpenCall {
  readonly id: string;
  readonly name: string;
}

export function messagesOf(contents: readonly GoogleContent[]): Turns {
  const messages: ChatMessage[] = [];
  const open: OpenCall[] = [];
  for (const [at, { role, parts }] of contents.entries()) {
    const wrong = parts.findIndex((part) => part.fileData !== undefined && !/^https:\/\//i.test(part.fileData.fileUri));
    if (wrong !== -1)
      return { untellable: { param: `contents[${at}].parts[${wrong}].fileData.fileUri`, text: "only https: addresses and inline data can be sent on" } };
    if (role === "model") messages.push(...modelMessages(parts, open, at));
    else messages.push(...userMessages(parts, open));
  }
  return { messages };
}

type AssistantMessage = Extract<ChatMessage, { role: "assistant" }>;

function modelMessages(parts: readonly GooglePart[], open: OpenCall[], turn: number): ChatMessage[] {
  let text = "";
  let thought = "";
  const details: ReasoningDetail[] = [];
  const calls: NonNullable<AssistantMessage["tool_calls"]> = [];
  for (const part of parts) {
    const call = part.functionCall;
    const id = call && (call.id ?? `call_${turn}_${calls.length}`);
    if (part.thoughtSignature !== undefined && part.thoughtSignature !== "")
      details.push({
        type: "reasoning.encrypted",
        data: part.thoughtSignature,
        format: REASONING_FORMATS.google,
        index: details.length,
        ...(id === undefined ? {} : { id }),
      });
    if (part.thought === true) thought += part.text ?? "";
    else text += part.text ?? "";
    if (call === undefined || id === undefined) continue;
    calls.push({ id, type: "function", function: { name: call.name, arguments: JSON.stringify(call.args ?? {}) } });
    open.push({ id, name: call.name });
  }
  if (text === "" && calls.length === 0) return [];
  return [
    {
      role: "assistant",
      content: text === "" ? null : text,
      ...(thought === "" ? {} : { reasoning_content: thought }),
      ...(details.length === 0 ? {} : { reasoning_details: details }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
  ];
}

function userMessages(parts: readonly GooglePart[], open: OpenCall[]): ChatMessage[] {
  const results: ChatMessage[] = [];
  const said: ChatPart[] = [];
  for (const part of parts) {
    const result = part.functionResponse;
    if (result === undefined) {
      said.push(...partsOf(part));
      continue;
    }
    const waiting = open.findIndex((call) => (result.id === undefined ? call.name === result.name : call.id === result.id));
    const text = JSON.stringify(result.response ?? {});
    // Its call is not in the conversation (any more): no provider takes such a result, so it is told as the user's words.
    if (waiting === -1) said.push({ type: "text", text: `[Result of the function ${result.name}]\n${text}` });
    else results.push({ role: "tool", tool_call_id: open.splice(waiting, 1)[0]?.id ?? "", content: text });
  }
  const [only] = said;
  if (said.length === 0) return results;
  return [...results, { role: "user", content: said.length === 1 && only?.type === "text" ? only.text : said }];
}

/** A part of what a user says; kinds that a chat does not know are left out. */
export function partsOf({ text, inlineData, fileData }: GooglePart): ChatPart[] {
  if (inlineData) return [mediaPart(inlineData.mimeType, inlineData.data)];
  if (fileData) return [{ type: "image_url", image_url: { url: fileData.fileUri } }];
  return text === undefined || text === "" ? [] : [{ type: "text", text }];
}

function mediaPart(mimeType: string, data: string): ChatPart {
  const [kind = "", subtype = ""] = mimeType.toLowerCase().split(/[/;]/);
  if (kind === "image") return { type: "image_url", image_url: { url: `data:${mimeType};base64,${data}` } };
  if (kind === "audio") return { type: "input_audio", input_audio: { data, format: AUDIO_FORMATS[subtype] ?? subtype } };
  return { type: "file", file: { file_data: `data:${mimeType};base64,${data}`, filename: `file.${subtype === "plain" ? "txt" : subtype}` } };
}

/** OpenAI's names of what MIME calls otherwise. */
const AUDIO_FORMATS: Readonly<Record<string, string>> = { mpeg: "mp3", "x-wav": "wav", wave: "wav", "x-m4a": "m4a", mp4: "m4a" };
