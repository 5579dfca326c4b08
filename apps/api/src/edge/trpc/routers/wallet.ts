/** The procedures that show a workspace's money. */
import * as z from "zod";
import { getWallet, listEntries } from "@switchyard/db/queries/wallet";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import { pageInput, pageOf, readCursor } from "../page-input.ts";
import { showEntry } from "../present.ts";
import { entryRow, page, wallet } from "../schemas/rows.ts";
import { inWorkspace, router } from "../trpc.ts";

export const walletRouter = router({
  get: inWorkspace.output(wallet).query(({ ctx }) => ctx.run(getWallet)),

  entries: inWorkspace
    .input(z.object(pageInput))
    .output(page(entryRow))
    .query(async ({ ctx, input }) => {
      const ask = { before: readCursor("entry", input.cursor), limit: input.limit };
      const entries = await ctx.run((tx) => listEntries(tx, ask));
      if (!entries) throw new FailureError(failure("invalid_request", { param: "cursor", publicText: "This cursor was not made by this list." }));
      return pageOf("entry", entries, showEntry);
    }),
});
