/** What the completions door asks of the flow for one prompt: its own wire where the model has it, a chat elsewhere. */
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import type { ChatRequest } from "@switchyard/shared/wire/openai-chat";
import type { CompletionsRequest, Prompt } from "@switchyard/shared/wire/openai-completions";
import { demandOfChat, type Job } from "../../../gateway/job.ts";

export interface CompletionsJob {
  readonly job: Job;
  /** Why a chat cannot say this request; undefined when it can. */
  readonly unsayable: Failure | undefined;
}

/** At most so many bytes make a token, for prompts that come as tokens. */
const BYTES_PER_TOKEN = 4;

export function completionsJob(request: CompletionsRequest, prompt: Prompt): CompletionsJob {
  const chat = chatOf(request, typeof prompt === "string" ? prompt : "x".repeat(prompt.length * BYTES_PER_TOKEN));
  const demand = demandOfChat(chat);
  const choices = Math.max(request.n ?? 1, request.best_of ?? 1);
  const native = { operation: "completions" as const, request: { ...request, prompt } };
  const unsayable = unsayableOf(request, prompt);
  return {
    unsayable,
    job: {
      surface: "completions",
      modelAsked: request.model,
      stream: request.stream === true,
      demand: { ...demand, choices },
      // Most models know chats only: those that complete texts say so. What a chat cannot say is tried with all.
      offers: unsayable
        ? [native]
        : [
            { ...native, isFor: ({ capabilities }) => capabilities.includes("completions") },
            { operation: "chat", request: chat },
          ],
    },
  };
}

function unsayableOf({ suffix, echo, logprobs, best_of: bestOf, n }: CompletionsRequest, prompt: Prompt): Failure | undefined {
  if (typeof prompt !== "string") return cannot("prompt", "a prompt of tokens");
  if (suffix !== undefined && suffix !== "") return cannot("suffix", "a suffix");
  if (echo === true && logprobs !== undefined) return cannot("echo", "an echo with logprobs");
  return bestOf !== undefined && bestOf > (n ?? 1) ? cannot("best_of", "the best of several answers") : undefined;
}

const cannot = (param: string, what: string): Failure =>
  failure("not_supported", { param, publicText: `No target of this model can take ${what}: only models that complete texts can.` });

/** The prompt as what the user says. Without `max_tokens` the model's own cap holds: OpenAI's old default of 16 cuts any chat short. */
function chatOf(request: CompletionsRequest, prompt: string): ChatRequest {
  const { prompt: _prompt, suffix: _suffix, echo: _echo, best_of: _bestOf, logprobs, max_tokens: cap, ...rest } = request;
  return {
    ...rest,
    messages: [{ role: "user", content: prompt }],
    ...(cap === undefined ? {} : { max_completion_tokens: cap }),
    ...(logprobs === undefined ? {} : { logprobs: true, top_logprobs: logprobs }),
  };
}
