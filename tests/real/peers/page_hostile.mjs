// One who is shown what others wrote to do harm. Everything is opened; nothing of it may run.

import { findings, launched, open, person, tell, told, withToken } from "./page_person.mjs";

const browser = await launched();
const { page, seen } = await person(browser, { patience: 30_000 });
Object.assign(seen, { ran: [], shown: {}, slow: {}, wide: [], axe: {} });

/** Whether anything ran, and whether what was written stands there as text. */
async function look(name, text = told.mark) {
  if (text !== null) await page.getByText(text).first().waitFor({ state: "attached" });
  const ran = await page.evaluate(() => [
    globalThis.pwned,
    document.querySelectorAll("main img, main script, main iframe, main object, main [onerror], main [onload], main a[href^='javascript']").length,
  ]);
  if (ran[0] !== undefined || ran[1] !== 0) seen.ran.push([name, ...ran]);
  seen.shown[name] = (await page.locator("body").innerText()).includes(told.mark);
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) seen.wide.push(`${name}, ${width}`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const found of await findings(page)) (seen.axe[`${name}, ${colorScheme}`] ??= []).push(found);
  }
}

/** How long the page takes to open another view, from a click to its heading. */
async function usable(name) {
  const started = Date.now();
  await open(page, "Me");
  seen.slow[name] = Date.now() - started;
}

await withToken(page, told.token);
await page.getByRole("radio").first().waitFor();
await look("Ask");

// The person's own words, and the answer.
await page.getByRole("radio", { name: /chat/i }).first().focus();
await page.keyboard.press("Space");
await page.getByRole("textbox", { name: "What do you need?" }).fill(told.evil);
await page.getByRole("button", { name: "Ask", exact: true }).click();
const handoff = page.getByRole("region", { name: "Hand-off" });
await handoff.getByText(/^Done in /).waitFor();
await page.waitForTimeout(500);
await look("an answer");
await usable("an answer of a megabyte in one line");

await open(page, "Tasks");
await page.getByRole("listitem").filter({ hasText: told.mark }).first().waitFor();
await look("Tasks");
await page.goto(`${told.gateway}/#/tasks/${told.many}`);
const events = page.getByRole("list", { name: "Events" });
await events.getByRole("button").first().waitFor();
const all = page.getByText(/^[\d,]+ events$/);
seen.events = await all.innerText();
await events.getByRole("button").first().focus();
await page.keyboard.press("End");
await page.getByRole("heading", { level: 3, name: new RegExp(`^Event ${told.last}: `) }).waitFor();
seen.drawn = await page.locator("body *").count();
await look("a task of 10,000 events");
await usable("10,000 events");

await open(page, "Memory");
await page.getByRole("list", { name: "Events" }).getByRole("link").first().waitFor();
await look("Memory");
for (const [name, id] of Object.entries(told.documents)) {
  await page.goto(`${told.gateway}/#/memory/${id}`);
  await page.getByRole("link", { name: /task/i }).or(page.getByRole("button", { name: /^Erase/ })).first().waitFor();
  await look(name, null);
  await usable(name);
}

await open(page, "Agents");
await page.getByRole("link", { name: "evil", exact: true }).waitFor();
await look("Agents");
await page.getByRole("link", { name: "evil", exact: true }).click();
await page.getByRole("heading", { name: "The card as it is" }).waitFor();
await page.getByText("Show the JSON").click();
await look("a card");
await open(page, "Status");
await page.getByRole("heading", { name: "What is on" }).waitFor();
await look("Status", null);
for (const [name, shows] of [["Usage", /tokens/i], ["Me", "API keys"]]) {
  await open(page, name);
  await page.getByRole("main").getByText(shows).first().waitFor();
  await look(name, null);
}

// Addresses that lead nowhere.
for (const place of ["ask?agent=", "ask/", "tasks/", "memory/", "agents/", "tasks?agent=", ""]) {
  await page.goto(`${told.gateway}/#/${place}${encodeURIComponent(told.evil)}`);
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await page.waitForTimeout(300);
  await look(`#/${place}`, null);
}
await tell(browser, seen);
