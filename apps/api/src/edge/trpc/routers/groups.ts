/** The procedures that show and change groups with their targets. */
import * as z from "zod";
import { changeGroup, listGroups } from "@switchyard/db/queries/catalog";
import { writeAudit } from "@switchyard/db/queries/audit";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import { formatId } from "@switchyard/shared/kernel/id";
import { readId } from "../page-input.ts";
import { showGroup } from "../present.ts";
import { groupChange } from "../schemas/inputs.ts";
import { groupRow } from "../schemas/rows.ts";
import { auditOf, changing, inWorkspace, router } from "../trpc.ts";

export const groupsRouter = router({
  list: inWorkspace.output(z.array(groupRow)).query(async ({ ctx }) => {
    const health = { book: ctx.ports.health, now: ctx.ports.clock.now() };
    return (await ctx.run(listGroups)).map((row) => showGroup(row, health));
  }),

  /** Changes a group of this workspace; a shared one is changed in the workspace that owns it. */
  change: changing.input(z.object({ id: z.string().max(64), change: groupChange })).mutation(async ({ ctx, input }) => {
    const id = readId("group", input.id);
    await ctx.run(async (tx) => {
      if (!(await changeGroup(tx, id, input.change))) throw new FailureError(failure("not_found"));
      await writeAudit(tx, {
        ...auditOf(ctx, ctx.principal),
        verb: "group.changed",
        object: formatId("group", id),
        detail: { strategy: input.change.strategy, settings: JSON.stringify(input.change.settings), failure_keywords: input.change.failureKeywords.length },
      });
    });
    ctx.ports.bus.publish({ kind: "config.changed", workspaceId: ctx.principal.workspaceId });
  }),
});
