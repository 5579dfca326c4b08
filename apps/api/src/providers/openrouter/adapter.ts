/** OpenRouter: the dialect; it hands thoughts on with their proofs, and tells what a call cost. */
import type { ChatRequest } from "@switchyard/shared/wire/openai-chat";
import { embeddingsWire } from "../openai-dialect/embeddings.ts";
import { filmWire } from "../openai-dialect/film.ts";
import type { Fields } from "../openai-dialect/fields.ts";
import { dialectWire } from "../openai-dialect/wire.ts";
import type { ProviderWires } from "../provider.ts";
import { Unsayable } from "../unsayable.ts";

/** Fields by which a caller could have another model answer, or buy extras: then our price would be no bound. */
const ROUTING_FIELDS = ["models", "route", "preset", "plugins"] as const;

function refusal(request: ChatRequest): Unsayable | undefined {
  const given = ROUTING_FIELDS.find((name) => request[name] !== undefined);
  return given === undefined ? undefined : new Unsayable(given, "it cannot be set by a caller, because it decides what a call costs");
}

/** https://openrouter.ai/docs/use-cases/usage-accounting */
const rewrite = (body: Fields): Fields => ({ ...body, usage: { include: true } });

export const openrouterWire = dialectWire({
  capField: "max_tokens",
  capFieldIsFixed: true,
  messages: { thoughts: true, details: true, cacheControl: true },
  refusal,
  rewrite,
});

export const openrouterWires: ProviderWires = { chat: openrouterWire, embeddings: embeddingsWire, video_analysis: filmWire };
