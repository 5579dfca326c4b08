/** Which workspace the page is about and who is looking at it. */
import type { Account } from "@switchyard/shared/wire/console/account";
import { createContext, useContext } from "react";

interface Place {
  /** The name of the workspace, as in the address. */
  readonly workspace: string;
  readonly account: Account;
}

const PlaceContext = createContext<Place | undefined>(undefined);
export const PlaceProvider = PlaceContext.Provider;

/** @throws outside the shell, which is a defect. */
export function usePlace(): Place {
  const place = useContext(PlaceContext);
  if (!place) throw new Error("usePlace outside the shell");
  return place;
}
export const useWorkspace = (): string => usePlace().workspace;

/** Whether this person may change the workspace; the server decides again, by the same rule. */
export function useMayChange(): boolean {
  const { workspace, account } = usePlace();
  const role = account.workspaces.find(({ name }) => name === workspace)?.role;
  return account.operator || role === "owner" || role === "admin";
}
