/** An operator sets up providers, models, groups and routing in a real browser: made, tried, imported, changed, taken back, deleted. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startServer, type RunningServer } from "@switchyard/testkit/server.process";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "./browser.process.ts";
import { DIALOG, noFaults, openContext, inspect, signIn, sidewaysOverflow } from "./console-page.ts";

const ADMIN = { email: "ada@acme.test", password: "correct-horse-battery" };
const BUILD = fileURLToPath(new URL("../scripts/build-console.ts", import.meta.url));
const LISTED = ["llama-3.3-70b", "llama-guard-4", "qwen-3-32b", "whisper-large"];

const TIERED = {
  id: "gpt-tiered",
  price: {
    inputPerMillion: "1",
    outputPerMillion: "4",
    serviceTiers: { flex: { multiplier: "0.5" }, priority: { inputPerMillion: "2", outputPerMillion: "7" } },
  },
};

const browser = await launchBrowser();

describe.skipIf(!browser)("what an operator sets up in the console", { timeout: 120_000 }, () => {
  const faults = noFaults();
  const folder = mkdtempSync(join(tmpdir(), "switchyard-import-"));
  let list: http.Server;
  let published: http.Server;
  let publish: http.RequestListener = (_req, res) => res.writeHead(404).end();
  let server: RunningServer;
  let page: Page;
  let answer = JSON.stringify({ object: "list", data: LISTED.map((id) => ({ id, context_window: 131_072 })) });

  beforeAll(async () => {
    if (!browser) return;
    execFileSync(process.execPath, [BUILD], { stdio: "inherit" });
    list = http.createServer((_req, res) => res.setHeader("content-type", "application/json").end(answer));
    await new Promise<void>((resolve) => list.listen(0, "127.0.0.1", resolve));
    published = http.createServer((req, res) => publish(req, res));
    await new Promise<void>((resolve) => published.listen(0, "127.0.0.1", resolve));
    const baseUrl = `http://127.0.0.1:${(list.address() as AddressInfo).port}/v1`;
    writeFileSync(
      join(folder, "config.json"),
      JSON.stringify({
        providers: [
          { name: "llamas", kind: "openai-compatible", baseUrl, models: [] },
          { name: "open", kind: "openai", models: [{ id: "gpt-4o" }, TIERED] },
        ],
      }),
    );
    server = await startServer({
      env: {
        DATA_DIR: join(folder, "data"),
        CONFIG_FILE: join(folder, "config.json"),
        ADMIN_EMAIL: ADMIN.email,
        ADMIN_PASSWORD: ADMIN.password,
        ALLOW_PRIVATE_UPSTREAMS: "true",
        PRICE_BOOK_URL: `http://127.0.0.1:${(published.address() as AddressInfo).port}/data.json`,
      },
    });
    page = await (await openContext(browser, faults)).newPage();
    await signIn(page, server.url, ADMIN);
    await page.goto(`${server.url}/w/default/providers`);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    list?.close();
    published?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const dialog = () => page.locator(DIALOG);
  const box = (model: string) => dialog().getByRole("checkbox", { name: model, exact: true });
  const card = () => page.getByRole("region", { name: "llamas" }).first();

  it("says in words what a provider's answer is when it is no list", async () => {
    const good = answer;
    answer = "<html>not a list</html>";
    faults.expected.add(502);
    await page.getByRole("button", { name: "Import models of llamas" }).click();
    await dialog().getByRole("button", { name: "Read the list" }).click();
    await dialog().getByRole("alert").waitFor();
    await inspect(page, "import-refused", faults);
    expect(await dialog().getByRole("alert").innerText()).toContain("no list of models");
    faults.expected.delete(502);
    answer = good;
  });

  it("is worked by the keyboard alone, with prices typed in", async () => {
    await page.locator("#import-exclude").fill("guard, whisper");
    await page.locator("#import-alias").fill("ll.");
    await page.keyboard.press("Enter");
    await box("llama-3.3-70b").waitFor();
    expect(await box("llama-guard-4").count()).toBe(0);
    expect(await box("qwen-3-32b").isChecked()).toBe(true);
    await dialog().getByText("No price is known").first().waitFor();
    await box("qwen-3-32b").focus();
    await page.keyboard.press("Space");
    expect(await box("qwen-3-32b").isChecked()).toBe(false);
    const input = dialog().getByRole("textbox", { name: "Input price of llama-3.3-70b" });
    await input.fill("0.59");
    await dialog().getByRole("button", { name: "Import 1 model" }).click();
    // Half a price is none: the field says so and has the focus.
    expect(await input.getAttribute("aria-invalid")).toBe("true");
    await page.keyboard.press("Tab");
    await page.keyboard.type("0.79");
    await inspect(page, "import-choose", faults);
    await page.keyboard.press("Enter");
    await dialog().getByText("Created: 1. Changed: 0.").waitFor();
    await inspect(page, "import-done", faults);
    await page.keyboard.press("Enter"); // the button to close has the focus
    await expect.poll(() => dialog().count()).toBe(0);
    await card().getByText("llama-3.3-70b").waitFor();
    expect(await card().innerText()).toContain("$0.59");
  });

  it("makes nothing twice, and can be taken back", async () => {
    await page.getByRole("button", { name: "Import models of llamas" }).click();
    await dialog().getByRole("button", { name: "Read the list" }).click();
    await dialog().getByText("There", { exact: true }).waitFor();
    expect(await box("llama-3.3-70b").isChecked()).toBe(false);
    await dialog().getByRole("button", { name: "Import 3 models" }).click();
    await dialog().getByText("Created: 3. Changed: 0.").waitFor();
    await dialog().getByText("3 models have no price").waitFor();
    await dialog().getByRole("button", { name: "Take the import back" }).click();
    await page.getByText("3 models switched off again").waitFor();
    await expect.poll(() => card().getByText("Disabled", { exact: true }).count()).toBe(3);
  });

  it("changes a model's price, keeps the old row, and refuses amounts that are none", async () => {
    await page.getByRole("button", { name: "Change llama-3.3-70b" }).click();
    const output = dialog().getByLabel("Output", { exact: true });
    await output.fill("a lot");
    await dialog().getByRole("button", { name: "Save" }).click();
    await dialog().getByText("An amount such as 0.15").waitFor();
    await output.fill("0.99");
    await inspect(page, "model-change", faults);
    await page.keyboard.press("Enter");
    await expect.poll(() => card().innerText()).toContain("$0.99");
  });

  it("shows what renewing prices would change before it does", async () => {
    await page.getByRole("button", { name: "Renew prices" }).click();
    await dialog().getByText("0 prices would change.").waitFor();
    expect(await dialog().getByRole("button", { name: "Change the prices" }).isDisabled()).toBe(true);
    await inspect(page, "prices", faults);
    await page.keyboard.press("Escape");
    await expect.poll(() => page.getByRole("dialog", { name: "Renew prices from the price book" }).count()).toBe(0);
  });

  it("fetches the newest book, says why when it cannot, and renews with the day of the data", async () => {
    await page.getByRole("button", { name: "Renew prices" }).click();
    faults.expected.add(502);
    await dialog().getByRole("button", { name: "Fetch the newest book" }).click();
    await dialog().getByText("its server answers 404").waitFor();
    faults.expected.delete(502);
    publish = (_req, res) => {
      res.writeHead(200, { "content-type": "application/json", "last-modified": "Fri, 20 Nov 2026 08:00:00 GMT" });
      const models = [{ id: "gpt-4o", match: { equals: "gpt-4o" }, prices: { input_mtok: 7.77, output_mtok: 8.88 } }];
      res.end(JSON.stringify([{ id: "openai", name: "OpenAI", api_pattern: "https://api\\.openai\\.com", models }]));
    };
    await dialog().getByRole("button", { name: "Fetch the newest book" }).click();
    await dialog().getByText("$7.77 / $8.88").waitFor();
    await dialog().getByText("price book of 2026-11-20, data of Nov 20, 2026").waitFor();
    await inspect(page, "prices-renewed", faults);
    await dialog().getByRole("button", { name: "Change the prices" }).click();
    await expect.poll(() => page.getByRole("region", { name: "open", exact: true }).first().innerText()).toContain("$7.77");
  });

  it("tells what service tiers cost", async () => {
    const tiers = page.getByRole("row", { name: "gpt-tiered" }).getByRole("list", { name: "Service tiers" });
    expect(await tiers.getByRole("listitem").allInnerTexts()).toEqual(["flex: $0.50 in, $2.00 out", "priority: $2.00 in, $7.00 out"]);
    await inspect(page, "service-tiers", faults);
  });

  const alert = () => dialog().getByRole("alert");
  const closed = () => expect.poll(() => dialog().count()).toBe(0);
  const base = () => `http://127.0.0.1:${(list.address() as AddressInfo).port}`;

  it("makes a provider by the keyboard alone: tries it, is told what is wrong, and goes on to its models", async () => {
    await page.getByRole("button", { name: "New provider" }).focus();
    await page.keyboard.press("Enter");
    await dialog().getByLabel("Name").focus();
    await page.keyboard.type("fresh");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.type("http://127.0.0.1:9/v1");
    await page.keyboard.press("Tab");
    await page.keyboard.type("sk-typed-by-ada-and-never-shown");
    const tryIt = dialog().getByRole("button", { name: "Test the connection" });
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Add another key");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Test the connection");
    await page.keyboard.press("Enter");
    await dialog().getByText("Nothing answers at this address.").waitFor();
    await dialog().getByLabel("Address").fill(`${base()}/v1`);
    await tryIt.click();
    await dialog().getByText("Its list has 4 models").waitFor();
    await inspect(page, "provider-new", faults);
    await dialog().getByLabel("Name").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Import models of fresh" }).waitFor();
    await page.keyboard.press("Escape");
    await closed();
    // What is stored is never shown again, and goes to no other address.
    await page.getByRole("button", { name: "Edit the provider fresh" }).click();
    expect(await dialog().getByLabel("API key").inputValue()).toBe("");
    await dialog().getByLabel("Address").fill("https://elsewhere.test/v1");
    await dialog().getByRole("button", { name: "Save" }).click();
    await dialog().getByText("A stored key is sent to its own address alone").waitFor();
    await page.keyboard.press("Escape");
    await closed();
    expect(await page.content()).not.toContain("sk-typed-by-ada");
  });

  it("gives a provider further keys and limits by the keyboard alone, says what is wrong, and destroys a key after saying so", async () => {
    const edit = async (): Promise<void> => {
      await page.getByRole("button", { name: "Edit the provider fresh" }).focus();
      await page.keyboard.press("Enter");
      await dialog().getByLabel("Address").waitFor();
    };
    const focused = () => page.evaluate<string>("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent");
    const placeholderOf = (key: string) => dialog().getByRole("group", { name: key }).getByLabel("API key").getAttribute("placeholder");
    await edit();
    await dialog().getByRole("button", { name: "Add another key" }).focus();
    await page.keyboard.press("Enter");
    // The new one has the focus; without its secret it is none.
    const second = dialog().getByRole("group", { name: "Key 2" });
    await expect.poll(() => second.getByLabel("API key").evaluate((field) => field.matches(":focus"))).toBe(true);
    await page.keyboard.press("Enter");
    await second.getByText("Type the key, or remove it.").waitFor();
    await page.keyboard.type("sk-second-key-that-nobody-sees-77");
    await page.keyboard.press("Tab");
    await page.keyboard.type("0");
    await second.getByLabel("Weight").fill("3");
    await second.getByLabel("Name").fill("key-1");
    await second.getByText("each name once").waitFor();
    await second.getByLabel("Name").fill("spare-account");
    const limits = dialog().getByText("Limits", { exact: true });
    await limits.focus();
    await page.keyboard.press("Enter");
    await dialog().getByText("Without a limit everything that is paid for is let through.").waitFor();
    await dialog().getByRole("button", { name: "Add a limit" }).click();
    await dialog().getByLabel("At most").fill("none");
    await dialog().getByRole("button", { name: "Save" }).click();
    await dialog().getByText("Enter an amount above zero.").waitFor();
    await expect
      .poll(() =>
        dialog()
          .getByLabel("At most")
          .evaluate((field) => field.matches(":focus")),
      )
      .toBe(true);
    await dialog().getByLabel("What is limited").selectOption("cost");
    await dialog().getByLabel("At most").fill("2.5");
    await inspect(page, "provider-keys", faults);
    await page.keyboard.press("Enter");
    await closed();
    expect(await page.content()).not.toContain("nobody-sees");
    // Removing one is taken back at a key press, and is done only when it is saved.
    await edit();
    expect([await placeholderOf("Key 1"), await placeholderOf("Key 2")]).toEqual(["…hown stored", "…s-77 stored"]);
    expect(await dialog().getByLabel("At most, in dollars").inputValue()).toBe("2.50");
    const remove = dialog().getByRole("button", { name: "Remove the key key-1" });
    await remove.focus();
    await page.keyboard.press("Enter");
    await dialog().getByText("is destroyed when you save. It cannot be had again.").waitFor();
    await expect.poll(focused).toBe("Keep the key key-1");
    await page.keyboard.press("Enter");
    await remove.focus();
    await page.keyboard.press("Enter");
    await expect.poll(focused).toBe("Keep the key key-1");
    await inspect(page, "provider-keys-destroy", faults);
    await dialog().getByRole("button", { name: "Save and destroy 1 key" }).click();
    await closed();
    await expect.poll(() => page.getByRole("list", { name: "Keys of fresh" }).innerText()).toMatch(/^spare-account\s+…s-77/);
    await edit();
    expect(await dialog().getByLabel("API key").getAttribute("placeholder")).toBe("…s-77 stored");
    await dialog().getByRole("button", { name: "Remove limit 1" }).click();
    await expect.poll(focused).toBe("Add a limit");
    await dialog().getByRole("button", { name: "Save" }).click();
    await closed();
    await edit();
    expect(await dialog().getByLabel("At most").count()).toBe(0);
    await page.keyboard.press("Escape");
    await closed();
  });

  it("adds a model by hand with what it can do, and a group with it, which can be renamed", async () => {
    await page.getByRole("button", { name: "Actions for the provider fresh" }).click();
    await page.getByRole("menuitem", { name: "Add a model by hand…" }).click();
    await dialog().getByLabel("Name").fill("qwen/by-hand");
    await dialog().getByLabel("Context").fill("32000");
    await dialog().getByLabel("chat", { exact: true }).check();
    await dialog().getByLabel("Input", { exact: true }).fill("1");
    await dialog().getByLabel("Output", { exact: true }).fill("2");
    await inspect(page, "model-add", faults);
    await dialog().getByRole("button", { name: "Add model" }).click();
    await closed();
    const fresh = page.getByRole("region", { name: "fresh", exact: true }).first();
    await fresh.getByText("qwen/by-hand").waitFor();
    expect(await fresh.innerText()).toContain("32,000");
    await page.goto(`${server.url}/w/default/groups`);
    await page.getByRole("button", { name: "New group" }).click();
    await dialog().getByRole("button", { name: "Create group" }).click();
    await dialog().getByText("1 to 63 letters").waitFor();
    await dialog().getByLabel("Name").fill("writers");
    for (const target of ["fresh/qwen/by-hand", "llamas/llama-3.3-70b"]) {
      await dialog().getByLabel("Add a target, as provider/model").fill(target);
      await page.keyboard.press("Enter");
      await dialog().getByLabel(`Priority ${target}`).waitFor();
    }
    await inspect(page, "group-new", faults);
    await dialog().getByRole("button", { name: "Create group" }).click();
    await closed();
    await page.getByRole("button", { name: "Edit the group writers" }).click();
    await dialog().getByLabel("Name").fill("authors");
    await dialog().getByLabel("Go on answering to writers, as an alias").waitFor();
    await dialog().getByRole("button", { name: "Remove llamas/llama-3.3-70b" }).click();
    await dialog().getByRole("button", { name: "Save" }).click();
    await closed();
    const authors = page.getByRole("region", { name: "authors", exact: true }).first();
    await authors.getByText("qwen/by-hand").waitFor();
    expect(await authors.innerText()).not.toContain("llama-3.3");
  });

  it("says what a name means, sets what holds for all groups, and takes it back", async () => {
    await page.keyboard.press("g");
    await page.keyboard.press("r");
    await page.getByRole("heading", { level: 1, name: "Routing" }).waitFor();
    await page.getByLabel("Name of the model").fill("writers");
    await page.keyboard.press("Enter");
    const told = page.getByRole("region", { name: "What does a name mean?" });
    await told.getByText("The model named an alias for authors.").waitFor();
    await told.getByText("fresh/qwen/by-hand").first().waitFor();
    const all = page.getByRole("region", { name: "For all groups" });
    expect(await all.getByText("built in").count()).toBeGreaterThan(12);
    await page.getByRole("button", { name: "Edit what holds for all groups" }).click();
    await dialog().getByLabel("Strategy of groups that name none").selectOption("lowest_cost");
    await dialog().getByLabel("Answer to the name auto").selectOption("no");
    await dialog().getByLabel("Counts as failure").fill("no capacity left\nerror: try later");
    await dialog().getByLabel("Statuses that lead to the next target").fill("418, 7");
    await dialog().getByRole("button", { name: "Save" }).click();
    await dialog().getByText("Statuses are 400 to 599").waitFor();
    await dialog().getByLabel("Statuses that lead to the next target").fill("418, 420");
    await inspect(page, "routing-settings", faults);
    await page.keyboard.press("Enter");
    await closed();
    await all.getByText("no capacity left, try later").waitFor();
    expect(await all.getByText("Set", { exact: true }).count()).toBe(4);
    await page.getByLabel("Name of the model").fill("auto");
    faults.expected.add(404);
    await page.keyboard.press("Enter");
    await told.getByRole("alert").waitFor();
    faults.expected.delete(404);
    const undo = page.getByRole("button", { name: "Take back routing.changed routing" }).first();
    await undo.click();
    await expect.poll(() => all.getByText("Set", { exact: true }).count()).toBe(0);
    // The same change cannot be taken back a second time: it is taken back already.
    faults.expected.add(409);
    await page.getByRole("button", { name: "Take back routing.changed routing" }).nth(1).click();
    await page.getByRole("region", { name: "Changes" }).getByRole("alert").getByText("It was changed again since").waitFor();
    faults.expected.delete(409);
    await page.getByLabel("Name of the model").fill("authors");
    await page.keyboard.press("Enter");
    await told.getByText("The model named a group.").waitFor();
  });

  it("makes, changes and deletes an alias", async () => {
    await page.getByRole("button", { name: "New alias" }).click();
    await dialog().getByLabel("Alias", { exact: true }).fill("gpt-4o-2024-08-06");
    await dialog().getByLabel("Stands for").fill("nothing");
    faults.expected.add(400);
    await dialog().getByRole("button", { name: "Save" }).click();
    await alert().getByText("nothing is no group and no provider/model.").waitFor();
    faults.expected.delete(400);
    await dialog().getByLabel("Stands for").fill("authors");
    await page.keyboard.press("Enter");
    await closed();
    const row = page.getByRole("row", { name: /gpt-4o-2024-08-06/ }).first();
    expect(await row.innerText()).toContain("authors");
    await page.getByRole("button", { name: "Change the alias gpt-4o-2024-08-06" }).click();
    await dialog().getByLabel("Stands for").fill("fresh/qwen/by-hand");
    await page.keyboard.press("Enter");
    await closed();
    await row.getByText("fresh/qwen/by-hand").waitFor();
    await inspect(page, "routing", faults);
    await page.getByRole("button", { name: "Delete the alias gpt-4o-2024-08-06" }).click();
    expect(await dialog().getByRole("button", { name: "Delete", exact: true }).isDisabled()).toBe(true);
    await dialog().getByLabel("Type gpt-4o-2024-08-06 to confirm").fill("gpt-4o-2024-08-06");
    await page.keyboard.press("Enter");
    await closed();
    await expect.poll(() => page.getByRole("cell", { name: "fresh/qwen/by-hand", exact: true }).count()).toBe(0);
  });

  it("deletes a provider after showing what goes with it, takes that back but for its key, and deletes a group with its alias", async () => {
    const begin = async (): Promise<void> => {
      await page.goto(`${server.url}/w/default/providers`);
      await page.getByRole("button", { name: "Actions for the provider fresh" }).click();
      await page.getByRole("menuitem", { name: "Delete…" }).click();
    };
    await begin();
    await dialog().getByText("The group authors has no target left: calls to it are refused.").waitFor();
    await dialog().getByText("1 model goes with it.").waitFor();
    await inspect(page, "provider-delete", faults);
    await dialog().getByLabel("Type fresh to confirm").fill("fresh");
    await page.keyboard.press("Enter");
    await closed();
    await expect.poll(() => page.getByRole("region", { name: "fresh", exact: true }).count()).toBe(0);
    await page.goto(`${server.url}/w/default/routing`);
    const deletion = page.getByRole("row", { name: /provider\.deleted provider fresh/ });
    await deletion.getByText("Not put back: keys", { exact: true }).waitFor();
    await deletion.scrollIntoViewIfNeeded();
    await inspect(page, "changes", faults);
    const takenBack = page.getByText("takes a change back");
    const before = await takenBack.count();
    await page.getByRole("button", { name: "Take back provider.deleted provider fresh" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("The change is taken back, but for this, which is kept nowhere: keys.").waitFor();
    await expect.poll(() => takenBack.count()).toBe(before + 1);
    await page.getByRole("button", { name: "Take back group.changed group authors" }).first().click();
    await expect.poll(() => takenBack.count()).toBe(before + 2);
    await begin();
    await dialog().getByText("The group authors has no target left: calls to it are refused.").waitFor();
    await dialog().getByLabel("Type fresh to confirm").fill("fresh");
    await page.keyboard.press("Enter");
    await closed();
    await page.goto(`${server.url}/w/default/groups`);
    const authors = page.getByRole("region", { name: "authors", exact: true }).first();
    await authors.getByText("This group has no targets.").waitFor();
    await page.getByRole("button", { name: "Delete the group authors" }).click();
    await dialog().getByText("These aliases stand for it and go with it: writers.").waitFor();
    await dialog().getByLabel("Type authors to confirm").fill("authors");
    await page.keyboard.press("Enter");
    await closed();
    await expect.poll(() => authors.count()).toBe(0);
  });

  it("speaks Chinese, fits a phone, and left no fault behind", async () => {
    if (!browser) return;
    const phone = await openContext(browser, faults, { viewport: { width: 390, height: 844 }, locale: "zh-CN" });
    const small = await phone.newPage();
    await signIn(small, server.url, ADMIN);
    await small.goto(`${server.url}/w/default/providers`);
    await small.getByRole("button", { name: "导入 llamas 的模型" }).click();
    await small.getByRole("button", { name: "读取列表" }).click();
    await small.getByRole("dialog").getByText("已有", { exact: true }).first().waitFor();
    expect(await sidewaysOverflow(small)).toBe(0);
    await inspect(small, "import-phone-zh", faults);
    await small.goto(`${server.url}/w/default/providers`);
    await small.getByRole("button", { name: "编辑服务商 llamas" }).click();
    await small.getByRole("button", { name: "再添加一个密钥" }).click();
    await small.getByRole("dialog").getByRole("group", { name: "密钥 2" }).waitFor();
    expect(await sidewaysOverflow(small)).toBe(0);
    await inspect(small, "provider-keys-phone-zh", faults);
    await small.goto(`${server.url}/w/default/routing`);
    await small.getByText("一个名称指什么？").waitFor();
    expect(await sidewaysOverflow(small)).toBe(0);
    await inspect(small, "routing-phone-zh", faults);
    await small.getByRole("button", { name: "编辑所有分组的设置" }).click();
    await small.getByRole("dialog").getByText("什么算失败").waitFor();
    expect(await sidewaysOverflow(small)).toBe(0);
    await inspect(small, "routing-settings-phone-zh", faults);
    await phone.close();
    expect(faults.seen).toEqual([]);
  });
});
