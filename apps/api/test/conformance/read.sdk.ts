/** Reads one answer with a provider's official SDK, streamed or whole, and tells it as a story. */
import type { Anthropic } from "@anthropic-ai/sdk";
import type { GoogleGenAI } from "@google/genai";
import type { OpenAI } from "openai";
import { GoogleCalls } from "./google-calls.ts";
import { FINISH, StoryTeller, type Story } from "./story.ts";

type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});
const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fields) : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const count = (value: unknown): number => (typeof value === "number" ? value : 0);

const MESSAGES = [{ role: "user" as const, content: "Say what was recorded." }];
const MAX_TOKENS = 4_000;

/** Chat completions, with the fields that members of the family add. */
export async function readChat(client: OpenAI, model: string, stream: boolean): Promise<Story> {
  const said = new StoryTeller();
  const tell = (choice: Fields, message: Fields): void => {
    const content = message["content"];
    said.text += text(content);
    // Mistral thinks in parts of the content.
    for (const part of Array.isArray(content) ? list(content) : []) {
      if (part["type"] === "text") said.text += text(part["text"]);
      for (const thought of list(part["thinking"])) said.reasoning += text(thought["text"]);
    }
    said.reasoning += text(message["reasoning_content"]) || text(message["reasoning"]);
    for (const [at, call] of list(message["tool_calls"]).entries()) {
      const called = fields(call["function"]);
      said.tool(count(call["index"] ?? at), { name: text(called["name"]), input: text(called["arguments"]) });
    }
    said.finish = text(choice["finish_reason"]) || said.finish;
  };
  const tellUsage = (usage: unknown): void => {
    if (typeof usage !== "object" || usage === null) return;
    const one = fields(usage);
    const cached = count(fields(one["prompt_tokens_details"])["cached_tokens"]) || count(one["prompt_cache_hit_tokens"]);
    const prompt = count(one["prompt_tokens"]);
    // Some count reasoning beside the completion, and only the total tells.
    const completion = Math.max(count(one["completion_tokens"]), count(one["total_tokens"]) - prompt);
    said.usage = { prompt, cached, completion };
  };
  if (stream) {
    const frames = await client.chat.completions.create({ model, messages: MESSAGES, stream: true, stream_options: { include_usage: true } });
    for await (const frame of frames) {
      for (const choice of list(frame.choices)) tell(choice, fields(choice["delta"]));
      tellUsage(frame.usage);
    }
  } else {
    const whole = await client.chat.completions.create({ model, messages: MESSAGES });
    for (const choice of list(whole.choices)) tell(choice, fields(choice["message"]));
    tellUsage(whole.usage);
  }
  return said.story;
}

/** Anthropic's Messages. */
export async function readMessages(client: Anthropic, model: string, stream: boolean): Promise<Story> {
  const said = new StoryTeller();
  const tellUsage = (usage: unknown): void => {
    const one = fields(usage);
    const before = said.usage ?? { prompt: 0, cached: 0, completion: 0 };
    const cached = typeof one["cache_read_input_tokens"] === "number" ? count(one["cache_read_input_tokens"]) : before.cached;
    const isPrompt = typeof one["input_tokens"] === "number";
    const prompt = isPrompt ? count(one["input_tokens"]) + cached + count(one["cache_creation_input_tokens"]) : before.prompt;
    said.usage = { prompt, cached, completion: typeof one["output_tokens"] === "number" ? count(one["output_tokens"]) : before.completion };
  };
  const tell = (block: Fields, at: number): void => {
    said.text += text(block["text"]);
    said.reasoning += text(block["thinking"]);
    if (block["type"] === "tool_use") {
      const input = fields(block["input"]);
      said.tool(at, { name: text(block["name"]), input: Object.keys(input).length > 0 ? JSON.stringify(input) : "" });
    }
  };
  const request = { model, max_tokens: MAX_TOKENS, messages: MESSAGES };
  if (stream) {
    for await (const event of await client.messages.create({ ...request, stream: true })) {
      const one = fields(event);
      const at = count(one["index"]);
      if (event.type === "message_start") tellUsage(event.message.usage);
      if (event.type === "content_block_start") tell(fields(event.content_block), at);
      if (event.type === "content_block_delta") {
        const delta = fields(event.delta);
        if (delta["type"] === "input_json_delta") said.tool(at, { input: text(delta["partial_json"]) });
        else tell(delta, at);
      }
      if (event.type === "message_delta") {
        said.finish = FINISH[text(event.delta.stop_reason)];
        tellUsage(event.usage);
      }
    }
  } else {
    const whole = await client.messages.create(request);
    for (const [at, block] of whole.content.entries()) tell(fields(block), at);
    said.finish = FINISH[text(whole.stop_reason)];
    tellUsage(whole.usage);
  }
  return said.story;
}

