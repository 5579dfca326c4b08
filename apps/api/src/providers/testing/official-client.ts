/** Reads a stream as OpenAI's own client does, which insists on roles, indexes, types and finish reasons. */
import { ChatCompletionStream } from "openai/lib/ChatCompletionStream";
import { Stream } from "openai/core/streaming";
import type { ChatCompletion, ChatCompletionChunk } from "openai/resources/chat/completions";
import type { StreamStory } from "./stream-story.ts";

export async function readBySdk(story: StreamStory): Promise<ChatCompletion> {
  const bytes = Buffer.from(`${story.prelude}${story.content}${story.finishes.join("")}data: [DONE]\n\n`, "latin1");
  const lines: Buffer[] = [];
  for await (const chunk of Stream.fromSSEResponse<ChatCompletionChunk>(new Response(bytes), new AbortController()))
    lines.push(Buffer.from(`${JSON.stringify(chunk)}\n`));
  return ChatCompletionStream.fromReadableStream(ReadableStream.from(lines)).finalChatCompletion();
}
