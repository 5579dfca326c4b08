/** Arranges Anthropic's messages as a chat's: tool results become messages of their own, directly behind the calls they answer. */
import { isKnownBlock, type AnthropicMessage, type AnyBlock, type ToolResultBlock } from "@switchyard/shared/wire/anthropic-messages";
import type { ChatMessage, ChatPart } from "@switchyard/shared/wire/openai-chat";
import type { ReasoningDetail } from "@switchyard/shared/wire/reasoning-details";
import { joinTexts, partsOf, plainest } from "./content.ts";
import { recalledRedaction, recalledThought } from "./thoughts.ts";

/** @param nameOf a tool's name as chat providers know it */
export function chatMessagesOf(messages: readonly AnthropicMessage[], nameOf: (name: string) => string): ChatMessage[] {
  const chat: ChatMessage[] = [];
  // While calls wait for their results nothing may come between; what the system says meanwhile comes after.
  let awaited = new Set<string>();
  let held: ChatMessage[] = [];
  for (const { role, content } of messages) {
    const blocks: readonly AnyBlock[] = typeof content === "string" ? [{ type: "text", text: content }] : content;
    if (role === "system") {
      (awaited.size > 0 ? held : chat).push(...systemMessage(blocks));
      continue;
    }
    if (role === "assistant") {
      const answer = assistantMessage(blocks, nameOf);
      chat.push(...held, ...(answer ? [answer] : []));
      awaited = new Set(answer?.tool_calls?.map((call) => call.id));
    } else {
      const { results, rest } = resultsIn(blocks, awaited);
      chat.push(...results, ...held);
      const parts = [...rest];
      if (parts.length > 0) chat.push({ role: "user", content: plainest(parts) });
      awaited = new Set();
    }
    held = [];
  }
  return [...chat, ...held];
}

function systemMessage(blocks: readonly AnyBlock[]): ChatMessage[] {
  const parts = partsOf(blocks);
  return parts.length > 0 ? [{ role: "system", content: plainest(parts) }] : [];
}

/** Claude Code's account of itself for Anthropic's billing: it differs from call to call and would spoil other providers' caches. */
const BILLING = /^\s*x-anthropic-billing-header:/i;

/** The system prompt as a chat's first message; none when it says nothing. */
export function systemPrompt(system: string | readonly AnyBlock[] | undefined): ChatMessage[] {
  const blocks = typeof system === "string" ? [{ type: "text", text: system }] : (system ?? []);
  return systemMessage(blocks.filter((block) => !(typeof block["text"] === "string" && BILLING.test(block["text"]))));
}

type AssistantMessage = Extract<ChatMessage, { role: "assistant" }>;

function assistantMessage(blocks: readonly AnyBlock[], nameOf: (name: string) => string): AssistantMessage | undefined {
  const thoughts: string[] = [];
  const details: ReasoningDetail[] = [];
  const calls: NonNullable<AssistantMessage["tool_calls"]> = [];
  for (const block of blocks) {
    if (!isKnownBlock(block)) continue;
    if (block.type === "tool_use") {
      calls.push({ id: block.id, type: "function", function: { name: nameOf(block.name), arguments: JSON.stringify(block.input) } });
    } else if (block.type === "thinking" || block.type === "redacted_thinking") {
      const recalled = block.type === "thinking" ? recalledThought(block.thinking, block.signature ?? "") : recalledRedaction(block.data);
      if (recalled.text !== "") thoughts.push(recalled.text);
      details.push(...recalled.details);
    }
  }
  const parts = partsOf(blocks);
  if (parts.length === 0 && calls.length === 0) return undefined;
  return {
    role: "assistant",
    content: parts.length === 0 ? null : answerContent(parts),
    ...(thoughts.length === 0 ? {} : { reasoning_content: thoughts.join("\n\n") }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

/** Citations cut one text into several blocks, so the texts of an answer are joined without anything between them. */
function answerContent(parts: readonly ChatPart[]): string | ChatPart[] {
  const isText = parts.every((part) => part.type === "text" && part["cache_control"] === undefined);
  return isText ? parts.map((part) => (part.type === "text" ? part.text : "")).join("") : [...parts];
}

interface UserTurn {
  readonly results: readonly ChatMessage[];
  /** What the user says beside results, and pictures that came out of tools: a tool's message can only hold text. */
  readonly rest: readonly ChatPart[];
}

function resultsIn(blocks: readonly AnyBlock[], awaited: ReadonlySet<string>): UserTurn {
  const results: ChatMessage[] = [];
  const shown: ChatPart[] = [];
  const said: ChatPart[] = [];
  for (const block of blocks) {
    if (!isKnownBlock(block) || block.type !== "tool_result") {
      said.push(...partsOf([block]));
      continue;
    }
    const { words, media } = resultOf(block);
    if (!awaited.has(block.tool_use_id)) {
      // Its call is not in the conversation (any more): no provider takes such a result, so it is told as the user's words.
      said.push({ type: "text", text: `[Result of the tool call ${block.tool_use_id}]\n${words}` }, ...media);
      continue;
    }
    const marked = block["cache_control"] ? { cache_control: block["cache_control"] } : {};
    results.push({ role: "tool", tool_call_id: block.tool_use_id, content: words, ...marked });
    if (media.length > 0) shown.push({ type: "text", text: `[Shown by the tool call ${block.tool_use_id}]` }, ...media);
  }
  return { results, rest: [...shown, ...said] };
}

function resultOf({ content, is_error: isError }: ToolResultBlock): { readonly words: string; readonly media: readonly ChatPart[] } {
  const parts = typeof content === "string" ? [{ type: "text" as const, text: content }] : partsOf(content ?? []);
  const media = parts.filter((part) => part.type !== "text");
  const told = joinTexts(parts.filter((part) => part.type === "text"));
  const words = told === "" && media.length > 0 ? "(shown below)" : told;
  return { words: isError === true && !/^\W{0,3}error\b/i.test(words) ? `Error: ${words}` : words, media };
}
