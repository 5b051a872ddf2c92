// Opens reports in headless Chromium as a reader would, in light and dark, on a
// wide screen and on a phone: filters, prints, and fails on an error of the
// console, on anything that is loaded, and on what is wider than the screen:
// node report.js FOLDER FILE…; pictures and PDFs go into the folder.
const assert = require('node:assert');
const { existsSync, mkdirSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const puppeteer = require('puppeteer-core');

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

// The browser that CHROME names, or the first on PATH.
function browser() {
  const found = (process.env.PATH || '').split(path.delimiter).flatMap((dir) => names.map((name) => path.join(dir, name)));
  const one = [process.env.CHROME, ...found].find((file) => file && existsSync(file));
  if (!one) throw new Error(`no Chromium on PATH (${names.join(', ')}): install Debian's chromium, or give CHROME`);
  return one;
}

const looks = [
  { name: 'light', width: 1280, height: 1000, scheme: 'light' },
  { name: 'dark', width: 1280, height: 1000, scheme: 'dark' },
  { name: 'phone', width: 390, height: 844, scheme: 'light' },
];

const shownRows = (page) => page.$$eval('tbody tr', (rows) => rows.filter((row) => row.offsetParent !== null).map((row) => row.textContent));

async function look(chrome, folder, file, { name, width, height, scheme }) {
  const page = await chrome.newPage();
  const wrong = [];
  page.on('console', (m) => { if (['error', 'warn'].includes(m.type())) wrong.push(m.text()); });
  page.on('pageerror', (e) => wrong.push(String(e)));
  page.on('request', (r) => { if (r.url() !== String(pathToFileURL(file))) wrong.push(`loads ${r.url()}`); });
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.goto(String(pathToFileURL(file)));

  const paper = await page.$eval('html', (html) => getComputedStyle(html).backgroundColor);
  assert.equal(paper === 'rgb(255, 255, 255)', scheme === 'light', `the paper is ${paper} in ${scheme}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, `something is ${wide} pixels wider than ${width}`);

  const all = await shownRows(page);
  assert.ok(all.length > 20, `${all.length} lines`);
  await page.type('#words', 'MCR microsoft');
  const some = await shownRows(page);
  assert.ok(some.length > 0 && some.length < all.length, `${some.length} of ${all.length} lines after a search`);
  assert.ok(some.every((text) => /mcr/i.test(text) && /microsoft/i.test(text)), 'the search keeps lines that lack its words');
  assert.equal(await page.$eval('#shown', (o) => o.textContent), `${some.length} of ${all.length} lines`);
  await page.$eval('#words', (i) => { i.value = ''; i.dispatchEvent(new Event('input')); });
  await page.click('#wide');
  const grave = await shownRows(page);
  assert.ok(grave.length > 0 && grave.length < all.length, `${grave.length} of ${all.length} lines are wide or grave`);
  await page.click('#wide');
  assert.equal((await shownRows(page)).length, all.length);

  const base = path.join(folder, `${path.basename(file, '.html')}-${name}`);
  await page.screenshot({ path: `${base}.png`, fullPage: true });
  if (name === 'dark') { // prints as on paper, whatever the screen is like
    const pdf = await page.pdf({ format: 'A4', printBackground: true });
    writeFileSync(`${base}.pdf`, pdf);
    assert.ok(Buffer.from(pdf.slice(0, 5)).toString() === '%PDF-' && pdf.length > 10000, `a PDF of ${pdf.length} bytes`);
    await page.emulateMediaType('print');
    assert.equal(await page.$eval('html', (html) => getComputedStyle(html).backgroundColor), 'rgb(255, 255, 255)', 'what is printed is not on white');
    assert.equal(await page.$eval('.search', (e) => getComputedStyle(e).display), 'none', 'the search is printed');
  }
  assert.deepEqual(wrong, [], 'the console has errors, or something is loaded');
  await page.close();
}

(async () => {
  const [folder, ...files] = process.argv.slice(2);
  mkdirSync(folder, { recursive: true });
  const chrome = await puppeteer.launch({ executablePath: browser(), args: ['--no-sandbox'] });
  try {
    for (const file of files) for (const one of looks) {
      try {
        await look(chrome, folder, path.resolve(file), one);
      } catch (e) {
        console.error(`${file}, ${one.name}: ${e.message}`);
        process.exitCode = 1;
      }
    }
  } finally {
    await chrome.close();
  }
})();
