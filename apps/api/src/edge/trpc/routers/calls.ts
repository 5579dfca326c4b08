/** The procedures that find calls and explain one. */
import * as z from "zod";
import { callFacets as readFacets, getCall, listCalls } from "@switchyard/db/queries/calls";
import { readFilter } from "@switchyard/shared/domain/call-filter";
import { formatId } from "@switchyard/shared/kernel/id";
import { pageInput, pageOf, readCursor, readId } from "../page-input.ts";
import { showCall, showCallDetail } from "../present.ts";
import { found, unwrap } from "../refusal.ts";
import { callFilter } from "../schemas/inputs.ts";
import { callDetail, callFacets, callRow, page } from "../schemas/rows.ts";
import { inWorkspace, router } from "../trpc.ts";

export const callsRouter = router({
  list: inWorkspace
    .input(z.object({ filter: callFilter.default({}), ...pageInput }))
    .output(page(callRow))
    .query(async ({ ctx, input }) => {
      const ask = { criteria: unwrap(readFilter(input.filter)), before: readCursor("call", input.cursor), limit: input.limit };
      return pageOf("call", await ctx.run((tx) => listCalls(tx, ask)), showCall);
    }),

  get: inWorkspace
    .input(z.object({ id: z.string().max(64) }))
    .output(callDetail)
    .query(async ({ ctx, input }) => {
      const id = readId("call", input.id);
      return showCallDetail(found(await ctx.run((tx) => getCall(tx, id))));
    }),

  facets: inWorkspace.output(callFacets).query(async ({ ctx }) => {
    const { keys, ...values } = await ctx.run(readFacets);
    return { ...values, keys: keys.map((key) => ({ id: formatId("key", key.id), name: key.name })) };
  }),
});
