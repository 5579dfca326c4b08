/** A caller by key, as tests need one. */
import { NO_CALLER_LIMITS } from "@switchyard/shared/domain/limit";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { toId } from "@switchyard/shared/kernel/id";

export const keyPrincipal = (changes: Partial<KeyPrincipal> = {}): KeyPrincipal => ({
  kind: "key",
  workspaceId: toId("workspace", "w"),
  workspaceName: "acme",
  keyId: toId("key", "k"),
  keyName: "ci",
  userId: undefined,
  scopes: ["inference"],
  groups: undefined,
  limits: NO_CALLER_LIMITS,
  cacheSeconds: undefined,
  budgetIds: [],
  expiresAt: undefined,
  enabled: true,
  ...changes,
});
