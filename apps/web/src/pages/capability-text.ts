/** What the capabilities of models are called. */
import type { Capability } from "@switchyard/shared/domain/catalog";

export const CAPABILITY_TEXT = {
  chat: "capability.chat",
  tools: "capability.tools",
  vision: "capability.vision",
  json: "capability.json",
  reasoning: "capability.reasoning",
  audio: "capability.audio",
  pdf: "capability.pdf",
  embeddings: "capability.embeddings",
  completions: "capability.completions",
  images: "capability.images",
  transcription: "capability.transcription",
  speech: "capability.speech",
  moderation: "capability.moderation",
  rerank: "capability.rerank",
} as const satisfies Record<Capability, string>;
