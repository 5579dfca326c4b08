/** One keyboard listener for the whole console; single letters never act while someone types or a dialog is open. */
import { useEffect } from "react";
import { useLatest } from "./latest.ts";

/** Names such as `"mod+k"`, `"g o"`, `"?"`, `"j"`, `"Escape"`. */
export type Hotkeys = Readonly<Record<string, () => void>>;

/** What of a key event decides. */
export interface Stroke {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** The time in milliseconds within which the second key of a pair must follow. */
const PAIR_MS = 1_200;

/**
 * Which name a key stroke has. `typing` is true in fields and dialogs: then only combinations count.
 * @returns undefined when the stroke belongs to the browser or to the field.
 */
export function strokeName(stroke: Stroke, typing: boolean): string | undefined {
  if (stroke.altKey) return undefined;
  if (stroke.ctrlKey || stroke.metaKey) return stroke.key.length === 1 ? `mod+${stroke.key.toLowerCase()}` : undefined;
  if (typing) return undefined;
  return stroke.key;
}

/** The name to look up, given the key before it (empty when that was long ago): a pair wins over a single key. */
export const candidates = (before: string, name: string): readonly string[] => (before === "" ? [name] : [`${before} ${name}`, name]);

const scopes: { current: Hotkeys }[] = [];
let before = { name: "", at: 0 };

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("input, textarea, select")) return true;
  return document.querySelector('[role="dialog"][data-open], [role="alertdialog"][data-open], [role="menu"][data-open]') !== null;
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const name = strokeName(event, isTyping(event.target));
  if (name === undefined) return;
  const earlier = event.timeStamp - before.at < PAIR_MS ? before.name : "";
  before = { name, at: event.timeStamp };
  for (const candidate of candidates(earlier, name)) {
    const scope = scopes.findLast((one) => Object.hasOwn(one.current, candidate));
    const act = scope?.current[candidate];
    if (!act) continue;
    event.preventDefault();
    before = { name: "", at: 0 };
    act();
    return;
  }
}

/** Binds keys while the component is on the screen; what was bound last wins. */
export function useHotkeys(keys: Hotkeys): void {
  const ref = useLatest(keys);
  useEffect(() => {
    if (scopes.length === 0) window.addEventListener("keydown", onKeyDown);
    scopes.push(ref);
    return () => {
      scopes.splice(scopes.indexOf(ref), 1);
      if (scopes.length === 0) window.removeEventListener("keydown", onKeyDown);
    };
  }, [ref]);
}
