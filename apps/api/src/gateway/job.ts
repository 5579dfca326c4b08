/** What a door gives to the flow of a call: one request in every wire that may carry it, and what bounds its cost. */
import type { Surface } from "@switchyard/shared/domain/call";
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import { askedTierOf, type AskedTier } from "@switchyard/shared/domain/service-tier";
import { mediaPartsOf, messageCountOf, promptBytesOf, type ChatRequest } from "@switchyard/shared/wire/openai-chat";
import { mediaTokensOf, type CallDemand } from "../ledger/estimate.ts";
import { isMeantFor, needsOfChat, type Need } from "./suitability.ts";
import type { Offered, Operation, ProviderAdapter } from "../providers/provider.ts";

/** What the worst case of a call is made of, whoever carries it out. */
export interface Demand extends CallDemand {
  /** The most tokens of output for each choice that the caller asked for; undefined when the caller set no cap; 0 where nothing is generated. */
  readonly outputAsked: number | undefined;
  /** The same where it depends on the model that answers; undefined for those to which `outputAsked` applies. */
  readonly outputAt?: ((model: CatalogModel) => number | undefined) | undefined;
  /** Which service tier was asked for; a request that cannot name one leaves it to the provider. */
  readonly serviceTier?: AskedTier | undefined;
  /** What not every model can do. */
  readonly needs?: readonly Need[] | undefined;
  /** The parameter that holds the prompt, where it is not `messages`. */
  readonly promptParam?: string | undefined;
}

/** One operation with its request. */
export type Offer = Offered & {
  /** The targets it is meant for, where knowing the provider is not enough. */
  readonly isFor?: (model: CatalogModel) => boolean;
};

export interface Job {
  readonly surface: Surface;
  readonly modelAsked: string;
  readonly stream: boolean;
  readonly demand: Demand;
  /** The same request in several wires, the truest first; a target is asked in the first one that its provider speaks. */
  readonly offers: readonly Offer[];
  /** What the caller sent, where the offers hold what was kept of before: a repeated request is known by it. */
  readonly asSent?: unknown;
  /** Fits an offer to the target that is asked, where the request holds extras that only some targets can be told. */
  readonly fit?: (offer: Offered, model: CatalogModel) => Offered;
}

/** The wire in which this target would be asked; undefined when its provider speaks none of them, or the model is for something else. */
export function offerFor(offers: readonly Offer[], adapter: ProviderAdapter, model: CatalogModel): Offer | undefined {
  for (const offer of offers) if (adapter.speaks(offer.operation) && isMeantFor(model, offer.operation) && (offer.isFor?.(model) ?? true)) return offer;
  return undefined;
}

/** The next wire in which it could be asked, where a server turned out not to have the route of this one. */
export const offerAfter = (refused: Offer, offers: readonly Offer[], adapter: ProviderAdapter, model: CatalogModel): Offer | undefined =>
  offerFor(offers.slice(offers.indexOf(refused) + 1), adapter, model);

/** Operations that generate tokens, where an answer without content is none. */
const GENERATING: ReadonlySet<Operation> = new Set<Operation>(["chat", "messages", "responses", "completions", "video_analysis"]);
export const isGenerating = (operation: Operation): boolean => GENERATING.has(operation);

/** What bounds the cost of a chat. */
export function demandOfChat(request: ChatRequest): Demand {
  const media = mediaPartsOf(request);
  return {
    prompt: { bytes: promptBytesOf(request), messages: messageCountOf(request), mediaParts: media.length, mediaTokensMax: mediaTokensOf(media) },
    choices: request.n ?? 1,
    outputAsked: request.max_completion_tokens ?? request.max_tokens ?? undefined,
    serviceTier: askedTierOf(request.service_tier),
    needs: needsOfChat(request),
    ...(wantsMedia(request["modalities"]) ? { mediaOutput: true } : {}),
    ...(searches(request) ? { searchesAt: () => SEARCHES_MAX } : {}),
  };
}

const wantsMedia = (modalities: unknown): boolean => Array.isArray(modalities) && modalities.some((one) => one !== "text");
/** A model that may search does so a few times in one answer; no provider lets it search more than this without being asked. */
export const SEARCHES_MAX = 10;
const searches = (request: ChatRequest): boolean => {
  const options = request["web_search_options"];
  return (options !== undefined && options !== null) || (request.plugins !== undefined && request.plugins !== null);
};

/** A chat in its canonical wire alone. */
export const chatJob = (request: ChatRequest, surface: Surface = "chat"): Job => ({
  surface,
  modelAsked: request.model,
  stream: request.stream === true,
  demand: demandOfChat(request),
  offers: [{ operation: "chat", request }],
});

const CACHE_KEY_LENGTH_MAX = 256;

/** OpenAI's `prompt_cache_key`, with which a caller says which calls share a prompt; undefined when it says nothing. */
export function cacheKeyOf({ offers }: Job): string | undefined {
  const key = (offers[0]?.request as { prompt_cache_key?: unknown } | undefined)?.prompt_cache_key;
  return typeof key === "string" && key !== "" ? key.slice(0, CACHE_KEY_LENGTH_MAX) : undefined;
}
