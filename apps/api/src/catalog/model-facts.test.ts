import { expect, test } from "vitest";
import type { ProviderKind } from "@switchyard/shared/domain/catalog";
import { factsOf } from "./model-facts.ts";

const capabilitiesOf = (kind: ProviderKind, model: string, baseUrl = "") => factsOf({ kind, baseUrl }, model)?.capabilities;
const PURPOSES = /^(?:chat|completions|embeddings|images|transcription|speech|moderation|rerank)$/;

test.each([
  ["openai", "text-embedding-3-small", ["embeddings"]],
  ["openai", "gpt-image-1", ["images"]],
  ["openai", "gpt-4o-mini-tts", ["speech"]],
  ["openai", "gpt-4o-mini-transcribe", ["transcription"]],
  ["openai", "omni-moderation-latest", ["moderation"]],
  ["openai", "gpt-3.5-turbo-instruct", ["completions"]],
  ["openai", "gpt-5", ["chat"]],
  ["google", "imagen-4.0-generate-001", ["images"]],
  ["google", "gemini-2.5-flash-preview-tts", ["speech"]],
  ["google", "gemini-2.5-flash-image", ["chat", "images"]],
  ["google", "gemini-2.5-flash", ["chat", "transcription"]],
  ["google", "gemini-embedding-001", ["embeddings"]],
] as const)("%s's %s is for %j", (kind, model, purposes) => {
  expect(capabilitiesOf(kind, model)?.filter((one) => PURPOSES.test(one))).toEqual(purposes);
});

test("a server of the OpenAI family is known by its address, and what nobody knows has no facts", () => {
  expect(capabilitiesOf("openai-compatible", "whisper-large-v3", "https://api.groq.com/openai/v1")).toEqual(["transcription"]);
  expect(capabilitiesOf("openai-compatible", "whisper-large-v3", "http://127.0.0.1:8000/v1")).toBeUndefined();
  expect(capabilitiesOf("openai", "gpt-of-tomorrow")).toBeUndefined();
});

test("a chat that makes pictures may be asked about one", () => {
  expect(capabilitiesOf("google", "gemini-2.5-flash-image")).toEqual(expect.arrayContaining(["vision", "tools"]));
});
