/** Whether a model can do what a call needs, judged by the catalog before any money is held. */
import { isPurpose, type Capability, type CatalogModel, type Purpose } from "@switchyard/shared/domain/catalog";
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import type { ChatRequest } from "@switchyard/shared/wire/openai-chat";
import type { PromptSize } from "../ledger/estimate.ts";
import type { Operation } from "../providers/provider.ts";

/** Something that not every model can do, and the parameter that asks for it. */
export interface Need {
  readonly capability: Capability;
  readonly param: string;
}

export interface Needs {
  readonly prompt: PromptSize;
  /** 0 where nothing is generated: then a prompt may be many texts, each with the context to itself. */
  readonly outputAsked: number | undefined;
  readonly needs?: readonly Need[] | undefined;
  /** The parameter that holds the prompt; `messages` when it is not said. */
  readonly promptParam?: string | undefined;
}

/** Why a model is left out. `because` is for the trail, `failure` for a caller who has no other model. */
export interface Unsuitable {
  readonly because: string;
  readonly failure: Failure;
}

/** The purposes that serve an operation: whoever chats may also complete texts, as many servers of the OpenAI family let it. */
const SERVED_BY: Readonly<Record<Operation, readonly Purpose[]>> = {
  chat: ["chat"],
  messages: ["chat"],
  message_count: ["chat"],
  responses: ["chat"],
  completions: ["chat", "completions"],
  embeddings: ["embeddings"],
  moderations: ["moderation"],
  rerank: ["rerank"],
  image_generation: ["images"],
  image_edit: ["images"],
  transcription: ["transcription"],
  translation: ["transcription"],
  speech: ["speech"],
  video_analysis: ["chat"],
};

/** Whether a model is for this, as far as anybody has said what it is for. */
export function isMeantFor({ capabilities }: Pick<CatalogModel, "capabilities">, operation: Operation): boolean {
  for (const purpose of SERVED_BY[operation]) if (capabilities.includes(purpose)) return true;
  return !capabilities.some(isPurpose);
}

const PURPOSE_WORDS: Readonly<Record<Purpose, string>> = {
  chat: "chats",
  completions: "completing texts",
  embeddings: "embeddings",
  images: "making pictures",
  transcription: "transcription",
  speech: "speech",
  moderation: "moderation",
  rerank: "reranking",
};

/** Why a model that is for something else cannot be asked any of these; undefined when it is for one of them. */
export function otherPurpose(model: CatalogModel, operations: readonly Operation[]): Unsuitable | undefined {
  if (operations.some((operation) => isMeantFor(model, operation))) return undefined;
  const because = `is for ${model.capabilities
    .filter(isPurpose)
    .map((purpose) => PURPOSE_WORDS[purpose])
    .join(" and ")}`;
  return { because, failure: failure("not_supported", { param: "model", publicText: `The model '${model.name}' ${because} and cannot be asked this.` }) };
}

const WORDS: Readonly<Partial<Record<Capability, string>>> = {
  vision: "see pictures",
  audio: "hear or speak",
  pdf: "read documents",
  tools: "use tools",
};

/** @returns undefined when the model may be asked: what the catalog does not know is for the provider to say */
export function unsuitable(model: CatalogModel, { prompt, outputAsked, needs = [], promptParam = "messages" }: Needs): Unsuitable | undefined {
  const { capabilities, contextWindow } = model;
  const missing = capabilities.length === 0 ? undefined : needs.find(({ capability }) => !can(capabilities, capability));
  if (missing) {
    const words = WORDS[missing.capability] ?? missing.capability;
    return {
      because: `cannot ${words}`,
      failure: failure("invalid_request", { param: missing.param, publicText: `The model '${model.name}' cannot ${words}.` }),
    };
  }
  if (contextWindow === undefined || outputAsked === 0) return undefined;
  const least = promptTokensLeast(prompt);
  if (least <= contextWindow) return undefined;
  return {
    because: `a prompt of at least ${least} tokens is beyond its ${contextWindow}`,
    failure: failure("context_length_exceeded", {
      param: promptParam,
      publicText: `The prompt has at least ${least} tokens, and the context of the model '${model.name}' ends at ${contextWindow}.`,
    }),
  };
}

/** Whoever sees pictures reads the pages of a document as such. */
const can = (capabilities: readonly Capability[], wanted: Capability): boolean =>
  capabilities.includes(wanted) || (wanted === "pdf" && capabilities.includes("vision"));

const BYTES_PER_TOKEN_LEAST = 6;
/**
 * Fewer tokens than a prompt of text can hardly have: no language and no code that people write has more bytes to a token.
 * Only what is certainly too long is refused here; the provider judges the rest exactly.
 */
const promptTokensLeast = (size: PromptSize): number => Math.floor(size.bytes / BYTES_PER_TOKEN_LEAST);

/**
 * What a chat asks for beyond text, each once. A JSON schema is none of it: every provider takes one or has it translated,
 * and lists of capabilities that people write seldom name it.
 */
export function needsOfChat(request: ChatRequest): readonly Need[] {
  const needs = new Map<Capability, string>();
  const need = (capability: Capability, param: string): void => void (needs.has(capability) || needs.set(capability, param));
  request.messages.forEach(({ content }, at) => {
    if (!Array.isArray(content)) return;
    content.forEach((part: { readonly type?: unknown }, index) => {
      const capability = typeof part.type === "string" ? OF_PART[part.type] : undefined;
      if (capability) need(capability, `messages[${at}].content[${index}]`);
    });
  });
  if (Array.isArray(request.tools) && request.tools.length > 0) need("tools", "tools");
  const modalities = request["modalities"];
  if (Array.isArray(modalities) && modalities.includes("audio")) need("audio", "modalities");
  return [...needs].map(([capability, param]) => ({ capability, param }));
}

const OF_PART: Readonly<Record<string, Capability>> = { image_url: "vision", input_audio: "audio", file: "pdf" };
