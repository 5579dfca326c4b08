/** Who is signed in. */
import type { Role } from "../../domain/principal.ts";

export interface Account {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly operator: boolean;
  readonly workspaces: readonly { readonly workspaceId: string; readonly name: string; readonly role: Role }[];
}
