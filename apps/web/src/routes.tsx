/** The tree of addresses and the page behind each; every page is fetched when it is first wanted. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { Frame } from "./shell/frame.tsx";
import { PageCrash } from "./shell/page-crash.tsx";
import { parseSearch, readCallsSearch, readOverviewSearch, readSignInSearch, stringifySearch } from "./search.ts";

const root = createRootRoute({
  component: Frame,
  errorComponent: PageCrash,
  notFoundComponent: lazyRouteComponent(() => import("./pages/not-found.tsx"), "NotFound"),
});

const home = createRoute({ getParentRoute: () => root, path: "/", component: lazyRouteComponent(() => import("./pages/home.tsx"), "Home") });
const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: readSignInSearch,
  component: lazyRouteComponent(() => import("./pages/sign-in.tsx"), "SignIn"),
});
const workspace = createRoute({ getParentRoute: () => root, path: "/w/$workspace", component: lazyRouteComponent(() => import("./shell/shell.tsx"), "Shell") });

const inWorkspace = { getParentRoute: () => workspace } as const;
const toOverview = createRoute({ ...inWorkspace, path: "/", component: lazyRouteComponent(() => import("./pages/home.tsx"), "WorkspaceHome") });
const overview = createRoute({
  ...inWorkspace,
  path: "/overview",
  validateSearch: readOverviewSearch,
  component: lazyRouteComponent(() => import("./pages/overview.tsx"), "OverviewPage"),
});
const calls = createRoute({
  ...inWorkspace,
  path: "/calls",
  validateSearch: readCallsSearch,
  component: lazyRouteComponent(() => import("./pages/calls.tsx"), "CallsPage"),
});
const call = createRoute({ ...inWorkspace, path: "/calls/$callId", component: lazyRouteComponent(() => import("./pages/call.tsx"), "CallPage") });
const providers = createRoute({ ...inWorkspace, path: "/providers", component: lazyRouteComponent(() => import("./pages/providers.tsx"), "ProvidersPage") });
const groups = createRoute({ ...inWorkspace, path: "/groups", component: lazyRouteComponent(() => import("./pages/groups.tsx"), "GroupsPage") });
const routing = createRoute({ ...inWorkspace, path: "/routing", component: lazyRouteComponent(() => import("./pages/routing.tsx"), "RoutingPage") });
const keys = createRoute({ ...inWorkspace, path: "/keys", component: lazyRouteComponent(() => import("./pages/keys.tsx"), "KeysPage") });
const limits = createRoute({ ...inWorkspace, path: "/limits", component: lazyRouteComponent(() => import("./pages/limits.tsx"), "LimitsPage") });
const wallet = createRoute({ ...inWorkspace, path: "/wallet", component: lazyRouteComponent(() => import("./pages/wallet.tsx"), "WalletPage") });

export const routeTree = root.addChildren([
  home,
  signIn,
  workspace.addChildren([toOverview, overview, calls, call, providers, groups, routing, keys, limits, wallet]),
]);

/** Makes the router over the browser's address bar, or over the history it is given. */
export const makeRouter = () =>
  createRouter({ routeTree, parseSearch, stringifySearch, defaultPreload: false, defaultErrorComponent: PageCrash, scrollRestoration: false });

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