/** OpenAI's Responses. */
export async function readResponses(client: OpenAI, model: string, stream: boolean): Promise<Story> {
  const said = new StoryTeller();
  const tellWhole = (response: Fields): void => {
    const hasCalls = list(response["output"]).some((item) => item["type"] === "function_call");
    const reason = text(fields(response["incomplete_details"])["reason"]);
    said.finish = reason === "" ? (hasCalls ? "tool_calls" : "stop") : reason === "max_output_tokens" ? "length" : reason;
    const usage = fields(response["usage"]);
    if (response["usage"] !== undefined && response["usage"] !== null)
      said.usage = {
        prompt: count(usage["input_tokens"]),
        cached: count(fields(usage["input_tokens_details"])["cached_tokens"]),
        completion: count(usage["output_tokens"]),
      };
  };
  if (stream) {
    for await (const event of await client.responses.create({ model, input: "Say what was recorded.", stream: true })) {
      const one = fields(event);
      if (event.type === "response.output_text.delta" || event.type === "response.refusal.delta") said.text += event.delta;
      if (event.type === "response.reasoning_summary_text.delta" || event.type === "response.reasoning_text.delta") said.reasoning += event.delta;
      if (event.type === "response.output_item.added" && event.item.type === "function_call") said.tool(event.output_index, { name: event.item.name });
      if (event.type === "response.function_call_arguments.delta") said.tool(event.output_index, { input: event.delta });
      if (event.type === "response.completed" || event.type === "response.incomplete") tellWhole(fields(one["response"]));
    }
  } else {
    const whole = await client.responses.create({ model, input: "Say what was recorded." });
    for (const [at, item] of whole.output.entries()) {
      const one = fields(item);
      if (item.type === "message") for (const part of list(one["content"])) said.text += text(part["text"]) || text(part["refusal"]);
      if (item.type === "reasoning") for (const part of [...list(one["summary"]), ...list(one["content"])]) said.reasoning += text(part["text"]);
      if (item.type === "function_call") said.tool(at, { name: item.name, input: item.arguments });
    }
    tellWhole(fields(whole));
  }
  return said.story;
}

/** Google's generateContent. */
export async function readGoogle(client: GoogleGenAI, model: string, stream: boolean): Promise<Story> {
  const said = new StoryTeller();
  const calls = new GoogleCalls();
  const tell = (answer: unknown): void => {
    const one = fields(answer);
    const candidate = list(one["candidates"])[0] ?? {};
    for (const part of list(fields(candidate["content"])["parts"])) {
      if (part["thought"] === true) said.reasoning += text(part["text"]);
      else said.text += text(part["text"]);
      if (part["functionCall"] !== undefined) calls.add(fields(part["functionCall"]));
    }
    const reason = text(candidate["finishReason"]);
    if (reason !== "") said.finish = reason === "STOP" && calls.calls.length > 0 ? "tool_calls" : FINISH[reason];
    const usage = fields(one["usageMetadata"]);
    if (one["usageMetadata"] !== undefined)
      said.usage = {
        prompt: count(usage["promptTokenCount"]),
        cached: count(usage["cachedContentTokenCount"]),
        completion: count(usage["candidatesTokenCount"]) + count(usage["thoughtsTokenCount"]),
      };
  };
  const request = { model, contents: "Say what was recorded." };
  if (stream) for await (const piece of await client.models.generateContentStream(request)) tell(piece);
  else tell(await client.models.generateContent(request));
  for (const [at, { name, input }] of calls.calls.entries()) said.tool(at, { name, input: JSON.stringify(input) });
  return said.story;
}
