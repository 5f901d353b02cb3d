// A person at the page, in headless Chromium: CHROMIUM FOLDER-OF-PLAYWRIGHT SIGN-IN-LINK SCREENSHOT.
// Prints what was seen as one JSON object; what it means is for the tests to say.

import { createRequire } from "node:module";

const [chromiumPath, folder, link, screenshot] = process.argv.slice(2);
const { chromium } = createRequire(`${folder}/`)("playwright-core");
const origin = new URL(link).origin;
const QUESTION = "Write Python to sort a list";

const browser = await chromium.launch({
  executablePath: chromiumPath,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
const page = await context.newPage();
page.setDefaultTimeout(150_000);

const seen = { complaints: [], elsewhere: [] };
page.on("console", (message) => {
  if (["error", "warning"].includes(message.type())) seen.complaints.push(message.text());
});
page.on("pageerror", (error) => seen.complaints.push(String(error)));
page.on("request", (request) => {
  if (new URL(request.url()).origin !== origin) seen.elsewhere.push(request.url());
});

const cards = () => page.locator("#answer .card").evaluateAll((found) =>
  found.map((card) => ({ name: card.dataset.name, text: card.querySelector(".card-body").innerText })));

await page.goto(link);
await page.locator("#desk").waitFor();
await page.getByText("The planner makes a plan and hands it to the coder.").waitFor();
seen.account = await page.locator("#account-name").innerText();
seen.address = page.url();

await page.getByRole("textbox", { name: "What do you need?" }).fill(QUESTION);
await page.getByRole("button", { name: "Ask", exact: true }).click();
await page.locator('#answer .card[data-name="Plan"] pre, #answer .card[data-name="Plan"] .prose').first().waitFor();
seen.whilePlanned = await page.locator("#status").innerText();
await page.locator('#status:not([data-end=""]):not([data-end="none"])').waitFor();
await page.locator('#answer .card[data-name="Code"]').waitFor();
await page.waitForFunction(() => !document.querySelector("#answer").innerText.includes("Reading…"));

seen.status = await page.locator("#status").innerText();
seen.cards = await cards();
seen.timeline = await page.locator("#timeline li span").allInnerTexts();
seen.task = await page.locator("#recent button").first().getAttribute("data-task");
seen.stored = await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]);
await page.screenshot({ path: screenshot, fullPage: true });

await page.reload();
await page.locator('#answer .card[data-name="Code"] pre, #answer .card[data-name="Code"] .prose').first().waitFor();
await page.waitForFunction(() => !document.querySelector("#answer").innerText.includes("Reading…"));
seen.again = { status: await page.locator("#status").innerText(), cards: await cards() };

const stranger = await (await browser.newContext()).newPage();
const second = await stranger.goto(link);
seen.secondUse = { status: second.status(), text: await stranger.locator("body").innerText() };
seen.strangerSession = await (await stranger.request.get(`${origin}/auth/session`)).json();
await browser.close();
console.log(JSON.stringify(seen));
