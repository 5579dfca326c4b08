/** Every address of the console is a function here; nothing else spells one out but for the two that refusals point at. */
import { keysPath, walletPath } from "@switchyard/shared/wire/console-paths";
import type { OverviewRange } from "@switchyard/shared/wire/console/overview";

/** What the calls page keeps in its address. All values are text, as the address bar has them. */
export interface CallsSearch {
  readonly range?: string | undefined;
  readonly outcome?: string | undefined;
  readonly group?: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly key?: string | undefined;
  readonly error?: string | undefined;
  readonly q?: string | undefined;
  /** The call that is open in the side panel. */
  readonly call?: string | undefined;
}

type Query = Readonly<Record<string, string | undefined>>;

function withQuery(path: string, query: Query): string {
  const text = new URLSearchParams(Object.entries(query).flatMap(([name, value]) => (value ? [[name, value]] : []))).toString();
  return text ? `${path}?${text}` : path;
}

const inWorkspace = (workspace: string, rest: string): string => `/w/${encodeURIComponent(workspace)}/${rest}`;

export const paths = {
  home: (): string => "/",
  signIn: (next?: string): string => withQuery("/sign-in", { next }),
  workspace: (workspace: string): string => `/w/${encodeURIComponent(workspace)}`,
  overview: (workspace: string, range?: OverviewRange): string => withQuery(inWorkspace(workspace, "overview"), { range }),
  calls: (workspace: string, search: CallsSearch = {}): string => withQuery(inWorkspace(workspace, "calls"), { ...search }),
  call: (workspace: string, id: string): string => inWorkspace(workspace, `calls/${encodeURIComponent(id)}`),
  providers: (workspace: string): string => inWorkspace(workspace, "providers"),
  groups: (workspace: string): string => inWorkspace(workspace, "groups"),
  routing: (workspace: string): string => inWorkspace(workspace, "routing"),
  keys: keysPath,
  limits: (workspace: string): string => inWorkspace(workspace, "limits"),
  wallet: walletPath,
};

/** Where sign-in may return to: an address of this console, never another site's. */
export const safeNext = (next: string | undefined): string | undefined =>
  next !== undefined && /^\/(?![/\\])/.test(next) && !next.startsWith("/sign-in") ? next : undefined;
