/** The procedures that show groups with their targets. */
import * as z from "zod";
import { listGroups } from "@switchyard/db/queries/catalog";
import { showGroup } from "../present.ts";
import { groupRow } from "../schemas/rows.ts";
import { inWorkspace, router } from "../trpc.ts";

export const groupsRouter = router({
  list: inWorkspace.output(z.array(groupRow)).query(async ({ ctx }) => (await ctx.run(listGroups)).map(showGroup)),
});
