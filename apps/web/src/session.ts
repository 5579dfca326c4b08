/** Whether the session that this page began with has ended. */
import { useSyncExternalStore } from "react";

let ended = false;
const listeners = new Set<() => void>();

function set(value: boolean): void {
  if (ended === value) return;
  ended = value;
  for (const listener of listeners) listener();
}

/** The server answered that nobody is signed in. */
export const sessionEnded = (): void => set(true);
/** Someone has signed in. */
export const sessionBegun = (): void => set(false);

export const useSessionEnded = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => ended,
  );
