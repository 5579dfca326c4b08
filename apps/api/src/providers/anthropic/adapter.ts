/** Anthropic's Messages as a chat wire. */
import type { ChatWire } from "../provider.ts";
import { anthropicFailure } from "./failure.ts";
import { anthropicRequest } from "./request.ts";
import { anthropicResponse } from "./response.ts";
import { anthropicReader } from "./stream.ts";

export const anthropicWire: ChatWire = {
  request: anthropicRequest,
  response: anthropicResponse,
  reader: anthropicReader,
  failure: anthropicFailure,
};
