/** Signing in, staying in and getting out, and what a stranger can learn from trying: nothing. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nameless, PASSWORD, startConsoleRig, type Browser, type ConsoleRig } from "./testing/console-rig.http.ts";

let rig: ConsoleRig;
beforeAll(async () => {
  rig = await startConsoleRig(["acme"]);
});
afterAll(() => rig.close());

const email = "owner@acme.test";
const data = (error: unknown): unknown => (error as { data?: unknown }).data;
const signIn = (browser: Browser, password: string, address = email) => browser.client.account.signIn.mutate({ email: address, password });

describe("signing in", () => {
  it("answers who one is and sets a cookie that scripts cannot read", async () => {
    const browser = rig.browser();
    const answer = await browser.fetch("/trpc/account.signIn", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ json: { email: "OWNER@acme.test", password: PASSWORD } }),
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()).toEqual([expect.stringMatching(/^sy_session=[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Lax$/)]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(JSON.parse(answer.text)).toMatchObject({ result: { data: { json: { email, workspaces: [{ name: "acme", role: "owner" }] } } } });
    const token = /sy_session=([\w-]+)/.exec(answer.headers.getSetCookie()[0] ?? "")?.[1] ?? "";
    expect(answer.text).not.toContain(token);
    const stored = await rig.admin.query("select 1 from switchyard.sessions where encode(token_hash, 'escape') like '%' || $1 || '%'", [token]);
    expect(stored.rows).toEqual([]);
  });

  it("says the same, with the same work, to a wrong password and to an unknown address", async () => {
    const [wrong, unknown] = await Promise.all([
      signIn(rig.browser(), "not the password").catch(data),
      signIn(rig.browser(), "not the password", "nobody@nowhere.test").catch(data),
    ]);
    expect(wrong).toMatchObject({ failure: "wrong_credentials", httpStatus: 401 });
    expect(nameless(JSON.stringify(unknown))).toBe(nameless(JSON.stringify(wrong)));
    // Both derive a key, which takes far longer than everything else: the quickest of each are of one size. A busy machine makes
    // some slower, never quicker, so it is asked until it was left alone for a moment.
    const time = async (address: string): Promise<number> => {
      const before = performance.now();
      await signIn(rig.browser(), "not the password", address).catch(data);
      return performance.now() - before;
    };
    const times: Record<string, number[]> = { [email]: [], "nobody@nowhere.test": [] };
    const round = async (): Promise<number> => {
      for (const address of Object.keys(times)) times[address]?.push(await time(address));
      const [known = 0, strange = 0] = Object.values(times).map((all) => Math.min(...all));
      return Math.max(known, strange) / Math.min(known, strange);
    };
    let ratio = Infinity;
    for (let rounds = 0; rounds < 3 || (ratio >= 3 && rounds < 20); rounds++) ratio = await round();
    expect(ratio).toBeLessThan(3);
  });

  it("stops guesses after ten, says for how long, and lets others in meanwhile", async () => {
    const guesser = rig.browser();
    const answers = await Promise.all(Array.from({ length: 14 }, (_, index) => signIn(guesser, `guess number ${index}`).catch(data)));
    const codes = answers.map((answer) => (answer as { failure: string }).failure);
    expect(codes.filter((code) => code === "wrong_credentials")).toHaveLength(10);
    expect(codes.filter((code) => code === "too_many_sign_ins")).toHaveLength(4);
    const blocked = await guesser.fetch("/trpc/account.signIn", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ json: { email, password: PASSWORD } }),
    });
    expect(blocked.status).toBe(429);
    expect(Number(blocked.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(Number(blocked.headers.get("retry-after"))).toBeLessThanOrEqual(60);
    await rig.signedIn(email);
  });

  it("does not count those who get in", async () => {
    const browser = rig.browser();
    for (let round = 0; round < 12; round++) expect((await signIn(browser, PASSWORD)).email).toBe(email);
  });

  it("refuses a disabled person and ends their session", async () => {
    const browser = await rig.signedIn("member@acme.test");
    await browser.client.account.me.query();
    await rig.admin.query("update switchyard.users set disabled_at = now() where email = 'member@acme.test'");
    await expect
      .poll(
        () =>
          browser.client.account.me.query().then(
            () => "in",
            (error: unknown) => (data(error) as { failure: string }).failure,
          ),
        { timeout: 20_000 },
      )
      .toBe("not_signed_in");
    expect(await signIn(rig.browser(), PASSWORD, "member@acme.test").catch(data)).toMatchObject({ failure: "wrong_credentials" });
    await rig.admin.query("update switchyard.users set disabled_at = null where email = 'member@acme.test'");
  });

  it.each(["' or '1'='1", "%", "\u{1f600}@x.test", "a".repeat(320)])("takes %s for an address like any other", async (address) => {
    expect(await signIn(rig.browser(), "some password", address).catch(data)).toMatchObject({ failure: "wrong_credentials" });
  });

  it("refuses what Postgres could not even hold", async () => {
    expect(await signIn(rig.browser(), "some password", "a\u0000@x.test").catch(data)).toMatchObject({ failure: "invalid_request", param: "email" });
  });
});

describe("a session", () => {
  it("ends when one signs out, here and for a copy of the cookie", async () => {
    const browser = await rig.signedIn(email);
    const copy = browser.cookie();
    await browser.client.account.signOut.mutate();
    expect(browser.cookie()).toBe("");
    const answer = await browser.fetch("/trpc/account.me", { headers: { cookie: copy } });
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { json: { message: "You are not signed in.", data: { failure: "not_signed_in" } } } });
  });

  it("ends when it is over", async () => {
    const browser = await rig.signedIn(email);
    await rig.admin.query("update switchyard.sessions set expires_at = now()");
    await expect
      .poll(
        () =>
          browser.client.account.me.query().then(
            () => "in",
            () => "out",
          ),
        { timeout: 20_000 },
      )
      .toBe("out");
  });

  it("is no API key, nor is an API key a session", async () => {
    const key = rig.workspaces[0]?.keySecret ?? "";
    const answers = await Promise.all([
      rig.browser().fetch("/trpc/account.me", { headers: { authorization: `Bearer ${key}` } }),
      rig.browser().fetch("/trpc/account.me", { headers: { cookie: `sy_session=${key}` } }),
      rig.browser().fetch("/trpc/account.me", { headers: { cookie: `sy_session=${"A".repeat(43)}` } }),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([401, 401, 401]);
    expect(new Set(answers.map((answer) => nameless(answer.text))).size).toBe(1);
  });
});

describe("a password", () => {
  it("is changed with the present one; every other session ends and this one goes on under a new token", async () => {
    const [here, there] = [await rig.signedIn(email), await rig.signedIn(email)];
    const before = here.cookie();
    const next = "another password of the test";
    expect(await here.client.account.changePassword.mutate({ current: "not the password", next }).catch(data)).toMatchObject({ failure: "wrong_credentials" });
    expect(await here.client.account.changePassword.mutate({ current: PASSWORD, next: "too short" }).catch(data)).toMatchObject({
      failure: "invalid_request",
      param: "next",
    });
    await here.client.account.changePassword.mutate({ current: PASSWORD, next });
    expect(here.cookie()).not.toBe(before);
    await here.client.account.me.query();
    expect((await here.fetch("/trpc/account.me", { headers: { cookie: before } })).status).toBe(401);
    await expect
      .poll(
        () =>
          there.client.account.me.query().then(
            () => "in",
            () => "out",
          ),
        { timeout: 20_000 },
      )
      .toBe("out");
    expect(await signIn(rig.browser(), PASSWORD).catch(data)).toMatchObject({ failure: "wrong_credentials" });
    await signIn(rig.browser(), next);
  });
});
