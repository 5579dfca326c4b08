/** `POST /v1/completions`: OpenAI's legacy completions onto the flow of a call, one call for each prompt. */
import type { RequestHandler, Response } from "express";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import type { Failure } from "@switchyard/shared/kernel/failure";
import { parseCompletionsRequest, promptsOf, type CompletionsRequest, type Prompt } from "@switchyard/shared/wire/openai-completions";
import { addUsage, NO_USAGE } from "@switchyard/shared/domain/usage";
import { addUsd, ZERO_USD } from "@switchyard/shared/kernel/money";
import { runCall } from "../../gateway/call.ts";
import type { Bill, CallEvent, CallHead, CallOrigin } from "../../gateway/call-event.ts";
import { COMPLETIONS_PARAMS, toldInOwn } from "../dialects/chat-param.ts";
import { choicesOfChat, CompletionStream, frameOf, placedChoices, placedFrames, type Head, type Place } from "../dialects/completions/choices.ts";
import { completionsJob, type CompletionsJob } from "../dialects/completions/job.ts";
import { answerHeaders } from "./answer-headers.ts";
import { authenticate } from "./authenticate.ts";
import { errorBodyOf, sendFailure } from "./error-body.ts";
import { originOf, whileListening, type InferencePorts } from "./inference.http.ts";
import { INFERENCE_BODY_MAX, readJson } from "./read-body.ts";
import { DONE_FRAME, SseWriter } from "./sse.http.ts";
import { usageWithCost } from "./usage-with-cost.ts";

export function completions(ports: InferencePorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const json = await readJson(req, INFERENCE_BODY_MAX);
    if (!json.ok) return sendFailure(res, json.failure);
    const request = parseCompletionsRequest(json.value);
    if (!request.ok) return sendFailure(res, request.failure);
    await whileListening(ports, res, async (abort) => {
      const asked: Asked = { ports, principal: principal.value, origin: originOf(ports, req), request: request.value, abort };
      if (request.value.stream === true) await writeStream(asked, res);
      else await writeReply(asked, res);
    });
  };
}

interface Asked {
  readonly ports: InferencePorts;
  readonly principal: KeyPrincipal;
  readonly origin: CallOrigin;
  readonly request: CompletionsRequest;
  readonly abort: AbortController;
}

/** One prompt on its way, and where its choices stand among those of all prompts. */
interface Turn extends CompletionsJob {
  readonly events: AsyncIterable<CallEvent>;
  readonly place: Place;
}

/** A call is begun only when its turn has come. */
function turnOf({ ports, principal, origin, request, abort }: Asked, prompt: Prompt, at: number): Turn {
  const { job, unsayable } = completionsJob(request, prompt);
  return {
    job,
    unsayable,
    events: runCall(ports.gateway, { principal, origin: originOfTurn(origin, at), job }, abort),
    place: { offset: at * (request.n ?? 1), echo: request.echo === true && typeof prompt === "string" ? prompt : "" },
  };
}

/** Each prompt's call is repeated by a key of its own. */
const originOfTurn = (origin: CallOrigin, at: number): CallOrigin =>
  at === 0 || origin.idempotencyKey === undefined ? origin : { ...origin, idempotencyKey: `${origin.idempotencyKey}:${at}` };

/** Where no model of the targets completes texts, the reason is what a chat cannot say. */
const refusalOf = ({ unsayable }: Turn, why: Failure): Failure =>
  unsayable !== undefined && why.code === "not_supported" ? unsayable : toldInOwn(why, COMPLETIONS_PARAMS);

const headOf = ({ ports }: Asked, head: CallHead, model: string): Head => ({
  id: head.generationId,
  created: Math.floor(ports.gateway.clock.now() / 1000),
  model,
});

/** What all prompts cost together. */
const together = (bills: readonly Bill[]): Bill =>
  bills.reduce<Bill>((sum, { usage, cost }) => ({ usage: addUsage(sum.usage, usage), cost: addUsd(sum.cost, cost) }), { usage: NO_USAGE, cost: ZERO_USD });

async function writeReply(asked: Asked, res: Response): Promise<void> {
  const prompts = promptsOf(asked.request);
  const choices: Record<string, unknown>[] = [];
  const bills: Bill[] = [];
  let first: { readonly head: CallHead; readonly said: Head; readonly usage: unknown } | undefined;
  for (const [at, prompt] of prompts.entries()) {
    const turn = turnOf(asked, prompt, at);
    for await (const event of turn.events) {
      if (event.kind === "refused") {
        // Prompts before this one were answered and paid: to ask again by itself would pay them twice.
        const paid = bills.length === 0 ? {} : { "x-should-retry": "false" };
        return sendFailure(res.set({ ...answerHeaders(event.head), ...paid }), refusalOf(turn, event.failure));
      }
      if (event.kind !== "reply") continue;
      const { body } = event.reply;
      first ??= { head: event.head, said: headOf(asked, event.head, event.model.name), usage: body["usage"] };
      choices.push(...(event.operation === "chat" ? choicesOfChat(body, turn.place) : placedChoices(body, turn.place)));
      bills.push(event.bill);
    }
  }
  if (!first) throw new Error("a call ended without a word");
  const usage = usageWithCost(bills.length === 1 ? first.usage : undefined, together(bills));
  const text = JSON.stringify({ id: first.said.id, object: "text_completion", created: first.said.created, model: first.said.model, choices, usage });
  res.writeHead(200, { ...answerHeaders(first.head), "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  res.end(text);
}

async function writeStream(asked: Asked, res: Response): Promise<void> {
  const { ports, request } = asked;
  let first: { readonly head: CallHead; readonly said: Head } | undefined;
  const sse = new SseWriter(res, ports.sse, () => (first ? answerHeaders(first.head) : {}));
  const errorFrame = (why: Failure): string => `data: ${JSON.stringify(errorBodyOf(why))}\n\n`;
  const bills: Bill[] = [];
  try {
    for (const [at, prompt] of promptsOf(request).entries()) {
      const turn = turnOf(asked, prompt, at);
      let told: CompletionStream | undefined;
      for await (const event of turn.events) {
        switch (event.kind) {
          case "opened":
            first ??= { head: event.head, said: headOf(asked, event.head, event.model.name) };
            told = event.operation === "chat" ? new CompletionStream(first.said, turn.place) : undefined;
            sse.open(answerHeaders(first.head));
            break;
          case "frames": {
            const bytes = told ? told.push(event.bytes) : at === 0 || !first ? event.bytes : placedFrames(event.bytes, first.said, turn.place);
            // A client that is gone is told to the flow by the response's close; what follows here only settles.
            if (bytes.length > 0) await sse.write(bytes);
            break;
          }
          case "done":
            bills.push(event.bill);
            break;
          case "broken":
            return sse.end(errorFrame(event.failure));
          case "refused": {
            sse.stop();
            const why = refusalOf(turn, event.failure);
            // An earlier prompt was answered, or keep-alives went out: then the error goes into the stream.
            if (first || res.headersSent) sse.end(errorFrame(why));
            else sendFailure(res.set(answerHeaders(event.head)), why);
            return;
          }
          case "reply":
            throw new Error("a streamed call was answered whole");
        }
      }
    }
    if (first && request.stream_options?.include_usage === true) await sse.write(frameOf(first.said, [], { usage: usageWithCost(undefined, together(bills)) }));
    sse.end(DONE_FRAME);
  } finally {
    sse.stop();
  }
}
