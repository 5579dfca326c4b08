/** The procedures that show and change groups with their targets. */
import * as z from "zod";
import { listGroups } from "@switchyard/db/queries/catalog";
import { groupAsk, groupState } from "../../../catalog/edit-inputs.ts";
import { editorOf } from "../editor.ts";
import { showGroup } from "../present.ts";
import { groupRow } from "../schemas/rows.ts";
import { inWorkspace, router } from "../trpc.ts";

/** A group of the platform, or of the workspace itself. */
const place = { shared: z.boolean() };
const name = z.string().min(1).max(63);

export const groupsRouter = router({
  list: inWorkspace.output(z.array(groupRow)).query(async ({ ctx }) => {
    const health = { book: ctx.ports.health, now: ctx.ports.clock.now(), keysOf: ctx.ports.keysOf };
    return (await ctx.run(listGroups)).map((row) => showGroup(row, health, ctx.ports.fromFile));
  }),

  /** Creates a group, or makes the one that is named by `was` as it is to be. */
  save: inWorkspace.input(z.object({ ...place, ...groupAsk, group: groupState })).mutation(async ({ ctx, input: { shared, group, ...ask } }) => {
    await ctx.ports.catalogEdit.saveGroup(editorOf(ctx, shared), group, ask);
  }),

  /** What stands for the group or lists it, and would find nothing without it. */
  uses: inWorkspace
    .input(z.object({ ...place, name }))
    .output(z.object({ aliases: z.array(z.string()), keys: z.int() }))
    .query(async ({ ctx, input }) => {
      const { aliases, keys } = await ctx.ports.catalogEdit.usesOfGroup(editorOf(ctx, input.shared), input.name);
      return { aliases: [...aliases], keys };
    }),

  remove: inWorkspace
    .input(z.object({ ...place, name, revision: groupAsk.revision, cascade: z.boolean() }))
    .mutation(async ({ ctx, input: { shared, name: doomed, ...ask } }) => {
      await ctx.ports.catalogEdit.deleteGroup(editorOf(ctx, shared), doomed, ask);
    }),
});
