// node look_at_page.mjs PAGE.html WIDTH light|dark: open a page in a browser as a reader would, at one width.
// Prints {page_width, window_width, too_wide, requests, errors, violations, n_controls, unreachable, unmarked}.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [file, width, colorScheme] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const quiet = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

// Controls, numbered so that they can be recognised when they get the focus; a radio group is one control.
function numberControls() {
  const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex='-1'])";
  const groups = new Map();
  const controls = [];
  for (const element of document.querySelectorAll(wanted)) {
    if (element.disabled || !element.checkVisibility({ visibilityProperty: true })) continue;
    const group = element.type === "radio" && element.name ? element.name : null;
    if (group !== null && groups.has(group)) element.dataset.control = groups.get(group);
    else {
      element.dataset.control = String(controls.length);
      if (group !== null) groups.set(group, element.dataset.control);
      controls.push(element.outerHTML.slice(0, 120));
    }
  }
  return controls;
}

// The focused control and whether it shows that it is focused.
function focused() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  const marked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  return { control: element.dataset.control ?? null, marked, html: element.outerHTML.slice(0, 120) };
}

// Elements that stick out to the right of the window and are not inside something that scrolls by itself.
function tooWide() {
  const scrolls = (element) => element && element !== document.body &&
    (["auto", "scroll", "hidden"].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
  return [...document.body.querySelectorAll("*")]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !scrolls(element.parentElement))
    .slice(0, 5)
    .map((element) => element.outerHTML.slice(0, 120));
}

async function walkByKeyboard(page) {
  const controls = await page.evaluate(numberControls);
  const reached = new Set();
  const unmarked = [];
  for (let presses = 0; presses < 2 * controls.length + 20; presses++) {
    await page.keyboard.press("Tab");
    const now = await page.evaluate(focused);
    if (now === null) break;
    if (now.control !== null) reached.add(Number(now.control));
    if (!now.marked) unmarked.push(now.html);
  }
  return { n_controls: controls.length, unreachable: controls.filter((_, k) => !reached.has(k)), unmarked };
}

async function look(page, requests, errors) {
  await page.goto(pathToFileURL(resolve(file)).href);
  const sizes = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return {
    page_width: sizes[0],
    window_width: sizes[1],
    too_wide: await page.evaluate(tooWide),
    violations: found.violations.map(({ id, impact, help, nodes }) => ({
      id, impact, help, n: nodes.length, first: nodes.slice(0, 3).map((node) => node.html.slice(0, 160)),
    })),
    ...(await walkByKeyboard(page)),
    requests,
    errors,
  };
}

const profile = mkdtempSync(join(tmpdir(), "browser-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: quiet,
  colorScheme,
  viewport: { width: Number(width), height: 800 },
});
try {
  const page = await context.newPage();
  const requests = [];
  const errors = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  const seen = await look(page, requests, errors);
  // The page itself, and what it carries inside.
  seen.requests = seen.requests.slice(1).filter((url) => !/^(data|blob):/.test(url));
  console.log(JSON.stringify(seen));
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
