/** A page of the console in a test: signed in, watched for everything a browser complains about, photographed. */
import { mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { expect } from "vitest";
import type { Browser, BrowserContext, Page } from "playwright-core";

const SCREENSHOTS = fileURLToPath(new URL("./screenshots/", import.meta.url));
/** A loaded machine is slow; a test that needs this long fails only when something is wrong. */
const WAIT_MAX_MS = 20_000;

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** What went wrong in any page so far: script errors, console errors, and what the content policy stopped. */
export interface Faults {
  readonly seen: string[];
  /** Answers that a test provokes, by status, which the browser prints as errors of its own. */
  readonly expected: Set<number>;
}

export const noFaults = (): Faults => ({ seen: [], expected: new Set() });

/** A window of its own: own cookies, own storage. Every page in it is watched. */
export async function openContext(browser: Browser, faults: Faults, options: Parameters<Browser["newContext"]>[0] = {}): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    locale: "en-US",
    colorScheme: "light",
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(WAIT_MAX_MS);
  await context.exposeBinding("reportPolicyViolation", (_source, text: string) => void faults.seen.push(`content policy: ${text}`));
  await context.addInitScript(`document.addEventListener("securitypolicyviolation", (event) =>
    window.reportPolicyViolation(event.violatedDirective + " " + event.blockedURI + " " + event.sourceFile + ":" + event.lineNumber));`);
  context.on("page", (page) => {
    page.on("pageerror", (error) => void faults.seen.push(`script: ${error.stack ?? error.message}`));
    page.on("console", (message) => {
      if (message.type() !== "error" && message.type() !== "warning") return;
      const status = /status of (\d{3})/.exec(message.text())?.[1];
      if (status !== undefined && faults.expected.has(Number(status))) return;
      faults.seen.push(`console ${message.type()}: ${message.text()}`);
    });
  });
  return context;
}

/** A notice in the corner has a dialog's role too, and says of itself that it stands in nobody's way. */
export const DIALOG = '[role="dialog"]:not([aria-modal="false"])';

/** Types into the sign-in form on the page and sends it. */
export async function fillSignIn(page: Page, { email, password }: Credentials): Promise<void> {
  await page.locator("#sign-in-email").fill(email);
  await page.locator("#sign-in-password").fill(password);
  await page.locator('form button[type="submit"]').click();
}

export async function signIn(page: Page, url: string, who: Credentials): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await fillSignIn(page, who);
  await page.waitForURL("**/overview*");
}

/** What assistive technology would stumble over, as axe-core knows it: rules of WCAG 2.2 and good practice, each fault with its element. */
export async function hindrancesOn(page: Page, rules?: readonly string[]): Promise<string[]> {
  // In one piece: the console has no frames, and gathering the parts in a page of its own takes longer than the rules do.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  const { violations } = await (rules ? axe.withRules([...rules]) : axe).analyze();
  return violations.flatMap(({ id, nodes }) =>
    // A menu hangs at the end of the document while it is open: it belongs to its button, not to a part of the page.
    nodes
      .filter(({ html }) => id !== "region" || !html.includes('role="menu"'))
      .map(({ html, failureSummary }) => `${id}: ${html} ${(failureSummary ?? "").replaceAll(/\s+/g, " ")}`),
  );
}

/** Photographs what the page shows and notes what of it stands in the way of assistive technology, in the light theme and in the dark one. */
export async function inspect(page: Page, name: string, faults: Faults): Promise<void> {
  await expect.poll(() => page.getByRole("status", { name: "Loading" }).count()).toBe(0);
  await photograph(page, name);
  for (const one of await hindrancesOn(page)) faults.seen.push(`${name}: ${one}`);
  await wear(page, "dark");
  await photograph(page, `${name}-dark`);
  // A theme changes colours and nothing else.
  for (const one of await hindrancesOn(page, ["color-contrast", "link-in-text-block"])) faults.seen.push(`${name}, dark: ${one}`);
  await wear(page, "light");
}

/** The system asks for another theme, and the page follows. */
async function wear(page: Page, theme: "light" | "dark"): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  for (let tries = 0; (await page.evaluate("document.documentElement.dataset.theme")) !== theme; tries++) {
    if (tries > 200) throw new Error(`the page does not wear its ${theme} theme`);
    await sleep(25);
  }
}

/** Waits until fonts are there and nothing is loading any more, then takes the picture. */
export async function photograph(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.evaluate("document.fonts.ready.then(() => undefined)");
  await page.screenshot({ path: `${SCREENSHOTS}${name}.png`, animations: "disabled" });
}

/** How far the page can be scrolled sideways, in pixels: a phone must not have to. */
export const sidewaysOverflow = (page: Page): Promise<number> =>
  page.evaluate<number>("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth");
