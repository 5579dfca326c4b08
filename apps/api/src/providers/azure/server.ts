/** OpenAI's models at Azure: OpenAI's own rules; the key goes in a header of its own, the version in the address's query. */
import { isAzure } from "../openai-dialect/headers.ts";
import { OPENAI_QUIRKS } from "../openai-dialect/request.ts";
import type { CompatibleServer } from "../openai-dialect/server.ts";

export const azure: CompatibleServer = { name: "Azure OpenAI", isAt: isAzure, quirks: OPENAI_QUIRKS };
