/** Fits a request to one target: takes away what its model would refuse to hear, and bounds what the provider may do by itself. */
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import type { Offered } from "../../../providers/provider.ts";
import type { AskedAsChat } from "./request.ts";

/** A model that is known and known not to think refuses the wish for effort. */
const isDeafToEffort = ({ capabilities }: Pick<CatalogModel, "capabilities">): boolean => capabilities.length > 0 && !capabilities.includes("reasoning");

/** @param searches the most searches that are held for, where the caller set no bound of its own; 0 for none */
export function fitToTarget(offer: Offered, model: CatalogModel, searches: number): Offered {
  if (offer.operation === "chat" && offer.request.reasoning_effort !== undefined && isDeafToEffort(model)) {
    const { reasoning_effort: _effort, ...request } = offer.request;
    return { operation: "chat", request };
  }
  // xAI has no such field: there only the hold bounds what is charged.
  if (offer.operation === "responses" && searches > 0 && model.provider.kind === "openai")
    return { operation: "responses", request: { ...offer.request, max_tool_calls: searches } };
  return offer;
}

/** Places in the request that a chat with this model does not carry. */
export const droppedAt = ({ chat, dropped }: AskedAsChat, model: CatalogModel): readonly string[] =>
  chat.reasoning_effort !== undefined && chat.reasoning_effort !== "none" && isDeafToEffort(model) ? [...dropped, "reasoning.effort"] : dropped;
