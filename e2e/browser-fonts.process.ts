/** Puts the fonts of the npm Chromium where its own configuration looks for them: without any font it dies on the first glyph it lacks. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Written in the package's fonts.conf, whatever the temporary folder is. */
const FONTS = "/tmp/fonts";

/** Unpacks the fonts once a machine. Does nothing where the package's browser is not used. */
export async function ensureBrowserFonts(): Promise<void> {
  if (process.platform !== "linux" || process.arch !== "x64" || process.env["CHROMIUM_PATH"] || existsSync(FONTS)) return;
  const before = process.env["TMPDIR"];
  // The package asks the system for the temporary folder and knows no other parameter.
  process.env["TMPDIR"] = dirname(FONTS);
  try {
    const { inflate } = await import("@sparticuz/chromium");
    await inflate(join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "..", "bin", "fonts.tar.br"));
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
}
