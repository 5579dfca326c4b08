/** The most that pictures and sound can consume, for holds: tokens by what was asked for. */
import type { CatalogModel } from "@switchyard/shared/domain/catalog";

export interface PictureWish {
  readonly size?: string | undefined;
  readonly quality?: string | undefined;
  readonly partial_images?: number | undefined;
}

/** Tokens of the largest picture of each quality that OpenAI lists (https://platform.openai.com/docs/guides/image-generation#cost-and-latency). */
const LARGEST_PICTURE = { tokens: { low: 408, medium: 1_584 } as Readonly<Record<string, number>>, dearest: 6_240, dots: 1024 * 1536 };
/** Every preview costs so many tokens more. */
const TOKENS_PER_PREVIEW = 100;

/** Tokens of one picture; an unknown quality counts as the dearest, a larger size in proportion. */
export function pictureTokensMax({ size, quality, partial_images: previews }: PictureWish): number {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(size ?? "") ?? [];
  const scale = width === undefined ? 1 : Math.max(1, (Number(width) * Number(height)) / LARGEST_PICTURE.dots);
  const plain = LARGEST_PICTURE.tokens[quality ?? "auto"] ?? LARGEST_PICTURE.dearest;
  return Math.ceil(plain * scale) + TOKENS_PER_PREVIEW * (previews ?? 0);
}

/**
 * Tokens of a picture by a model that knows no qualities: Gemini's largest has 2,520 (https://ai.google.dev/gemini-api/docs/pricing),
 * and what it thinks and says beside it is bounded by the cap that is sent.
 */
export const pictureTokensAt = ({ provider }: CatalogModel): number | undefined => (provider.kind === "google" ? 2_520 + 4_096 : undefined);

/** Tokens that a picture to be edited is read as at most, at high fidelity. */
export const TOKENS_PER_READ_PICTURE = 8_192;

/** Tokens of spoken words: about 21 a second at 15 characters a second, several times that when spoken slowly. */
export const spokenTokensMax = (characters: number): number => 256 + 8 * characters;

/** Tokens of what is heard: text at the fastest speech, and what a transcriber makes of sound (10 a second, https://platform.openai.com/docs/models). */
export const heardTokensMax = (milliseconds: number): number => Math.ceil((milliseconds / 1_000) * 32) + 256;
export const saidTokensMax = (milliseconds: number): number => Math.ceil((milliseconds / 1_000) * 12) + 1_024;

/** Tokens of a film: 258 for each picture that is seen, 32 for each second that is heard (https://ai.google.dev/gemini-api/docs/tokens). */
export const seenTokensMax = (milliseconds: number, picturesPerSecond = 1): number =>
  Math.ceil((milliseconds / 1_000) * (258 * Math.max(1, picturesPerSecond) + 32)) + 1_024;
