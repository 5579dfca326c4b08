/** OpenAI's models at Azure: OpenAI's own rules; the key goes in a header of its own, the version in the address's query. */
import { isAzure } from "../openai-dialect/headers.ts";
import { OPENAI_QUIRKS } from "../openai-dialect/request.ts";
import type { CompatibleServer } from "../openai-dialect/server.ts";

/** Only the addresses without a deployment in them have it (https://learn.microsoft.com/azure/ai-foundry/openai/how-to/responses). */
const HAS_RESPONSES = /\/openai\/v1\/?$/;

export const azure: CompatibleServer = {
  name: "Azure OpenAI",
  isAt: isAzure,
  quirks: OPENAI_QUIRKS,
  responses: ({ pathname }) => (HAS_RESPONSES.test(pathname) ? "whole" : undefined),
};
