// People who sign in at an OpenID provider, in headless Chromium: CHROMIUM GATEWAY.
// Alice comes by the page's link, uses her session and signs out; Bob and Carol sign in and stay.
// Prints what was seen as one JSON object; what it means is for the tests to say.

import { chromium } from "playwright-core";

const [executablePath, gateway] = process.argv.slice(2);
const LINK = "a[href^='/auth/login']";

const browser = await chromium.launch({
  executablePath,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

// A window of one's own: no cookie is shared with another.
async function person() {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  return { context, page };
}

// At the provider: name, password, consent; back at the gateway once that is done.
async function signIn(page, name) {
  await page.getByPlaceholder("Enter any login").fill(name);
  await page.getByPlaceholder("and password").fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL((url) => url.origin === gateway);
}

// What a script on the page gets: its cookie goes along by itself.
const ask = (page, path, options) => page.evaluate(async ([path, options]) => {
  const answer = await fetch(path, options);
  return { status: answer.status, text: await answer.text() };
}, [path, options]);
const session = async (page) => JSON.parse((await ask(page, "/auth/session")).text);
const task = (headers) => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify({ input: { messages: [{ role: "user", content: "hello" }] } }),
});

const seen = {};
const alice = await person();
let callback;
alice.page.on("request", (request) => {
  if (request.url().startsWith(`${gateway}/auth/callback`)) callback = request.url();
});
await alice.page.goto(gateway);
await alice.page.locator(LINK).waitFor();
seen.before = await session(alice.page);
await alice.page.locator(LINK).click();
await alice.page.getByPlaceholder("Enter any login").waitFor();
seen.provider = new URL(alice.page.url()).origin;
await signIn(alice.page, "alice");
await alice.page.getByRole("navigation", { name: "Views" }).waitFor();
seen.address = alice.page.url();
seen.account = await alice.page.locator("#account").innerText();
seen.cookies = await alice.context.cookies(gateway);
seen.scriptsSee = await alice.page.evaluate(() => document.cookie);
seen.session = await session(alice.page);
seen.callbackAgain = (await alice.context.request.get(callback, { maxRedirects: 0 })).status();
seen.read = await ask(alice.page, "/v1/models");
seen.withoutCsrf = await ask(alice.page, "/a2a/tasks/send", task({}));
seen.wrongCsrf = await ask(alice.page, "/a2a/tasks/send", task({ "x-attach-csrf": "of-another" }));
seen.withCsrf = await ask(alice.page, "/a2a/tasks/send", task({ "x-attach-csrf": seen.session.csrf }));

await alice.page.getByRole("link", { name: "Me", exact: true }).click();
await alice.page.getByRole("button", { name: "Sign out" }).click();
await alice.page.locator(LINK).waitFor();
seen.after = { session: await session(alice.page), read: await ask(alice.page, "/v1/models") };
await alice.context.addCookies(seen.cookies);
seen.afterWithTheOldCookie = await ask(alice.page, "/v1/models");

seen.others = {};
for (const name of ["bob", "carol"]) {
  const { context, page } = await person();
  await page.goto(`${gateway}/auth/login?return_to=/%3Ftask%3Dnone`);
  await signIn(page, name);
  await page.getByRole("navigation", { name: "Views" }).waitFor();
  seen.others[name] = { address: page.url(), cookies: await context.cookies(gateway), session: await session(page) };
}
await browser.close();
console.log(JSON.stringify(seen));
