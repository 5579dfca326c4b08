/** The console in a real browser, over the real program with a real Postgres: what a person does from sign-in to revoking a key. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startRedis } from "@switchyard/testkit/redis-harness";
import { startServer, type RunningServer } from "@switchyard/testkit/server.process";
import OpenAI from "openai";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "./browser.process.ts";
import { DIALOG, fillSignIn, hindrancesOn, inspect, noFaults, openContext, photograph, sidewaysOverflow, signIn } from "./console-page.ts";

const ADMIN = { email: "ada@acme.test", password: "correct-horse-battery" };
const WORKSPACE = "default";
const BUILD = fileURLToPath(new URL("../scripts/build-console.ts", import.meta.url));
const PAGES = ["overview", "calls", "providers", "groups", "routing", "keys", "limits", "wallet"] as const;
/** Providers that need no network: `main` is always overloaded, so that every call to the group `pool` fails over. */
const CONFIG = {
  providers: [
    {
      name: "main",
      kind: "sandbox",
      models: [
        {
          id: "busy sandbox:error=529",
          contextWindow: 8_000,
          maxOutput: 1_000,
          capabilities: ["chat"],
          price: { inputPerMillion: "0.15", outputPerMillion: "0.60" },
        },
      ],
    },
    {
      name: "spare",
      kind: "sandbox",
      models: [{ id: "sandbox-2", contextWindow: 8_000, maxOutput: 1_000, capabilities: ["chat"], price: { inputPerMillion: "3", outputPerMillion: "15" } }],
    },
  ],
  groups: [
    {
      name: "pool",
      targets: [
        { provider: "main", model: "busy sandbox:error=529", priority: 1 },
        { provider: "spare", model: "sandbox-2", priority: 2 },
      ],
    },
  ],
};

const browser = await launchBrowser();
/** One that was lent to us is not emptied. */
const redis = browser ? await startRedis() : undefined;

