// What it takes to see the page, and the list of a person's many tasks.

import { launched, open, person, tell, told, withToken } from "./page_person.mjs";

const browser = await launched();
const { page, seen } = await person(browser);

/** When something was painted, and what was fetched until then and since. */
const cost = () => page.evaluate(() => {
  const fetched = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/assets/"));
  const [painted] = performance.getEntriesByName("first-contentful-paint");
  return {
    painted: painted.startTime,
    requests: 1 + fetched.length,
    bytes: fetched.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
  };
});
await page.goto(told.gateway);
await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
seen.first = await cost();
seen.again = await page.reload().then(() => page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor()).then(cost);
await withToken(page, told.token);
await page.waitForTimeout(1500);
seen.all = await cost();

/** What the gateway took for each page of the list, in milliseconds. */
const calls = () => page.evaluate(() => performance.getEntriesByType("resource")
  .filter(({ name }) => /\/a2a\/tasks\?/.test(name)).map(({ duration }) => Math.round(duration)));
await page.evaluate(() => performance.clearResourceTimings());
await open(page, "Tasks");
const rows = page.getByRole("main").getByRole("listitem");
await rows.filter({ hasText: told.newest }).first().waitFor();
seen.nodes = [await page.locator("body *").count()];
const older = page.getByRole("link", { name: "Older" });
for (let page_ = 0; page_ < told.pages; page_ += 1) {
  await older.scrollIntoViewIfNeeded();
  const before = (await calls()).length;
  await older.click();
  await page.waitForFunction((before) => performance.getEntriesByType("resource").filter(({ name }) => /\/a2a\/tasks\?/.test(name)).length > before, before);
}
await page.waitForTimeout(500);
seen.nodes.push(await page.locator("body *").count());
seen.calls = await calls();
await page.evaluate(() => performance.clearResourceTimings());
await page.getByRole("searchbox").fill(told.oldest);
await rows.filter({ hasText: told.oldest }).first().waitFor();
seen.searched = await calls();
await tell(browser, seen);
