/** An answer that is known already, told as if it were new. */
import { formatId } from "@switchyard/shared/kernel/id";
import type { CachedAnswer } from "./cached-answer.ts";
import type { Bill, CallEvent, CallHead } from "./call-event.ts";
import type { Tell } from "./event-pipe.ts";
import type { Idempotent } from "./idempotency.ts";

/** To who repeats a request: under the id of the call that gave the answer. */
export const replayOf = (head: CallHead, { callId, answer }: Extract<Idempotent, { kind: "replay" }>): CallEvent => ({
  kind: "reply",
  head: { ...head, callId, generationId: formatId("call", callId), provider: answer.model.provider.name, attempts: 0, replayed: true },
  ...answer,
});

/** To who asks the same: under an id of its own. */
export async function tellCached({ known }: CachedAnswer, bill: Bill, head: CallHead, tell: Tell<CallEvent>): Promise<void> {
  const { operation, model } = known;
  if ("reply" in known) return tell({ kind: "reply", head, operation, model, reply: known.reply, bill });
  await tell({ kind: "opened", head, operation, model });
  await tell({ kind: "frames", bytes: known.frames });
  await tell({ kind: "done", bill });
}
