/** The procedures that show providers with their models. */
import * as z from "zod";
import { listProviders } from "@switchyard/db/queries/catalog";
import { showProvider } from "../present.ts";
import { providerRow } from "../schemas/rows.ts";
import { inWorkspace, router } from "../trpc.ts";

export const providersRouter = router({
  list: inWorkspace.output(z.array(providerRow)).query(async ({ ctx }) => {
    const mayEdit = ctx.principal.role !== "member";
    const rows = await ctx.run(listProviders);
    return rows.map((row) => {
      const rest = ctx.ports.resting(row.id);
      return showProvider(row, mayEdit, rest && { until: new Date(rest.until), reason: rest.reason });
    });
  }),
});
