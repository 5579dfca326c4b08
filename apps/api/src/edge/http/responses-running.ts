/** Streamed responses that this program is just giving, so that their owner can call them off. */
import { failure } from "@switchyard/shared/kernel/failure";
import type { CallId, WorkspaceId } from "@switchyard/shared/kernel/id";

export interface RunningResponse {
  readonly workspaceId: WorkspaceId;
  readonly abort: AbortController;
  /** The response as it is at this moment, marked as cancelled. */
  readonly snapshot: () => Record<string, unknown>;
}

export class RunningResponses {
  readonly #running = new Map<CallId, RunningResponse>();

  began(id: CallId, running: RunningResponse): void {
    this.#running.set(id, running);
  }

  ended(id: CallId): void {
    this.#running.delete(id);
  }

  /** Stops the provider; what was produced is settled. @returns the response as far as it came, or undefined when this workspace has none such under way */
  cancel(id: CallId, workspaceId: WorkspaceId): Record<string, unknown> | undefined {
    const running = this.#running.get(id);
    if (!running || running.workspaceId !== workspaceId) return undefined;
    running.abort.abort(failure("client_closed", { publicText: "The response was cancelled." }));
    return running.snapshot();
  }
}
