/** The procedures that show and change API keys. */
import * as z from "zod";
import { listKeys } from "@switchyard/db/queries/keys";
import { limitsSchema } from "@switchyard/shared/domain/limit-schema";
import { cacheForKey, changeKey, createKey, limitKey } from "../key-changes.ts";
import { pageInput, pageOf, readCursor, readId } from "../page-input.ts";
import { showKey } from "../present.ts";
import { cacheSeconds, newKey } from "../schemas/inputs.ts";
import { createdKey, keyRow, page } from "../schemas/rows.ts";
import { changing, inWorkspace, router } from "../trpc.ts";

const id = z.string().max(64);

export const keysRouter = router({
  list: inWorkspace
    .input(z.object(pageInput))
    .output(page(keyRow))
    .query(async ({ ctx, input }) => {
      const ask = { before: readCursor("key", input.cursor), limit: input.limit };
      return pageOf("key", await ctx.run((tx) => listKeys(tx, ask)), showKey);
    }),

  create: changing
    .input(z.object({ key: newKey }))
    .output(createdKey)
    .mutation(async ({ ctx, input }) => {
      const { key, secret } = await createKey(ctx, input.key);
      return { key: showKey(key), secret };
    }),

  setEnabled: changing
    .input(z.object({ id, enabled: z.boolean() }))
    .output(keyRow)
    .mutation(async ({ ctx, input }) => showKey(await changeKey(ctx, readId("key", input.id), input.enabled ? "enable" : "disable"))),

  setLimits: changing
    .input(z.object({ id, limits: limitsSchema }))
    .output(keyRow)
    .mutation(async ({ ctx, input }) => showKey(await limitKey(ctx, readId("key", input.id), input.limits))),

  setCache: changing
    .input(z.object({ id, seconds: cacheSeconds.optional() }))
    .output(keyRow)
    .mutation(async ({ ctx, input }) => showKey(await cacheForKey(ctx, readId("key", input.id), input.seconds))),

  revoke: changing
    .input(z.object({ id }))
    .output(keyRow)
    .mutation(async ({ ctx, input }) => showKey(await changeKey(ctx, readId("key", input.id), "revoke"))),
});
