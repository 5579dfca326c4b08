/** The browser that was found really draws a page. */
import { expect, it } from "vitest";
import { launchBrowser } from "./browser.process.ts";

it("draws a page, runs its script and reads it back", async (context) => {
  const browser = await launchBrowser();
  if (!browser) return context.skip();
  try {
    const page = await browser.newPage({ viewport: { width: 200, height: 100 } });
    await page.goto("data:text/html,<body style='margin:0;background:rgb(200,30,60)'><p id=p>before</p><script>p.textContent='after'</script>");
    expect(await page.textContent("#p")).toBe("after");
    const picture = await page.screenshot();
    expect(picture.subarray(0, 8).toString("hex")).toBe("89504e470d0a1a0a");
    // A text, since these names are the browser's and not this program's.
    const drawn = await page.evaluate(`(async () => {
      const bitmap = await createImageBitmap(await (await fetch("data:image/png;base64,${picture.toString("base64")}")).blob());
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
      canvas.drawImage(bitmap, 0, 0);
      return [bitmap.width, bitmap.height, ...canvas.getImageData(150, 90, 1, 1).data];
    })()`);
    expect(drawn).toEqual([200, 100, 200, 30, 60, 255]);
  } finally {
    await browser.close();
  }
});

it("has a font of its own", async (context) => {
  const browser = await launchBrowser();
  if (!browser) return context.skip();
  try {
    const page = await browser.newPage();
    await page.goto("data:text/html,<span id=narrow>iiii</span><span id=wide>MMMM</span>");
    const [narrow = 0, wide = 0] = await page.evaluate<number[]>("[narrow.offsetWidth, wide.offsetWidth]");
    expect(narrow).toBeGreaterThan(0);
    expect(wide).toBeGreaterThan(narrow);
  } finally {
    await browser.close();
  }
});
