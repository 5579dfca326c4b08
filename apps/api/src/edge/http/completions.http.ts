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
import { errorFrame } from "./error-body.ts";
import { originOf, whileListening, type InferencePorts } from "./inference.http.ts";
import { jsonRoute } from "./json-route.http.ts";
import { DONE_FRAME } from "./sse.http.ts";
import { sendJson, sendRefusal, tellFrames, withStream, type StreamWire } from "./tell-call.http.ts";
import { usageWithCost } from "./usage-with-cost.ts";

export const completions = (ports: InferencePorts): RequestHandler =>
  jsonRoute(ports, parseCompletionsRequest, ({ principal, request }, req, res) =>
    whileListening(ports, res, (abort) => {
      const asked: Asked = { ports, principal, origin: originOf(ports, req), request, abort };
      return request.stream === true ? writeStream(asked, res) : writeReply(asked, res);
    }),
  );

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
        if (bills.length > 0) res.set("x-should-retry", "false");
        return sendRefusal(res, event, refusalOf(turn, event.failure));
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
  const { id, created, model } = first.said;
  sendJson(res, answerHeaders(first.head), { id, object: "text_completion", created, model, choices, usage });
}

const writeStream = (asked: Asked, res: Response): Promise<void> =>
  withStream(asked.ports, res, async (sse) => {
    const { request } = asked;
    const bills: Bill[] = [];
    let said: Head | undefined;
    for (const [at, prompt] of promptsOf(request).entries()) {
      const turn = turnOf(asked, prompt, at);
      let told: CompletionStream | undefined;
      const wire: StreamWire = {
        open: ({ head, model, operation }) => {
          said ??= headOf(asked, head, model.name);
          told = operation === "chat" ? new CompletionStream(said, turn.place) : undefined;
          return "";
        },
        frames: (bytes) => (told ? told.push(bytes) : at === 0 || !said ? bytes : placedFrames(bytes, said, turn.place)),
        refusal: (why) => refusalOf(turn, why),
        error: errorFrame,
      };
      if (!(await tellFrames(sse, turn.events, res, wire, (bill) => void bills.push(bill)))) return;
    }
    const usage = said && request.stream_options?.include_usage === true ? frameOf(said, [], { usage: usageWithCost(undefined, together(bills)) }) : "";
    sse.end(usage + DONE_FRAME);
  });
