// Alice's way through the page: signs in at the provider, asks the planner, opens the waterfall, finds the plan in
// memory, cancels a task of the slow agent, and signs out. Each view is looked at by axe, light and dark.

import { atTheProvider, findings, launched, open, person, tell, told, view } from "./page_person.mjs";

const browser = await launched();
const { page, seen } = await person(browser, { patience: 60_000, reducedMotion: "reduce" });
Object.assign(seen, { axe: {}, focus: {} });

/** By axe, light and dark; and nothing wider than the window. */
async function look(name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const found of await findings(page)) (seen.axe[`${name}, ${colorScheme}`] ??= []).push(found);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 320, height: 800 });
  if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) (seen.wide ??= []).push(name);
  await page.setViewportSize({ width: 1280, height: 900 });
  if (told.pictures) await page.screenshot({ path: `${told.pictures}/${name}.png`, fullPage: true });
}

const ask = async (agent, text) => {
  const choice = page.getByRole("radio", { name: new RegExp(agent, "i") });
  await choice.focus();
  await page.keyboard.press("Space");
  await page.getByRole("textbox", { name: "What do you need?" }).fill(text);
  await page.getByRole("button", { name: "Ask", exact: true }).click();
};
const taskOf = () => decodeURIComponent(new URL(page.url()).hash.split("/")[2].split("?")[0]);

await page.goto(told.gateway);
await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
await look("sign in");
await atTheProvider(page, "alice");
await view(page, "Ask");
await look("ask");

// Asks, and watches both to their end: how long the answer is each time that something of it is drawn.
await page.evaluate(() => {
  window.lengths = [];
  new MutationObserver(() => {
    const card = [...document.querySelectorAll(".piece")].find((one) => one.querySelector("h3").textContent === "Answer");
    const length = card?.innerText.length ?? 0;
    if (length > (window.lengths.at(-1) ?? 0)) window.lengths.push(length);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
});
await ask("planner", told.question);
const handoff = page.getByRole("region", { name: "Hand-off" });
await handoff.waitFor();
await page.getByText("Planner handed on to coder").first().waitFor({ timeout: told.limit_ms });
await look("a hand-off at work");
await handoff.getByText(/^Done in /).waitFor({ timeout: told.limit_ms });
seen.lengths = await page.evaluate(() => window.lengths);
seen.lines = (await page.getByRole("listitem").allInnerTexts()).map((text) => text.replace(/\s+/g, " "));
await look("a hand-off that is done");

// The waterfall: a row each, which the keyboard reaches.
await handoff.getByRole("link", { name: "Open the waterfall" }).click();
const waterfall = page.getByRole("list", { name: "Waterfall" });
await waterfall.waitFor();
seen.planner = taskOf();
seen.rows = (await waterfall.getByRole("button").allInnerTexts()).map((text) => text.replace(/\s+/g, " "));
seen.events = await page.getByText(/^\d+ events$/).innerText();
await look("a task");
await waterfall.getByRole("button").first().focus();
await page.keyboard.press("End");
seen.focus.waterfall = await page.evaluate(() => document.activeElement.getAttribute("aria-current"));

// The plan, in memory.
await open(page, "Memory");
await page.getByRole("list", { name: "Events" }).getByRole("link").first().waitFor();
await look("memory");
await page.getByLabel("Kind").selectOption({ label: "Document" });
await page.getByRole("searchbox", { name: "Search" }).fill("plan");
const found = page.getByRole("list", { name: "Events" });
await found.getByRole("mark").first().waitFor();
seen.marked = await found.getByRole("mark").allInnerTexts();
await found.getByRole("link").filter({ hasText: /plan/i }).first().click();
await page.waitForURL(/#\/memory\/./);
seen.plan = decodeURIComponent(new URL(page.url()).hash.split("/")[2].split("?")[0]);
await page.getByRole("heading", { name: "Where it came from" }).waitFor();
seen.document = await page.getByRole("main").innerText();
await look("a document");

// A task that runs, canceled from the list.
await open(page, "Ask");
const anew = page.getByRole("button", { name: "New conversation" });
if (await anew.isVisible()) await anew.click();
await ask("slow", "wait for me");
await handoff.getByText(/Slow has been at work/).waitFor();
await open(page, "Tasks");
await page.getByRole("link", { name: /wait for me/ }).first().click();
await waterfall.waitFor();
seen.canceled = taskOf();
await page.getByRole("button", { name: "Cancel", exact: true }).click();
await page.getByRole("list", { name: "Events" }).getByText(/Slow was stopped/).waitFor();
await look("a task that was canceled");
await open(page, "Tasks");
await page.getByRole("link", { name: /wait for me/ }).first().waitFor();
await look("tasks");

// The other views, by the keyboard alone.
for (const [name, shows] of [["Usage", /tokens/i], ["Agents", /answers in/], ["Me", "API keys"]]) {
  const link = page.getByRole("navigation", { name: "Views" }).getByRole("link", { name, exact: true });
  await link.focus();
  await page.keyboard.press("Enter");
  await view(page, name);
  await page.getByText(shows).first().waitFor();
  seen.focus[name] = await page.evaluate(() => document.activeElement.textContent);
  await look(name.toLowerCase());
}
await page.goto(`${told.gateway}/#/agents/planner`);
await page.getByRole("heading", { name: "How to reach it by program" }).waitFor();
await look("an agent");
await page.goto(`${told.gateway}/#/status`);
await view(page, "Status");
await page.getByRole("alert").filter({ hasText: /admin/ }).waitFor();
await look("status, which is not hers");
seen.stored = await page.evaluate(async () => [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie,
  (await indexedDB.databases()).map(({ name }) => name), await caches.keys().catch(() => [])]);

// Out.
await open(page, "Me");
await page.getByRole("button", { name: "Sign out" }).click();
await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
seen.left = await page.getByRole("main").innerText();
seen.session = await page.evaluate(() => fetch("/auth/session").then((answer) => answer.json()));
await tell(browser, seen);
