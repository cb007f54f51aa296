// Every page in both themes and two sizes: axe finds nothing, the policy is never violated.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, open, shot, signIn, startBrowser, startDemo, until } from "./harness.mjs";

let demo;
let browser;
let state;
let aCase;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
  state = await signIn(browser, demo);
  const { page, context } = await open(browser, demo, state, { path: "/inbox/digits" });
  await page.locator("article canvas").waitFor();
  for (const key of ["1", "2", "3"]) {
    const label = await page.locator("article").getAttribute("aria-label");
    await page.keyboard.press(key);
    await page.waitForFunction(
      (before) => document.querySelector("article")?.getAttribute("aria-label") !== before,
      label,
    );
  }
  aCase = await page.evaluate(async () => (await (await fetch("/v1/loops/digits/cases?limit=1")).json()).items[0].id);
  await context.close();
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const pages = () => [
  ["inbox", "/inbox/digits", "article canvas"],
  ["loops", "/loops", "table"],
  ["live", "/loops/digits/live", "section[aria-label='Waiting for people']"],
  ["cases", "/loops/digits/cases", "table"],
  ["loop", "/loops/digits", "pre"],
  ["case", `/cases/${aCase}`, "ol li"],
  ["ledger", "/ledger", "section[aria-label='Events, newest first'] button"],
  ["runs", "/runs", "nav[aria-label='States']"],
  ["members", "/settings/members", "table"],
  ["keys", "/settings/keys", "section[aria-label='Keys']"],
  ["webhooks", "/settings/webhooks", "section[aria-label='Webhooks']"],
  ["channels", "/settings/channels", "section[aria-label='Channels']"],
  ["shortcuts", "/settings/shortcuts", "table"],
  ["theme", "/settings/theme", "fieldset"],
  ["missing", "/nowhere", "h1"],
];

for (const colorScheme of ["light", "dark"]) {
  for (const [width, height] of [
    [1280, 800],
    [390, 800],
  ]) {
    test(`every page in ${colorScheme} at ${width} px`, async () => {
      const found = [];
      for (const [name, path, ready] of pages()) {
        const options = { path, colorScheme, viewport: { width, height } };
        const { page, context, errors, violations } = await open(browser, demo, state, options);
        await page.locator(ready).first().waitFor();
        const scheme = await page.evaluate(() => document.documentElement.dataset.mantineColorScheme);
        assert.equal(scheme, colorScheme);
        found.push(...(await axe(page)).map((problem) => `${name}: ${problem}`));
        found.push(...(await violations()).map((problem) => `${name}: policy: ${problem}`));
        found.push(...errors.map((problem) => `${name}: error: ${problem}`));
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (overflow > 0) found.push(`${name}: ${overflow} px too wide`);
        await shot(page, `${name}-${colorScheme}-${width}`);
        await context.close();
      }
      assert.deepEqual(found, []);
    });
  }
}

test("the sign-in page and dialogs have nothing for axe to find", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const { page, context, violations } = await open(browser, demo, undefined, { path: "/signin", colorScheme });
    await page.getByLabel("E-mail").waitFor();
    assert.deepEqual(await axe(page), []);
    await shot(page, `signin-${colorScheme}`);
    assert.deepEqual(await violations(), []);
    await context.close();

    const inside = await open(browser, demo, state, { path: "/inbox/digits", colorScheme });
    await inside.page.locator("article canvas").waitFor();
    const rejects = inside.page.getByRole("button", { name: /^Reject/ });
    while (!(await rejects.isVisible())) {
      // A blind audit, which chance may put on top, has nothing to reject.
      const label = await inside.page.locator("article").getAttribute("aria-label");
      await inside.page.keyboard.press("1");
      await inside.page.waitForFunction((before) => {
        const now = document.querySelector("article")?.getAttribute("aria-label");
        return now && now !== before;
      }, label);
    }
    await inside.page.keyboard.press("x");
    const panel = inside.page.getByRole("region", { name: "Reject the proposal" });
    await panel.waitFor();
    assert.deepEqual(await axe(inside.page), [], "axe with the reject panel");
    await shot(inside.page, `reject-${colorScheme}`);
    await inside.page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
    await inside.page.locator("article canvas").waitFor();
    for (const key of ["?", "Control+k"]) {
      await inside.page.keyboard.press(key);
      await inside.page.getByRole("dialog").waitFor();
      assert.deepEqual(await axe(inside.page), [], `axe with the dialog of ${key}`);
      await shot(inside.page, `dialog-${key === "?" ? "keys" : "palette"}-${colorScheme}`);
      await inside.page.keyboard.press("Escape");
      await inside.page.getByRole("dialog").waitFor({ state: "detached" });
    }
    await inside.context.close();
  }
});

test("the theme can be switched by key and stays", async () => {
  const { page, context } = await open(browser, demo, state, { path: "/loops", colorScheme: "light" });
  const scheme = () => page.evaluate(() => document.documentElement.dataset.mantineColorScheme);
  await until("the dark theme", async () => {
    if ((await scheme()) === "dark") return true;
    await page.keyboard.press("g");
    await page.keyboard.press("t");
    return false;
  });
  await page.reload();
  await page.getByRole("main").waitFor();
  assert.equal(await scheme(), "dark");
  await context.close();
});
