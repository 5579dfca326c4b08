/** What the palette offers for a text: pages, groups, keys and calls, best match first. */

export interface PaletteItem {
  readonly id: string;
  readonly section: "pages" | "groups" | "keys" | "calls";
  readonly label: string;
  readonly href: string;
  readonly hint?: string;
}

const LIMIT = 12;

/**
 * How well a label answers a text, higher is better: the start of the label, the start of a word, anywhere, then the letters
 * in order. @returns 0 when it does not.
 */
export function scoreOf(label: string, text: string): number {
  const name = label.toLowerCase();
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return 1;
  if (name.startsWith(wanted)) return 5;
  const at = name.indexOf(wanted);
  if (at > 0) return /[\s/._-]/.test(name.charAt(at - 1)) ? 4 : 3;
  let from = 0;
  for (const letter of wanted) {
    from = name.indexOf(letter, from) + 1;
    if (from === 0) return 0;
  }
  return 2;
}

/** The items that answer the text, best first, in their first order where equal. */
export const matchItems = (items: readonly PaletteItem[], text: string): readonly PaletteItem[] =>
  items
    .map((item, order) => ({ item, order, score: scoreOf(item.label, text) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.order - b.order)
    .slice(0, LIMIT)
    .map(({ item }) => item);

/** A text that is the whole public id of a call. */
export const isCallId = (text: string): boolean => /^gen_[0-9a-z]{10,40}$/.test(text.trim());
