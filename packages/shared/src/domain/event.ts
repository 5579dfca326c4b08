/** Events that live clients hear of, each within one workspace. */
import type { WorkspaceId } from "../kernel/id.ts";

/** Payloads carry ids only: whoever hears one reads the rest through their own rights. */
export type SwitchyardEvent =
  | { readonly kind: "call.finished"; readonly workspaceId: WorkspaceId; readonly callId: string }
  | { readonly kind: "balance.changed"; readonly workspaceId: WorkspaceId }
  | { readonly kind: "config.changed"; readonly workspaceId: WorkspaceId }
  /** Some provider's or model's health is not what it was; everybody hears it, for providers may be shared. */
  | { readonly kind: "provider.health"; readonly workspaceId: WorkspaceId }
  /** How far an import has come; `run` is the name its operator gave it. */
  | {
      readonly kind: "import.progress";
      readonly workspaceId: WorkspaceId;
      readonly run: string;
      readonly phase: "reading" | "writing" | "done";
      readonly done: number;
      readonly total: number;
    };
