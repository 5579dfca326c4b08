/** The subscription through which the console lives. */
import { tracked } from "@trpc/server";
import * as z from "zod";
import { readFilter } from "@switchyard/shared/domain/call-filter";
import { liveEvents } from "../live-events.ts";
import { unwrap } from "../refusal.ts";
import { callFilter } from "../schemas/inputs.ts";
import { liveEvent } from "../schemas/rows.ts";
import { inWorkspace, router } from "../trpc.ts";

export const eventsRouter = router({
  live: inWorkspace.input(z.object({ filter: callFilter.optional(), lastEventId: z.string().max(80).nullish() })).subscription(async function* ({
    ctx,
    input,
    signal,
  }) {
    const criteria = unwrap(readFilter(input.filter ?? {}));
    for await (const { id, event } of liveEvents(ctx, { criteria, workspace: input.workspace, after: input.lastEventId ?? undefined, signal })) {
      yield tracked(id, liveEvent.parse(event));
    }
  }),
});
