/**
 * What a model is for, as its maker's way of naming tells: only what holds without exception. A name that tells nothing is
 * no answer, and its model is asked.
 */
import type { Capability } from "@switchyard/shared/domain/catalog";

interface Naming {
  readonly name: RegExp;
  readonly can: readonly Capability[];
}

/** Gemini's models that answer with pictures are chats; what is not told of them is taken as possible. */
const PAINTING_CHAT: readonly Capability[] = ["chat", "images", "tools", "json", "vision", "pdf", "audio"];

/** The first that fits counts. */
const NAMINGS: Readonly<Record<string, readonly Naming[]>> = {
  // https://platform.openai.com/docs/models
  openai: [
    { name: /^text-embedding-/, can: ["embeddings"] },
    { name: /^(?:dall-e|gpt-image|chatgpt-image)/, can: ["images"] },
    { name: /^tts-1|-tts(?:-|$)/, can: ["speech"] },
    { name: /^whisper-1$|-transcribe(?:-|$)/, can: ["transcription"] },
    { name: /^(?:omni|text)-moderation/, can: ["moderation"] },
    { name: /^(?:babbage-002|davinci-002|gpt-3\.5-turbo-instruct)/, can: ["completions"] },
  ],
  // https://ai.google.dev/gemini-api/docs/models
  google: [
    { name: /embedding/, can: ["embeddings"] },
    { name: /^imagen-/, can: ["images"] },
    { name: /^gemini-.*-tts(?:-|$)/, can: ["speech"] },
    { name: /^gemini-.*-image(?:-|$)/, can: PAINTING_CHAT },
  ],
  // https://docs.x.ai/docs/models
  xai: [{ name: /^grok-.*(?:image|imagine)/, can: ["images"] }],
  // https://openrouter.ai/models lists pictures and sound as chats
  openrouter: [{ name: /text-embedding-|gemini-embedding|qwen3-embedding|mistral-embed/, can: ["embeddings"] }],
  // https://console.groq.com/docs/models
  groq: [
    { name: /whisper/, can: ["transcription"] },
    { name: /-tts(?:-|$)|^canopylabs\/orpheus/, can: ["speech"] },
  ],
  // https://docs.mistral.ai/getting-started/models
  mistral: [
    { name: /^(?:mistral|codestral)-embed/, can: ["embeddings"] },
    { name: /^mistral-moderation/, can: ["moderation"] },
    { name: /-transcribe(?:-|$)/, can: ["transcription"] },
  ],
  together: [
    { name: /whisper/, can: ["transcription"] },
    { name: /^black-forest-labs\/FLUX/i, can: ["images"] },
  ],
  fireworks: [
    { name: /qwen3-embedding|nomic-embed/, can: ["embeddings"] },
    { name: /qwen3-reranker/, can: ["rerank"] },
    { name: /whisper/, can: ["transcription"] },
  ],
};

/** Chats that also write down what they hear, at the door for that. */
const HEARING_CHATS: Readonly<Record<string, RegExp>> = { google: /^gemini-/, mistral: /^voxtral-/ };

/** @returns undefined where the name does not tell */
export const capabilitiesByName = (maker: string, model: string): readonly Capability[] | undefined =>
  NAMINGS[maker]?.find(({ name }) => name.test(model))?.can;

/** Whether a model that chats also serves `/v1/audio/transcriptions`. */
export const chatTranscribes = (maker: string, model: string): boolean => HEARING_CHATS[maker]?.test(model) ?? false;
