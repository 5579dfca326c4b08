/** What the Responses door asks of the flow: the request in its own wire and as a chat. */
import type { Failure } from "@switchyard/shared/kernel/failure";
import { askedTierOf } from "@switchyard/shared/domain/service-tier";
import type { ResponsesRequest } from "@switchyard/shared/wire/openai-responses";
import { demandOfChat, type Demand, type Job, type Offer } from "../../../gateway/job.ts";
import { speaksResponses } from "../../../providers/speaks-responses.ts";
import { searchesMax } from "./hosted-tools.ts";
import { nativeBody } from "./native.ts";
import { isPlain } from "./plain-request.ts";
import { asChat, type AskedAsChat } from "./request.ts";
import { fitToTarget } from "./target-fit.ts";
import type { PlacedItem } from "./turns.ts";

export interface ResponsesJob {
  readonly job: Job;
  /** Undefined when a chat cannot say this request. */
  readonly asked: AskedAsChat | undefined;
  /** Why it cannot: what the caller is told when no provider speaks Responses itself. */
  readonly unsayable: Failure | undefined;
}

export function responsesJob(request: ResponsesRequest, items: readonly PlacedItem[]): ResponsesJob {
  const asked = asChat(request, items);
  const native = nativeBody(request, items);
  const plain = isPlain(
    request,
    items.map(({ item }) => item),
  );
  const offers: Offer[] = [{ operation: "responses", request: native, isFor: ({ provider }) => speaksResponses(provider, plain) }];
  if (asked.ok) offers.push({ operation: "chat", request: asked.value.chat });
  const searches = searchesMax(request);
  const demand = asked.ok ? inOwnWords(demandOfChat(asked.value.chat)) : demandOfItems(request, items);
  const job: Job = {
    surface: "responses",
    modelAsked: request.model,
    stream: request.stream === true,
    // In a chat the tool is dropped.
    demand: searches === 0 ? demand : { ...demand, searchesAt: ({ provider }) => (speaksResponses(provider, plain) ? searches : 0) },
    offers,
    asSent: request,
    fit: (offer, model) => fitToTarget(offer, model, searches),
  };
  return { job, asked: asked.ok ? asked.value : undefined, unsayable: asked.ok ? undefined : asked.failure };
}

/** What the chat would call `messages` is `input` here. */
const inOwnWords = (demand: Demand): Demand => ({
  ...demand,
  promptParam: "input",
  needs: demand.needs?.map((need) => (need.param.startsWith("messages") ? { ...need, param: "input" } : need)),
});

/** Fields whose text is the data of an image, a sound or a file. */
const MEDIA_FIELDS: ReadonlySet<string> = new Set(["image_url", "file_data", "file_url", "data", "encrypted_content"]);
const MEDIA_TYPES: ReadonlySet<unknown> = new Set(["input_image", "input_file", "input_audio"]);

function demandOfItems(request: ResponsesRequest, items: readonly PlacedItem[]): Demand {
  let mediaParts = 0;
  const prompt = [request.instructions, request.tools, request.text, items.map(({ item }) => item)];
  const text = JSON.stringify(prompt, (key, value: unknown) => {
    if (typeof value === "object" && value !== null && MEDIA_TYPES.has((value as { type?: unknown }).type)) mediaParts += 1;
    return MEDIA_FIELDS.has(key) ? "" : value;
  });
  return {
    prompt: { bytes: Buffer.byteLength(text), messages: items.length, mediaParts },
    choices: 1,
    outputAsked: request.max_output_tokens,
    serviceTier: askedTierOf(request.service_tier),
  };
}
