/** The procedures that show providers with their models. */
import * as z from "zod";
import { listProviders } from "@switchyard/db/queries/catalog";
import { showProvider } from "../present.ts";
import { providerRow } from "../schemas/rows.ts";
import { inWorkspace, router } from "../trpc.ts";

export const providersRouter = router({
  list: inWorkspace.output(z.array(providerRow)).query(async ({ ctx }) => {
    const mayEdit = ctx.principal.role !== "member";
    const health = { book: ctx.ports.health, now: ctx.ports.clock.now(), keysOf: ctx.ports.keysOf };
    return (await ctx.run(listProviders)).map((row) => showProvider(row, mayEdit, health));
  }),
});
