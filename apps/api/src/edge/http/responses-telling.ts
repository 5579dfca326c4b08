/** What a response is asked as, and how what comes of it is told: the same for whoever waits for it and for nobody. */
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import type { Failure } from "@switchyard/shared/kernel/failure";
import { formatId } from "@switchyard/shared/kernel/id";
import type { InputItem, ResponsesRequest } from "@switchyard/shared/wire/openai-responses";
import type { Bill, CallEvent, CallHead } from "../../gateway/call-event.ts";
import { RESPONSES_PARAMS, toldInOwn } from "../dialects/chat-param.ts";
import type { ResponsesJob } from "../dialects/responses/job.ts";
import { NativeStream } from "../dialects/responses/native.ts";
import type { ResponseHead, Unfinished } from "../dialects/responses/response-object.ts";
import { ResponseStream } from "../dialects/responses/stream.ts";
import { droppedAt } from "../dialects/responses/target-fit.ts";
import type { InferencePorts } from "./inference.http.ts";
import { isToBeKept, type HistoryPorts } from "./responses-keeping.ts";

export interface ResponsesPorts extends InferencePorts, HistoryPorts {}

export interface Asked extends ResponsesJob {
  readonly ports: ResponsesPorts;
  readonly principal: KeyPrincipal;
  readonly request: ResponsesRequest;
  /** The request's own items, references resolved. */
  readonly own: readonly InputItem[];
  readonly createdSeconds: number;
}

export const nowSeconds = ({ ports }: Pick<Asked, "ports">): number => Math.floor(ports.gateway.clock.now() / 1000);

export const responseHead = (asked: Asked, id: string, model: string): ResponseHead => ({
  id,
  model,
  request: asked.request,
  createdSeconds: asked.createdSeconds,
  stored: isToBeKept(asked.ports, asked.request),
});

/** Makes the ids of a response's items its own. */
export const suffixOf = ({ callId }: CallHead): string => formatId("call", callId).slice("gen_".length);

/** What an event tells of who answers. */
export type Answering = Pick<Extract<CallEvent, { kind: "opened" }>, "head" | "operation" | "model">;

const DROPPED_TOLD_MAX = 50;

/** What a chat could not carry is named, so that nothing is lost in silence. */
export function droppedHeader({ asked }: Asked, { operation, model }: Answering): Record<string, string> {
  const dropped = operation === "chat" && asked ? droppedAt(asked, model) : [];
  return dropped.length === 0 ? {} : { "x-switchyard-dropped": dropped.slice(0, DROPPED_TOLD_MAX).join(", ") };
}

/** Where no provider speaks Responses itself, the reason is what a chat cannot say. */
export const refusalOf = ({ unsayable }: Asked, why: Failure): Failure =>
  unsayable !== undefined && why.code === "not_supported" ? unsayable : toldInOwn(why, RESPONSES_PARAMS);

/** What stands between the frames of a call and its readers: they are passed on, or told anew. */
export interface Teller {
  open(): string;
  push(frames: Buffer): Buffer | string;
  end(bill: Bill, nowSeconds: number): Record<string, unknown>;
  last(response: Record<string, unknown>): string;
  broken(why: Failure): string;
  /** The response as far as it came. */
  snapshot(end: Unfinished): Record<string, unknown>;
}

export function tellerFor(asked: Asked, { head, operation, model }: Answering): Teller {
  const said = responseHead(asked, head.generationId, model.name);
  if (operation === "responses" || asked.asked === undefined) return new NativeStream(said);
  return new ResponseStream(said, asked.asked.book, suffixOf(head));
}
