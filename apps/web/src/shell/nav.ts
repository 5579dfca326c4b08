/** The entries of the navigation: a new page adds one here. Only what exists is listed. */
import { BookOpen, Gauge, KeyRound, Layers, ListTree, Server, Split, Timer, type LucideIcon } from "lucide-react";
import { paths } from "../paths.ts";

export interface NavEntry {
  readonly text: "nav.overview" | "nav.calls" | "nav.groups" | "nav.routing" | "nav.providers" | "nav.keys" | "nav.limits" | "nav.wallet";
  readonly Icon: LucideIcon;
  readonly href: (workspace: string) => string;
  /** The keys that go there. */
  readonly hotkey: string;
  /** Has a place in the bar at the bottom of a phone. */
  readonly thumb?: true;
}

export interface NavSection {
  readonly text: "nav.build" | "nav.access" | "nav.money" | undefined;
  readonly entries: readonly NavEntry[];
}

export const NAV: readonly NavSection[] = [
  {
    text: undefined,
    entries: [
      { text: "nav.overview", Icon: Gauge, href: paths.overview, hotkey: "g o", thumb: true },
      { text: "nav.calls", Icon: ListTree, href: paths.calls, hotkey: "g c", thumb: true },
    ],
  },
  {
    text: "nav.build",
    entries: [
      { text: "nav.groups", Icon: Layers, href: paths.groups, hotkey: "g g" },
      { text: "nav.routing", Icon: Split, href: paths.routing, hotkey: "g r" },
      { text: "nav.providers", Icon: Server, href: paths.providers, hotkey: "g p" },
    ],
  },
  {
    text: "nav.access",
    entries: [
      { text: "nav.keys", Icon: KeyRound, href: paths.keys, hotkey: "g k" },
      { text: "nav.limits", Icon: Timer, href: paths.limits, hotkey: "g l" },
    ],
  },
  { text: "nav.money", entries: [{ text: "nav.wallet", Icon: BookOpen, href: paths.wallet, hotkey: "g w", thumb: true }] },
];

export const NAV_ENTRIES: readonly NavEntry[] = NAV.flatMap((section) => section.entries);
