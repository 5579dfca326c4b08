/** The addresses of console pages that refusals of calls point at. */
const inWorkspace = (workspace: string, page: string): string => `/w/${encodeURIComponent(workspace)}/${page}`;

/** @param workspace its name */
export const walletPath = (workspace: string): string => inWorkspace(workspace, "wallet");
export const keysPath = (workspace: string): string => inWorkspace(workspace, "keys");
