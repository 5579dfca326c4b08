/** The servers of the OpenAI family whose quirks are known: one folder and one line each. */
import { azure } from "./azure/server.ts";
import { cerebras } from "./cerebras/server.ts";
import { deepseek } from "./deepseek/server.ts";
import { groq } from "./groq/server.ts";
import { lmStudio } from "./lm-studio/server.ts";
import { mistral } from "./mistral/server.ts";
import { ollama } from "./ollama/server.ts";
import type { CompatibleServer } from "./openai-dialect/server.ts";

export const COMPATIBLE_SERVERS: readonly CompatibleServer[] = [azure, cerebras, deepseek, groq, lmStudio, mistral, ollama];
