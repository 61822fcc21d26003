// The report's page in a real browser, in light and dark: no violation that axe-core knows, a focus that shows on everything that the
// keyboard reaches, a filter that works and says how many cases it shows, nothing wider than a telephone. Screenshots are left to be
// looked at. `tests/browser/run` calls it.
const fs = require('fs');
const puppeteer = require('puppeteer-core');

const [page, browserPath, target] = process.argv.slice(2);
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const faults = [];
const check = (holds, what) => { if (!holds) faults.push(what); };

async function inScheme(browser, scheme) {
  const tab = await browser.newPage();
  tab.on('pageerror', (error) => faults.push(`${scheme}: ${error}`));
  await tab.setViewport({ width: 1200, height: 900 });
  await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await tab.goto(`file://${page}`);
  await tab.screenshot({ path: `${target}/${scheme}.png` });
  await tab.evaluate(axe);
  const violations = await tab.evaluate(async () => (await window.axe.run(document)).violations);
  for (const { id, nodes } of violations) faults.push(`${scheme}: ${id}: ${nodes[0].html}`);
  for (let at = 0; at < 20; at++) {
    await tab.keyboard.press('Tab');
    const [name, outline] = await tab.evaluate(() => {
      const focused = document.activeElement;
      return [focused.outerHTML.slice(0, 80), getComputedStyle(focused).outlineStyle];
    });
    check(outline !== 'none', `${scheme}: no focus to be seen on ${name}`);
  }
  await tab.goto(`file://${page}?only=failed&q=pure/`);
  const shown = await tab.evaluate(() => [...document.querySelectorAll('[id^=failure-]')]
    .filter((failure) => failure.offsetParent !== null).map((failure) => failure.id));
  check(shown.length > 0 && shown.every((id) => id.startsWith('failure-pure/')), `${scheme}: the filter shows ${shown}`);
  const said = await tab.evaluate(() => document.querySelector('[role=status], output, [aria-live]').textContent);
  check(/^\d+ of \d+ cases are shown$/.test(said.trim()), `${scheme}: the filter says ${said}`);
  await tab.setViewport({ width: 400, height: 800 });
  const width = await tab.evaluate(() => document.documentElement.scrollWidth);
  check(width <= 400, `${scheme}: ${width} wide on a screen of 400`);
  await tab.screenshot({ path: `${target}/${scheme}-narrow.png` });
}

(async () => {
  const browser = await puppeteer.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  for (const scheme of ['light', 'dark']) await inScheme(browser, scheme);
  await browser.close();
  console.log(faults.length === 0 ? `all as it should be; screenshots in ${target}` : faults.join('\n'));
  process.exit(faults.length === 0 ? 0 : 1);
})();
