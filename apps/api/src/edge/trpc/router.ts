/** Lists every procedure of the console; its type is all that clients know of the server. */
import { accountRouter } from "./routers/account.ts";
import { aliasesRouter } from "./routers/aliases.ts";
import { callsRouter } from "./routers/calls.ts";
import { eventsRouter } from "./routers/events.ts";
import { groupsRouter } from "./routers/groups.ts";
import { keysRouter } from "./routers/keys.ts";
import { limitsRouter } from "./routers/limits.ts";
import { modelsRouter } from "./routers/models.ts";
import { overviewRouter } from "./routers/overview.ts";
import { providersRouter } from "./routers/providers.ts";
import { routingRouter } from "./routers/routing.ts";
import { walletRouter } from "./routers/wallet.ts";
import { router } from "./trpc.ts";

export const appRouter = router({
  account: accountRouter,
  overview: overviewRouter,
  calls: callsRouter,
  providers: providersRouter,
  models: modelsRouter,
  groups: groupsRouter,
  aliases: aliasesRouter,
  routing: routingRouter,
  keys: keysRouter,
  limits: limitsRouter,
  wallet: walletRouter,
  events: eventsRouter,
});

export type AppRouter = typeof appRouter;
