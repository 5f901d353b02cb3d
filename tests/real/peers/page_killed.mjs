// One who watches a task while the gateway is killed and started again: in Ask, in Tasks, and in the list of tasks,
// each on a page of its own. Says `under way`, `lost` and then what each page showed in the end.

import { launched, open, person, tell, told, withToken } from "./page_person.mjs";

const browser = await launched();
const [ask, one, all] = await Promise.all([1, 2, 3].map(() => person(browser, { patience: 25_000 })));
const banner = (page) => page.getByText("The connection to the gateway was lost.");
const pages = [ask.page, one.page, all.page];

await withToken(ask.page, told.token);
const choice = ask.page.getByRole("radio", { name: /counter/i });
await choice.focus();
await ask.page.keyboard.press("Space");
await ask.page.getByRole("textbox", { name: "What do you need?" }).fill(told.words);
await ask.page.getByRole("button", { name: "Ask", exact: true }).click();
const handoff = ask.page.getByRole("region", { name: "Hand-off" });
await handoff.getByText(/Counter has been at work/).waitFor();

await withToken(one.page, told.token);
await one.page.goto(`${told.gateway}/#/tasks/${told.task}`);
const events = one.page.getByRole("list", { name: "Events" });
await events.getByText(/part 3\b/).first().waitFor();
await withToken(all.page, told.token);
await open(all.page, "Tasks");
const row = all.page.getByRole("listitem").filter({ hasText: told.words });
await row.getByText("working").waitFor();
for (const page of pages) await page.evaluate(() => { globalThis.here = "since before"; });
console.log("under way");

await Promise.all(pages.map((page) => banner(page).waitFor()));
console.log("lost");

await handoff.getByText(/^Done in /).waitFor({ timeout: told.limit_ms });
const shown = one.page.getByRole("heading", { level: 3, name: /^Event \d+: / });
await events.getByRole("button").first().focus();
do await one.page.keyboard.press("End"); while (!(await shown.innerText()).endsWith(": completed"));
await row.getByText("done").waitFor();
await Promise.all(pages.map((page) => banner(page).waitFor({ state: "hidden" })));

/** Each event that is drawn, by going through them with the keyboard: `[number, kind]`. */
async function drawn(page) {
  const found = [];
  for (let key = "Home"; ; key = "ArrowDown") {
    await page.keyboard.press(key);
    const [, number, kind] = /^Event (\d+): (.*)$/.exec(await shown.innerText());
    if (number === found.at(-1)?.[0]) return found;
    found.push([number, kind]);
  }
}

const seen = {
  here: await Promise.all(pages.map((page) => page.evaluate(() => globalThis.here))),
  events: await drawn(one.page),
  told: await one.page.getByText(/^\d+ events$/).innerText(),
  steps: await ask.page.getByRole("list").filter({ hasText: "Request sent to" }).getByRole("listitem").allInnerTexts(),
  answer: await ask.page.getByRole("article").innerText(),
  // What the browser itself says of connections that were refused is what is to be seen here.
  complaints: [ask, one, all].flatMap(({ seen }) => seen.complaints).filter((text) => !/ERR_CONNECTION_|ERR_INCOMPLETE|ERR_NETWORK|ERR_EMPTY/.test(text)),
};
await tell(browser, seen);