describe.skipIf(!browser)("the console", { timeout: 120_000 }, () => {
  const faults = noFaults();
  const folder = mkdtempSync(join(tmpdir(), "switchyard-console-"));
  let server: RunningServer;
  let context: BrowserContext;
  let page: Page;
  let sdk: OpenAI;
  let calls = 0;
  /** A call whose answer was kept from an earlier one. */
  let keptCall = "";

  const clientFor = (apiKey: string): OpenAI => new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 });
  const at = (path: string): string => `${server.url}/w/${WORKSPACE}/${path}`;
  const ask = async (content: string, model = "demo"): Promise<string> => {
    calls += 1;
    return (await sdk.chat.completions.create({ model, messages: [{ role: "user", content }] })).id;
  };
  const heading = (name: string) => page.getByRole("heading", { level: 1, name });
  const rows = () => page.locator('tr:has(a[id^="call-gen_"])');
  const live = () => page.getByRole("button", { name: "Live. Pause new calls" }).getByText("Live", { exact: true });

  beforeAll(async () => {
    if (!browser) return;
    execFileSync(process.execPath, [BUILD], { stdio: "inherit" });
    writeFileSync(join(folder, "config.json"), JSON.stringify(CONFIG));
    server = await startServer({
      env: {
        DATA_DIR: join(folder, "data"),
        CONFIG_FILE: join(folder, "config.json"),
        ADMIN_EMAIL: ADMIN.email,
        ADMIN_PASSWORD: ADMIN.password,
        ...(redis ? { REDIS_URL: redis.url } : {}),
      },
    });
    const secret = /sy-\w+/.exec(await server.line(/API key\s+sy-/))?.[0] ?? "";
    sdk = clientFor(secret);
    for (const text of ["Say hello", "Tell me about switches", "Count to ten sandbox:words=40"]) await ask(text);
    await ask("Who is there?", "pool");
    const stream = await sdk.chat.completions.create({ model: "demo", stream: true, messages: [{ role: "user", content: "Stream this" }] });
    for await (const chunk of stream) if (!chunk.id.startsWith("gen_")) throw new Error(`not a generation's id: ${chunk.id}`);
    calls += 1;
    await ask("sandbox:error=400").then(() => Promise.reject(new Error("this call had to fail")), isRefusal);
    context = await openContext(browser, faults);
    page = await context.newPage();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await redis?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("refuses a wrong password in words and lets the right one in, to where one wanted to go", async () => {
    faults.expected.add(401);
    await page.goto(at("keys"));
    await page.waitForURL("**/sign-in?next=*");
    await inspect(page, "sign-in", faults);
    await fillSignIn(page, { ...ADMIN, password: "not the password" });
    await page.getByRole("alert").getByText("The address or the password is not right.").waitFor();
    await inspect(page, "sign-in-refused", faults);
    await page.locator("#sign-in-password").fill(ADMIN.password);
    await page.keyboard.press("Enter");
    await page.waitForURL(at("keys"));
    await heading("API keys").waitFor();
    expect(page.url()).toBe(at("keys"));
    faults.expected.delete(401);
  });

  it("adds up on the overview what was called", async () => {
    await page.goto(`${server.url}/`);
    await page.waitForURL("**/overview*");
    const tiles = page.getByRole("region", { name: "Overview" });
    await tiles.getByRole("link", { name: new RegExp(`^Calls\\s*${calls}\\b`) }).waitFor();
    expect(await tiles.getByRole("link", { name: /^Success rate/ }).innerText()).toContain(`${(Math.round(((calls - 1) / calls) * 10_000) / 100).toString()}%`);
    const chart = page.getByRole("slider", { name: "Traffic" });
    expect(await chart.getAttribute("aria-valuetext")).toMatch(/Answered \d+, .*Failed \d+/);
    await page.getByRole("region", { name: "Traffic" }).getByRole("button", { name: "Show as table" }).click();
    const counted = await page.getByRole("region", { name: "Traffic" }).locator("tbody td").allInnerTexts();
    expect(counted.reduce((sum, text) => sum + Number(text), 0)).toBe(calls);
    await page.getByRole("region", { name: "Traffic" }).getByRole("button", { name: "Show as chart" }).click();
  });

  it.skipIf(redis?.pid === undefined)("stays signed in and live when Redis is emptied", async () => {
    await page.goto(at("calls"));
    await live().waitFor();
    await redis?.flush();
    await page.locator(`#call-${await ask("After the flood")}`).waitFor();
    await live().waitFor();
    await page.reload();
    await heading("Calls").waitFor();
    await live().waitFor();
    await page.locator(`#call-${await ask("And after a reload")}`).waitFor();
    expect(page.url()).toBe(at("calls"));
  });

  it("shows a call that finishes without a reload, and counts it on the overview too", async () => {
    await page.goto(at("calls"));
    await live().waitFor();
    await expect.poll(() => rows().count()).toBe(calls);
    const id = await ask("I come live");
    await page.locator(`#call-${id}`).waitFor();
    await expect.poll(() => rows().count()).toBe(calls);
    await page.goto(at("overview"));
    await page
      .getByRole("region", { name: "Overview" })
      .getByRole("link", { name: new RegExp(`^Calls\\s*${calls}\\b`) })
      .waitFor();
    await page.getByText("Live", { exact: true }).first().waitFor();
    await ask("And once more");
    await page
      .getByRole("region", { name: "Overview" })
      .getByRole("link", { name: new RegExp(`^Calls\\s*${calls}\\b`) })
      .waitFor();
  });

  it("never moves the list under a reader: new calls wait behind a count", async () => {
    await page.goto(at("calls"));
    await live().waitFor();
    await rows().nth(1).click();
    await page.getByRole("complementary", { name: /^Call gen_/ }).waitFor();
    const before = await rows().count();
    const id = await ask("Please wait outside");
    const pill = page.getByRole("button", { name: "1 new call" });
    await pill.waitFor();
    expect(await rows().count()).toBe(before);
    await page.keyboard.press("Escape");
    await pill.click();
    await page.locator(`#call-${id}`).waitFor();
    await expect.poll(() => rows().count()).toBe(before + 1);
  });

  it("filters by outcome in the address, and explains a failover with its attempts and its money", async () => {
    await page.getByRole("button", { name: "Add a filter" }).click();
    await page.getByRole("menuitemcheckbox", { name: "Failed over" }).click();
    await page.keyboard.press("Escape");
    await page.waitForURL("**/calls?outcome=failed_over");
    await expect.poll(() => rows().count()).toBe(1);
    await rows().first().click();
    const panel = page.getByRole("complementary", { name: /^Call gen_/ });
    await panel.getByText("spare/sandbox-2 answered after main/busy sandbox:error=529 failed: overloaded.").waitFor();
    const attempts = panel.getByRole("table", { name: "Timeline" }).getByRole("row");
    expect(await attempts.nth(1).innerText()).toContain("529 overloaded");
    expect(await attempts.nth(2).innerText()).toContain("ok");
    const money = await panel
      .getByRole("region", { name: "Money" })
      .locator("dd")
      .evaluateAll((cells: { dataset: { tip?: string } }[]) => cells.map((cell) => cell.dataset.tip ?? ""));
    const [held = 0n, settled = 0n, released = 0n] = money.map(nanoOf);
    expect(held).toBeGreaterThan(0n);
    expect(settled).toBeLessThan(0n);
    expect(released).toBe(held + settled);
    await inspect(page, "call-panel", faults);
    await panel.getByRole("link", { name: "Open full page" }).click();
    await heading("Call").waitFor();
    await page.getByRole("link", { name: "Show calls with pool" }).waitFor();
  });

  it("goes on looking where a page of the list found none, and says how far it is", async () => {
    // So that it needs no hundred thousand calls: the first page comes back as one that looked at as many and found none.
    const beyond = "gen_7zzzzzzzzzzzzzzzzzzzzzzzzz";
    const lists = (url: URL): boolean => url.pathname.includes("calls.list") && url.search.includes("failed_over");
    await page.route(lists, async (listed) => {
      const answer = await listed.fetch();
      const url = new URL(listed.request().url());
      const asked = JSON.parse(url.searchParams.get("input") ?? "{}") as Record<string, { json: { cursor?: string } } | undefined>;
      const place = url.pathname.split("/").at(-1)?.split(",").indexOf("calls.list") ?? -1;
      if (asked[place]?.json.cursor === beyond) await page.getByText("None among the newest 100,000 calls.").waitFor();
      const results = (await answer.json()) as { result: { data: object } }[];
      const none = { result: { data: { json: { items: [], nextCursor: beyond } } } };
      await listed.fulfill({
        response: answer,
        json: asked[place]?.json.cursor === beyond ? results : results.map((one, index) => (index === place ? none : one)),
      });
    });
    await page.goto(at("calls?outcome=failed_over"));
    await expect.poll(() => rows().count()).toBe(1);
    await page.getByText("These are all of them.").waitFor();
    await page.unroute(lists);
  });

  it("says of an address that leads nowhere that it does", async () => {
    faults.expected.add(404);
    await page.goto(at("calls/gen_00000000000000000000000000"));
    await page.getByText("There is no such call in this workspace").waitFor();
    await page.goto(`${server.url}/nowhere`);
    await page.getByText("There is nothing at this address").waitFor();
    await inspect(page, "nowhere", faults);
    expect(await page.title()).toBe("There is nothing at this address · Switchyard");
    faults.expected.delete(404);
  });

  it("creates a key that is shown once, sees its first call, and revokes it for good", async () => {
    await page.goto(at("keys"));
    await page.getByRole("button", { name: "Create key" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
    await page.getByText("Give the key a name.").waitFor();
    await inspect(page, "key-create", faults);
    await page.locator("#key-name").fill("browser-test");
    await page.locator("#key-budget").fill("2.50");
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Your new key" });
    const secret = (await dialog.getByLabel("The key browser-test").first().innerText()).trim();
    expect(secret).toMatch(/^sy-\w{20,}$/);
    expect(await dialog.getByRole("tabpanel").innerText()).toContain(`${server.url}/v1/chat/completions`);
    await inspect(page, "key-secret", faults);
    const mine = clientFor(secret);
    calls += 1;
    expect((await mine.chat.completions.create({ model: "demo", messages: [{ role: "user", content: "first" }] })).choices).toHaveLength(1);
    await dialog.getByText("The first call has arrived.").waitFor();
    await page.keyboard.press("Escape");
    expect(await dialog.isVisible()).toBe(true);
    await dialog.getByLabel("I have stored the key").check();
    await dialog.getByRole("button", { name: "Done" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await page.content()).not.toContain(secret);
    const line = page.getByRole("row", { name: /browser-test/ });
    expect(await line.innerText()).toContain("of $2.50 used");
    await page.getByRole("button", { name: "Actions for the key browser-test" }).click();
    await page.getByRole("menuitem", { name: "Kept answers…" }).click();
    const kept = page.getByRole("dialog", { name: "Kept answers of the key browser-test" });
    await kept.getByLabel("For a time of its own").check();
    await kept.getByLabel("Kept for, in seconds").fill("0");
    await kept.getByRole("button", { name: "Save" }).click();
    await kept.getByText("Enter 1 to 604800 seconds.").waitFor();
    await kept.getByLabel("Kept for, in seconds").fill("3600");
    await inspect(page, "key-kept-answers", faults);
    await kept.getByRole("button", { name: "Save" }).click();
    await kept.waitFor({ state: "detached" });
    await line.getByText("answers kept for 3,600 s").waitFor();
    for (let time = 0; time < 2; time++) {
      calls += 1;
      keptCall = (await mine.chat.completions.create({ model: "demo", messages: [{ role: "user", content: "the same again" }] })).id;
    }
    await page.getByRole("button", { name: "Actions for the key browser-test" }).click();
    await page.getByRole("menuitem", { name: "Edit limits…" }).click();
    const limits = page.getByRole("dialog", { name: "Limits of the key browser-test" });
    await limits.getByRole("button", { name: "Save limits" }).click();
    await limits.getByText("Enter an amount above zero.").waitFor();
    await limits.getByLabel("At most").fill("1");
    await limits.getByLabel("In any").selectOption("2592000");
    await limits.getByRole("button", { name: "Add a limit" }).click();
    await limits.getByLabel("What is limited").nth(1).selectOption("concurrency");
    await limits.getByLabel("At most").nth(1).fill("4");
    await inspect(page, "key-limits", faults);
    await limits.getByRole("button", { name: "Save limits" }).click();
    await limits.waitFor({ state: "detached" });
    await line.getByText("1 request per 30 days").waitFor();
    await line.getByText("4 calls at once").waitFor();
    await line.getByText("0 of 1 used").waitFor();
    calls += 1;
    await mine.chat.completions.create({ model: "demo", messages: [{ role: "user", content: "the one that fits" }] });
    await expect(mine.chat.completions.create({ model: "demo", messages: [{ role: "user", content: "too many" }] })).rejects.toMatchObject({ status: 429 });
    await line.getByText("1 of 1 used").waitFor();
    await line.getByText("all free at").waitFor();
    await inspect(page, "keys-used", faults);
    await page.getByRole("button", { name: "Actions for the key browser-test" }).click();
    await page.getByRole("menuitem", { name: "Revoke…" }).click();
    const revoke = page.getByRole("dialog", { name: "Revoke the key browser-test?" });
    expect(await revoke.getByRole("button", { name: "Revoke key" }).isDisabled()).toBe(true);
    await inspect(page, "key-revoke", faults);
    await revoke.getByLabel("Type browser-test to confirm").fill("browser-test");
    await revoke.getByRole("button", { name: "Revoke key" }).click();
    await revoke.waitFor({ state: "detached" });
    await page.getByText("browser-test is revoked.").waitFor();
    await expect(mine.chat.completions.create({ model: "demo", messages: [{ role: "user", content: "again" }] })).rejects.toMatchObject({ status: 401 });
    await line.waitFor({ state: "detached" });
  });

  it("sets the limits of the workspace and of a member, and shows them after a reload", async () => {
    await page.goto(at("limits"));
    await page.getByRole("button", { name: `Edit the limits of ${WORKSPACE}` }).click();
    const dialog = page.getByRole("dialog", { name: `Limits of the workspace ${WORKSPACE}` });
    await dialog.getByLabel("What is limited").selectOption("cost");
    await inspect(page, "limits-edit", faults);
    await dialog.getByLabel("At most, in dollars").fill("250.50");
    await dialog.getByLabel("In any").selectOption("86400");
    await dialog.getByRole("button", { name: "Save limits" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: `Edit the limits of ${ADMIN.email}` }).click();
    const member = page.getByRole("dialog", { name: `Limits of ${ADMIN.email}` });
    await member.getByLabel("At most").fill("100000");
    await member.getByRole("button", { name: "Save limits" }).click();
    await member.waitFor({ state: "detached" });
    await page.reload();
    await page.getByText("$250.50 per day").waitFor();
    expect(await page.getByRole("row", { name: ADMIN.email }).innerText()).toContain("100,000 requests per minute");
    await page.getByText("$0.00 of $250.50 used").waitFor();
    await ask("What does this cost?");
    await page.getByText(/^\$0\.0\d*[1-9]\d* of \$250\.50 used$/).waitFor();
  });

  it("sets the limits of every address and of a shared provider, for operators", async () => {
    await page.goto(at("limits"));
    await page.getByRole("button", { name: "Edit the limits of Addresses" }).click();
    const addresses = page.getByRole("dialog", { name: "Limits of every address" });
    await addresses.getByLabel("At most").fill("90000");
    await addresses.getByRole("button", { name: "Save limits" }).click();
    await addresses.waitFor({ state: "detached" });
    await page.getByText("90,000 requests per minute").waitFor();
    await page.getByRole("button", { name: "Edit the limits of spare" }).click();
    const spare = page.getByRole("dialog", { name: "Limits of the provider spare" });
    await spare.getByLabel("At most").fill("70000");
    await spare.getByRole("button", { name: "Save limits" }).click();
    await spare.waitFor({ state: "detached" });
    const line = page.getByRole("row", { name: /^spare/ });
    await line.getByText("0 of 70,000 used").waitFor();
    await ask("Who is there now?", "pool");
    await line.getByText("1 of 70,000 used").waitFor();
    expect(await page.getByRole("row", { name: /^sandbox/ }).innerText()).toContain("none");
    await inspect(page, "limits-of-providers", faults);
  });

  it("shows which answers were kept ones, and which call they are from", async () => {
    await page.goto(at("overview"));
    await page.getByRole("link", { name: /of the answers were kept ones: 1 call asked nobody/ }).click();
    await page.waitForURL("**/calls?*outcome=cached*");
    await rows().first().waitFor();
    expect(await rows().count()).toBe(1);
    expect(await rows().first().innerText()).toContain("Cached");
    await inspect(page, "calls-kept", faults);
    await page.goto(at(`calls/${keptCall}`));
    await page.getByText("was told again. Nobody was asked.").waitFor();
    await inspect(page, "call-kept", faults);
    await page.getByRole("link", { name: /^gen_/ }).click();
    await page.waitForURL((url) => /\/calls\/gen_/.test(url.pathname) && !url.pathname.includes(keptCall));
    await page
      .getByText(/answered/)
      .first()
      .waitFor();
  });

  it("shows a wallet whose entries add up to what is posted", async () => {
    await page.goto(at("wallet"));
    const sum = page.getByTestId("entries-sum");
    await page.getByText("Sum of all entries = posted").waitFor();
    const amounts = await page
      .getByRole("table")
      .locator("tbody td:last-child")
      .evaluateAll((cells: { dataset: { tip?: string } }[]) => cells.map((cell) => cell.dataset.tip ?? ""));
    expect(amounts.length).toBeGreaterThan(3);
    expect(amounts.map(nanoOf).reduce((total, amount) => total + amount, 0n)).toBe(nanoOf(await sum.innerText()));
  });

  it("is worked by the keyboard alone", async () => {
    await page.goto(at("overview"));
    await heading("Overview").waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to content");
    await page.keyboard.press("g");
    await page.keyboard.press("c");
    await heading("Calls").waitFor();
    await rows().first().waitFor();
    expect(await page.evaluate("document.activeElement.tagName")).toBe("H1");
    await page.keyboard.press("j");
    await page.waitForURL("**/calls?call=gen_*");
    const first = page.url();
    await page.keyboard.press("j");
    await expect.poll(() => page.url()).not.toBe(first);
    await page.keyboard.press("k");
    await expect.poll(() => page.url()).toBe(first);
    await page.keyboard.press("Escape");
    await page.waitForURL("**/calls");
    await expect.poll(() => page.evaluate("document.activeElement.id")).toMatch(/^call-gen_/);
    await page.keyboard.press("/");
    await page.keyboard.type("gen_zzz");
    await page.getByText("No call matches").waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Search or jump to" }).waitFor();
    await page.keyboard.type("wal");
    await page.keyboard.press("Enter");
    await heading("Wallet").waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await inspect(page, "shortcuts", faults);
    await page.keyboard.press("Escape");
    await page.locator(DIALOG).waitFor({ state: "detached" });
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("combobox").waitFor({ state: "detached" });
  });

  it("shows how targets are, lets an operator change how a group is routed, and the next call follows", async () => {
    await page.goto(at("groups"));
    const shared = page.getByRole("region", { name: "pool", exact: true }).first();
    await shared.getByText("Degraded").waitFor();
    await page.getByRole("button", { name: "Edit the group pool" }).click();
    const pool = shared;
    const dialog = page.getByRole("dialog", { name: "Group pool" });
    await dialog.getByLabel("Strategy").selectOption("weighted");
    await dialog.getByLabel("Weight main/busy sandbox:error=529").fill("0");
    await dialog.getByLabel("Priority spare/sandbox-2").fill("1");
    await dialog.getByLabel("First token within (ms)").fill("7");
    await dialog.getByLabel("Counts as failure").fill("error: no capacity\nsorry");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("This number is not possible here.").waitFor();
    await inspect(page, "group-routing", faults);
    await dialog.getByLabel("First token within (ms)").fill("9000");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await pool.getByText("By weight").waitFor();
    await pool.getByText("no capacity").waitFor();
    await inspect(page, "groups-changed", faults);
    await expect
      .poll(async () => {
        const id = await ask("After the change", "pool");
        await page.goto(at(`calls/${id}`));
        return page.getByRole("region", { name: "How it was routed" }).innerText();
      })
      .toMatch(/by weight[^]*spare\/sandbox-2[^]*Weight 1[^]*main\/busy sandbox:error=529[^]*Weight 0/);
    await inspect(page, "call-routed", faults);
  });

  it("shows a provider's health as it changes, without a reload", async () => {
    await page.goto(at("providers"));
    const row = page.getByRole("row", { name: /busy sandbox:error=529/ });
    await row.waitFor();
    for (let call = 0; call < 5; call++) {
      calls += 1;
      await sdk.chat.completions.create({ model: "main/busy sandbox:error=529", messages: [{ role: "user", content: "fail" }] }).then(
        () => Promise.reject(new Error("this call had to fail")),
        () => undefined,
      );
    }
    await row.getByText("Resting").waitFor();
    expect(await page.getByRole("region", { name: "main", exact: true }).getByText("Resting").count()).toBe(2);
    await inspect(page, "providers-resting", faults);
  });

  it("asks again for the password when the session has ended, and goes on where it was", async () => {
    await page.goto(at("groups"));
    await heading("Groups").waitFor();
    faults.expected.add(401);
    await context.clearCookies();
    await page.keyboard.press("g");
    await page.keyboard.press("k");
    const dialog = page.getByRole("dialog", { name: "Your session has ended" });
    await dialog.waitFor();
    await inspect(page, "session-ended", faults);
    await page.locator("#sign-in-password").fill(ADMIN.password);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("row", { name: /first key/ }).waitFor();
    expect(page.url()).toBe(at("keys"));
    faults.expected.delete(401);
  });

  it("has nothing that stands in the way of assistive technology, on any page and in any menu", async () => {
    for (const name of PAGES) {
      await page.goto(at(name));
      await page.getByRole("heading", { level: 1 }).waitFor();
      await inspect(page, name, faults);
    }
    await page.getByRole("button", { name: /^Workspace and account/ }).click();
    await page.getByRole("menu").waitFor();
    await inspect(page, "account-menu", faults);
    await page.evaluate('document.querySelector("main").append(document.createElement("button"))');
    expect((await hindrancesOn(page)).map((one) => one.split(":")[0])).toContain("button-name");
    await page.reload();
  });

  it("speaks Chinese when asked to, without a reload, and remembers it", async () => {
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(at("calls"));
    await heading("Calls").waitFor();
    await page.getByRole("button", { name: /^Workspace and account/ }).click();
    await page.getByRole("menuitemcheckbox", { name: "简体中文" }).click();
    await heading("调用").waitFor();
    expect(await page.evaluate("document.documentElement.lang")).toBe("zh-CN");
    await rows().first().click();
    await page.getByText("发生了什么").waitFor();
    await inspect(page, "calls-zh-CN", faults);
    await page.goto(at("overview"));
    await heading("概览").waitFor();
    await page.getByText("调用", { exact: true }).first().waitFor();
    await inspect(page, "overview-zh-CN", faults);
    await page.evaluate('localStorage.removeItem("switchyard.language")');
  });

  it("fits a phone, with the rest of the navigation one touch away", async () => {
    if (!browser) return;
    const phone = await openContext(browser, faults, { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });
    const small = await phone.newPage();
    await signIn(small, server.url, ADMIN);
    for (const name of PAGES) {
      await small.goto(at(name));
      await small.getByRole("heading", { level: 1 }).waitFor();
      await expect.poll(() => small.getByRole("status", { name: "Loading" }).count()).toBe(0);
      expect({ name, overflow: await sidewaysOverflow(small) }).toEqual({ name, overflow: 0 });
      await photograph(small, `${name}-phone`);
      expect({ name, hindrances: await hindrancesOn(small) }).toEqual({ name, hindrances: [] });
    }
    await small.getByRole("button", { name: "More" }).click();
    await small.getByRole("dialog", { name: "Navigation" }).getByRole("link", { name: "Groups" }).click();
    await small.getByRole("heading", { level: 1, name: "Groups" }).waitFor();
    await small.locator(DIALOG).waitFor({ state: "detached" });
    await phone.close();
  });

  it("made no browser complain: no script error, no console error, nothing stopped by the content policy", () => {
    expect(faults.seen).toEqual([]);
  });
});

/** @throws what is not an answer of the server. */
function isRefusal(error: unknown): void {
  if (!(error instanceof OpenAI.APIError)) throw error;
}

/** Reads an exact decimal dollar text such as `−$0.25` into nano-dollars. */
function nanoOf(text: string): bigint {
  const [whole = "0", fraction = ""] = text.replace(/[^\d.]/g, "").split(".");
  const size = BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
  return /[-−]/.test(text) ? -size : size;
}
