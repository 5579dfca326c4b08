/** Takes `data:` URLs apart without walking through their data. */

const START = /^data:([^;,]{0,200})((?:;[^;,]{1,200})*),/i;

/** @returns the lower-case media type and the base64 text, or undefined when it is no data URL in base64. */
export function dataUrlOf(url: string): { readonly mediaType: string; readonly base64: string } | undefined {
  const match = START.exec(url.slice(0, 1_000));
  if (!match || !/;base64$/i.test(match[2] ?? "")) return undefined;
  return { mediaType: (match[1] ?? "").toLowerCase(), base64: url.slice(match[0].length) };
}

/** Whether it is a data URL at all, in base64 or not. */
export const isDataUrl = (url: string): boolean => START.test(url.slice(0, 1_000));
