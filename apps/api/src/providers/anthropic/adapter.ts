/** Anthropic's Messages, as a chat wire and as it is. */
import type { ChatWire, ProviderWires, Wire } from "../provider.ts";
import { partsOfReply } from "../reply-parts.ts";
import { countWire } from "./count.ts";
import { anthropicFailure } from "./failure.ts";
import { messagesRequest } from "./messages-request.ts";
import { messagesResponse, messagesRetold } from "./messages-response.ts";
import { messagesReader } from "./messages-stream.ts";
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

const messagesWire: Wire<"messages"> = {
  request: messagesRequest,
  response: messagesResponse,
  reader: messagesReader,
  retell: messagesRetold,
  failure: anthropicFailure,
};

export const anthropicWires: ProviderWires = { chat: anthropicWire, messages: messagesWire, message_count: countWire };
