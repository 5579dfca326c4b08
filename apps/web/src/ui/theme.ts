/** Which theme is shown: the reader's choice, else the system's. `before-paint.js` sets the first one. */
import { useSyncExternalStore } from "react";

export type ThemeChoice = "system" | "light" | "dark";
export type Theme = "light" | "dark";

const STORED = "switchyard.theme";
const system = (): MediaQueryList => window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

/** What the reader chose; "system" when nothing was chosen. */
export function themeChoice(): ThemeChoice {
  const stored = localStorage.getItem(STORED);
  return stored === "light" || stored === "dark" ? stored : "system";
}

function apply(): void {
  const choice = themeChoice();
  document.documentElement.dataset["theme"] = choice === "system" ? (system().matches ? "dark" : "light") : choice;
  for (const listener of listeners) listener();
}

export function chooseTheme(choice: ThemeChoice): void {
  if (choice === "system") localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, choice);
  apply();
}

/** Follows the system while nothing is chosen; called once. */
export function watchSystemTheme(): void {
  system().addEventListener("change", apply);
}

const shown = (): Theme => (document.documentElement.dataset["theme"] === "dark" ? "dark" : "light");
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The theme on the screen, for what is painted on a canvas. */
export const useTheme = (): Theme => useSyncExternalStore(subscribe, shown);
export const toggleTheme = (): void => chooseTheme(shown() === "dark" ? "light" : "dark");
