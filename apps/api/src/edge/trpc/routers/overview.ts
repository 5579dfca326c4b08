/** The procedure behind the overview. */
import * as z from "zod";
import { overviewSpan, readOverview } from "@switchyard/db/queries/overview";
import { OVERVIEW_RANGES } from "@switchyard/shared/wire/console/overview";
import { overview } from "../schemas/rows.ts";
import { inWorkspace, router } from "../trpc.ts";

export const overviewRouter = router({
  get: inWorkspace
    .input(z.object({ range: z.enum(OVERVIEW_RANGES) }))
    .output(overview)
    .query(({ ctx, input }) => ctx.run((tx) => readOverview(tx, overviewSpan(input.range, ctx.ports.clock.now())))),
});
