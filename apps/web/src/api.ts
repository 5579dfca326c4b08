/** The console's only way to the server: typed procedures over HTTP, live events over one WebSocket. */
import type { AppRouter } from "@switchyard/api/router";
import { CLIENT_HEADER, CLIENT_NAME } from "@switchyard/shared/wire/console/client";
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { createTRPCClient, createWSClient, httpBatchLink, splitLink, wsLink } from "@trpc/client";
import { createTRPCOptionsProxy } from "@trpc/tanstack-react-query";
import superjson from "superjson";
import { problemOf } from "./problem.ts";
import { sessionEnded } from "./session.ts";

const RETRIES = 2;
/** Longer addresses are cut by some proxies; the batch is then split. */
const URL_CHARS_MAX = 4_000;

/** A refusal because nobody is signed in any more opens the sign-in dialog; any other is the page's own matter. */
export function heedSession(error: unknown): void {
  if (problemOf(error).kind === "signedOut") sessionEnded();
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: heedSession }),
  mutationCache: new MutationCache({ onError: heedSession }),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < RETRIES && problemOf(error).passing,
    },
  },
});

const sockets = createWSClient({
  url: () => `${location.origin.replace(/^http/, "ws")}/trpc`,
  lazy: { enabled: true, closeMs: 10_000 },
});

export const client = createTRPCClient<AppRouter>({
  links: [
    splitLink({
      condition: (operation) => operation.type === "subscription",
      true: wsLink({ client: sockets, transformer: superjson }),
      false: httpBatchLink({
        url: "/trpc",
        transformer: superjson,
        maxURLLength: URL_CHARS_MAX,
        headers: { [CLIENT_HEADER]: CLIENT_NAME },
      }),
    }),
  ],
});

/** Query, mutation and subscription options by procedure. */
export const trpc = createTRPCOptionsProxy<AppRouter>({ client, queryClient });
