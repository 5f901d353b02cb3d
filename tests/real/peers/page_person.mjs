// A person at the page: what the scripts of the page's tests share. Each is started with one JSON object that says
// where the browser is (chromium), the folder of npm's packages (folder) and the gateway (gateway), and what else.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

export const told = JSON.parse(process.argv[2]);
const require = createRequire(`${told.folder}/`);
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const launched = () => chromium.launch({
  executablePath: told.chromium,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** A person with a browser of their own; `seen` keeps what nobody should have to see. */
export async function person(browser, { patience = 60_000, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const seen = { complaints: [], elsewhere: [], dialogs: [] };
  const home = new URL(told.gateway).origin;
  // What a provider's own pages do is not of interest.
  const isHome = (url) => new URL(url).origin === home;
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && isHome(page.url())) seen.complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => seen.complaints.push(String(error.stack ?? error)));
  page.on("dialog", (dialog) => {
    seen.dialogs.push(dialog.message());
    dialog.dismiss();
  });
  page.on("request", (request) => {
    if (/^(data|blob):/.test(request.url()) || isHome(request.url())) return;
    if (request.isNavigationRequest() || isHome(request.frame().url())) seen.elsewhere.push(request.url());
  });
  return { context, page, seen };
}

/** Signs in at the page by pasting a token. */
export async function withToken(page, token) {
  await page.goto(told.gateway);
  await page.getByLabel("Paste a token").fill(token);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await views(page).waitFor();
}

/** Signs in at the provider as `name`, by the link that the page offers. */
export async function atTheProvider(page, name) {
  await page.goto(told.gateway);
  await page.getByRole("link", { name: "Sign in", exact: true }).click();
  await page.getByPlaceholder("Enter any login").fill(name);
  await page.getByPlaceholder("and password").fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await views(page).waitFor();
}

const views = (page) => page.getByRole("navigation", { name: "Views" });

/** Waits for a view's heading. */
export const view = (page, name) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();

/** Opens a view by its link, and waits for its heading. */
export async function open(page, name) {
  await views(page).getByRole("link", { name, exact: true }).click();
  await view(page, name);
}

/** What axe finds on the page as it is: `rule: first element`, of the serious and the critical. */
export async function findings(page) {
  const tools = await page.context().newCDPSession(page);
  // Not by a script element: the page's policy lets no other script in.
  await tools.send("Runtime.evaluate", { expression: AXE });
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run(document));
  await tools.detach();
  if (passes.length < 10) throw new Error(`axe looked at next to nothing: ${passes.map(({ id }) => id)}`);
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)).join(" | ")}`);
}

/** Ends the script: says what was seen. */
export async function tell(browser, seen) {
  await browser.close();
  console.log(JSON.stringify(seen));
}
