/** Says sizes in dots as Google has them: the shape of a picture, and how large it is. */

/** https://ai.google.dev/gemini-api/docs/image-generation#aspect_ratios */
export const GEMINI_SHAPES = ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"] as const;
/** https://ai.google.dev/gemini-api/docs/imagen#imagen-configuration */
export const IMAGEN_SHAPES = ["1:1", "3:4", "4:3", "9:16", "16:9"] as const;

/** Shapes that differ by less than this part look the same: 1792x1024 is as good as 16:9. */
const SHAPE_SLACK = 0.03;
/** The longer side of a picture of "1K" has at most so many dots, whatever its shape; twice and four times that are the others. */
const SIDE_OF_1K = 1_600;

export interface PictureSize {
  readonly aspectRatio?: string;
  /** Left out for the smallest, which every model makes. */
  readonly imageSize?: "2K" | "4K";
}

/** @returns what to ask for; undefined for a size that none of the shapes has */
export function pictureSizeOf(size: string | undefined, shapes: readonly string[]): PictureSize | undefined {
  if (size === undefined || size === "auto") return {};
  if (shapes.includes(size)) return { aspectRatio: size };
  const [, width, height] = /^(\d{2,5})x(\d{2,5})$/.exec(size) ?? [];
  if (width === undefined) return undefined;
  const [wide, high] = [Number(width), Number(height)];
  const aspectRatio = shapes.find((shape) => {
    const [left = 1, right = 1] = shape.split(":").map(Number);
    return Math.abs(wide / high / (left / right) - 1) < SHAPE_SLACK;
  });
  const side = Math.max(wide, high);
  if (aspectRatio === undefined || side > 4 * SIDE_OF_1K) return undefined;
  return { aspectRatio, ...(side > 2 * SIDE_OF_1K ? { imageSize: "4K" } : side > SIDE_OF_1K ? { imageSize: "2K" } : {}) };
}
