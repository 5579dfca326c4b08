/** Anthropic's Messages as a chat wire. */
import type { ChatWire, ProviderWires } from "../provider.ts";
import { partsOfReply } from "../reply-parts.ts";
import { anthropicFailure } from "./failure.ts";
import { anthropicRequest } from "./request.ts";
import { anthropicResponse } from "./response.ts";
import { anthropicReader } from "./stream.ts";

export const anthropicWire: ChatWire = {
  request: anthropicRequest,
  response: anthropicResponse,
  reader: anthropicReader,
  retell: partsOfReply,
  failure: anthropicFailure,
};

export const anthropicWires: ProviderWires = { chat: anthropicWire };
