/** Counts the tokens of a text as a model would, nearly: exact for OpenAI's models, by a factor for the others. */
import type { ProviderKind } from "@switchyard/shared/domain/catalog";

/** Long runs without a blank cost the tokenizer their square, so that it gets pieces; each costs at most a token too much. */
const PIECE_CHARS = 512;
/** After so many pieces other work gets its turn. */
const PIECES_AT_ONCE = 64;

/** How many tokens a family makes of text for which OpenAI's newest tokenizer makes a hundred, by what their counters answer. */
const PERCENT: Readonly<Partial<Record<ProviderKind, number>>> = { anthropic: 130, google: 115, xai: 115, openrouter: 115, "openai-compatible": 115 };

/** Loads the tokenizer when it is first needed: its tables are large. */
export async function countTokens(text: string, model: { readonly provider: { readonly kind: ProviderKind }; readonly name: string }): Promise<number> {
  const older = model.provider.kind === "openai" && /^(?:gpt-4(?!o|\.|-o)|gpt-3\.5|text-embedding)/.test(model.name);
  const { countTokens: count } = older ? await import("gpt-tokenizer/encoding/cl100k_base") : await import("gpt-tokenizer/encoding/o200k_base");
  let tokens = 0;
  let pieces = 0;
  for (const piece of piecesOf(text)) {
    // What looks like a control token is text like any other here.
    tokens += count(piece, { disallowedSpecial: new Set() });
    if (++pieces % PIECES_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return Math.ceil((tokens * (PERCENT[model.provider.kind] ?? 100)) / 100);
}

/** Cut before a blank where there is one, because tokens begin with it. */
function* piecesOf(text: string): Iterable<string> {
  for (let at = 0; at < text.length;) {
    let end = Math.min(at + PIECE_CHARS, text.length);
    if (end < text.length) {
      const blank = text.lastIndexOf(" ", end);
      if (blank > at + PIECE_CHARS / 2) end = blank;
      // No half of a surrogate pair.
      else if ((text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end -= 1;
    }
    yield text.slice(at, end);
    at = end;
  }
}
