/** Reads the lists of models that providers publish: how each is asked for, page by page, and what its entries say. */
import type { Capability, ProviderKind } from "@switchyard/shared/domain/catalog";
import type { FurtherPart } from "@switchyard/shared/domain/usage";
import { nano, NANO_USD_MAX } from "@switchyard/shared/kernel/money";
import type { PriceTerms } from "./price-fields.ts";

/** A model as its provider lists it; what the list does not say is absent. */
export interface ListedModel {
  readonly id: string;
  readonly contextWindow?: number | undefined;
  readonly maxOutput?: number | undefined;
  readonly capabilities?: readonly Capability[] | undefined;
  /** The provider's own price, where its list has one. */
  readonly price?: PriceTerms | undefined;
}

export interface ListEndpoint {
  readonly kind: ProviderKind;
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ListPage {
  readonly models: readonly ListedModel[];
  /** What the next page is asked for with; absent on the last. */
  readonly next?: string | undefined;
}

/** @param after the former page's `next` */
export function listRequest(endpoint: ListEndpoint, after: string | undefined): { readonly url: string; readonly headers: Readonly<Record<string, string>> } {
  const base = endpoint.baseUrl.replace(/\/+$/, "");
  switch (endpoint.kind) {
    case "anthropic":
      return {
        url: `${base.replace(/\/v1$/, "")}/v1/models?limit=1000${after === undefined ? "" : `&after_id=${encodeURIComponent(after)}`}`,
        headers: { ...(endpoint.apiKey ? { "x-api-key": endpoint.apiKey } : {}), "anthropic-version": "2023-06-01", ...endpoint.headers },
      };
    case "google":
      return {
        url: `${base.replace(/\/v1(beta)?$/, "")}/v1beta/models?pageSize=1000${after === undefined ? "" : `&pageToken=${encodeURIComponent(after)}`}`,
        headers: { ...(endpoint.apiKey ? { "x-goog-api-key": endpoint.apiKey } : {}), ...endpoint.headers },
      };
    default:
      return { url: `${base}/models`, headers: { ...(endpoint.apiKey ? { authorization: `Bearer ${endpoint.apiKey}` } : {}), ...endpoint.headers } };
  }
}

/** @returns undefined when this is no list of models */
export function readList(kind: ProviderKind, text: string): ListPage | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (kind === "google") return readGoogle(answer);
  // Some servers answer with the bare list.
  const entries = Array.isArray(answer) ? answer : fieldsOf(answer)["data"];
  if (!Array.isArray(entries)) return undefined;
  const { has_more: more, last_id: last } = fieldsOf(answer);
  return { models: entries.flatMap((entry) => readEntry(fieldsOf(entry))), ...(more === true && typeof last === "string" ? { next: last } : {}) };
}

const NAME_LENGTH_MAX = 200;
// What a name may hold ends where other people's terminals and pages would be addressed.
const isName = (id: unknown): id is string =>
  typeof id === "string" && id.length > 0 && id.length <= NAME_LENGTH_MAX && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(id);

function readEntry(entry: Fields): ListedModel[] {
  const { id } = entry;
  if (!isName(id)) return [];
  const top = fieldsOf(entry["top_provider"]);
  return [
    {
      id,
      contextWindow: firstCount(entry["context_length"], entry["context_window"], entry["max_model_len"], entry["max_input_tokens"]),
      maxOutput: firstCount(top["max_completion_tokens"], entry["max_completion_tokens"], entry["max_output_tokens"], entry["max_tokens"]),
      capabilities: capabilitiesOf(entry),
      price: priceOf(fieldsOf(entry["pricing"])),
    },
  ];
}

/** OpenRouter's words; other servers say nothing, and then nothing is known. */
function capabilitiesOf(entry: Fields): Capability[] | undefined {
  const { input_modalities: input, output_modalities: output } = fieldsOf(entry["architecture"]);
  const parameters = entry["supported_parameters"];
  if (!Array.isArray(input) || !Array.isArray(parameters)) return undefined;
  const made: readonly unknown[] = Array.isArray(output) ? output : [];
  const found: [Capability, boolean][] = [
    ["chat", made.length === 0 || made.includes("text")],
    ["tools", parameters.includes("tools")],
    ["vision", input.includes("image")],
    ["audio", input.includes("audio")],
    // Files are read for every model on the way.
    ["pdf", true],
    ["json", parameters.includes("structured_outputs") || parameters.includes("response_format")],
    ["reasoning", parameters.includes("reasoning")],
    ["images", made.includes("image")],
  ];
  return found.flatMap(([capability, can]) => (can ? [capability] : []));
}

function readGoogle(answer: unknown): ListPage | undefined {
  const { models, nextPageToken } = fieldsOf(answer);
  if (!Array.isArray(models)) return undefined;
  return {
    models: models.flatMap((one) => {
      const entry = fieldsOf(one);
      const id = typeof entry["name"] === "string" ? entry["name"].replace(/^models\//, "") : undefined;
      if (!isName(id)) return [];
      return [{ id, contextWindow: firstCount(entry["inputTokenLimit"]), maxOutput: firstCount(entry["outputTokenLimit"]) }];
    }),
    ...(typeof nextPageToken === "string" && nextPageToken !== "" ? { next: nextPageToken } : {}),
  };
}

/** Dollars for one of each, as decimal text (https://openrouter.ai/docs/api-reference/list-available-models). */
function priceOf(pricing: Fields): PriceTerms | undefined {
  const perMillion = (name: string): bigint | undefined => scaled(pricing[name], 6);
  const input = perMillion("prompt");
  const output = perMillion("completion");
  if (input === undefined || output === undefined) return undefined;
  const rates: readonly (readonly [FurtherPart, bigint | undefined])[] = [
    ["audioInput", perMillion("audio")],
    ["searches", scaled(pricing["web_search"], 3)],
  ];
  const further = Object.fromEntries(rates.filter(([, rate]) => rate !== undefined && rate > 0n));
  return {
    inputPerMillion: input,
    cachedInputPerMillion: perMillion("input_cache_read") ?? input,
    cacheWritePerMillion: perMillion("input_cache_write") ?? input,
    outputPerMillion: output,
    reasoningPerMillion: largest(output, perMillion("internal_reasoning") ?? output),
    perCall: nano(scaled(pricing["request"], 0) ?? 0n),
    ...(Object.keys(further).length > 0 ? { further } : {}),
  };
}

const largest = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** Dollars as text times a power of ten, in nano-dollars, rounded up; undefined when negative (price on request) or no decimal. */
function scaled(value: unknown, power: number): bigint | undefined {
  const match = /^(\d{1,9})(?:\.(\d{1,24}))?$/.exec(typeof value === "string" ? value : "");
  if (!match) return undefined;
  const [, whole = "0", fraction = ""] = match;
  const kept = fraction.slice(0, 9 + power).padEnd(9 + power, "0");
  const amount = BigInt(whole + kept) + (/[1-9]/.test(fraction.slice(9 + power)) ? 1n : 0n);
  return amount > NANO_USD_MAX ? undefined : amount;
}

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const COUNT_MAX = 100_000_000;
const firstCount = (...values: readonly unknown[]): number | undefined =>
  values.find((value): value is number => typeof value === "number" && Number.isInteger(value) && value > 0 && value <= COUNT_MAX);
