// `npm run pictures -- FOLDER` makes the pictures of README from the folder of a real run: report.png and report-dark.png
// from its report.html, terminal.png from what `skipbeat report` prints of it to a terminal of 80 columns.
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Browser } from 'playwright-core';
import { openChromium, openReport } from '../test/report/html/chromium.ts';

const root = join(import.meta.dirname, '..');
const docs = join(root, 'docs');
const columns = 80;
const rows = 100;

/** The last screen of a run, as script(1) records what a terminal receives; nothing in the folder is written. */
const screenText = async (folder: string): Promise<string> => {
  const base = mkdtempSync(join(tmpdir(), 'skipbeat-pictures-'));
  // script(1) takes one line for a shell: the folder comes to it by a name of our own.
  symlinkSync(resolve(folder), join(base, 'run'));
  const typescript = join(base, 'typescript');
  const command = `stty cols ${columns} rows ${rows}; node ${join(root, 'src/main.ts')} report run --format none`;
  const options = { cwd: base, preferLocal: true, localDir: root, stdio: ['ignore', 'ignore', 'inherit'] } as const;
  try {
    await execa('script', ['--quiet', '--flush', '--command', command, typescript], options);
    return received(typescript);
  } finally {
    rmSync(base, { recursive: true });
  }
};

/** What a terminal received, without the two lines that script(1) puts around it. */
const received = (typescript: string): string =>
  readFileSync(typescript, 'utf8')
    .replace(/^Script started.*\n/, '')
    .replace(/\n?Script done.*\n?$/, '');

const screenOfReport = async (browser: Browser, folder: string, colorScheme: 'light' | 'dark', file: string) => {
  const { page, complaints } = await openReport(browser, join(folder, 'report.html'), { colorScheme, width: 1120 });
  if (complaints().length > 0) throw new Error(`report.html complains: ${complaints().join('; ')}`);
  const end = await page.locator('#timeline').boundingBox();
  if (end === null) throw new Error('report.html has no timeline');
  const height = Math.ceil(end.y + end.height) + 16;
  await page.setViewportSize({ width: 1120, height });
  await page.screenshot({ path: join(docs, file), clip: { x: 0, y: 0, width: 1120, height } });
  await page.close();
};

/** The real thing: a terminal emulator takes the bytes, live lines and colours and all. */
const screenOfTerminal = async (browser: Browser, text: string, file: string): Promise<void> => {
  const page = await browser.newPage({ viewport: { width: 900, height: 2400 } });
  await page.setContent(
    '<body style="margin:0;background:#14171b"><div id="frame" style="padding:18px 20px;display:inline-block"><div id="screen"></div></div>',
  );
  await page.addStyleTag({ path: fileURLToPath(import.meta.resolve('@xterm/xterm/css/xterm.css')) });
  await page.addScriptTag({ path: fileURLToPath(import.meta.resolve('@xterm/xterm/lib/xterm.js')) });
  const lines = text.trimEnd().split('\n').length;
  if (lines < 10) throw new Error(`expected what a run prints, found ${lines} lines`);
  const settings = {
    cols: columns,
    rows: lines,
    scrollback: 0,
    fontFamily: 'DejaVu Sans Mono',
    fontSize: 14,
    cursorInactiveStyle: 'none',
    convertEol: true,
    theme: { background: '#14171b', foreground: '#d7dce2' },
  };
  await page.evaluate(
    `new Promise((resolve) => {
      const terminal = new Terminal(${JSON.stringify(settings)});
      terminal.open(document.getElementById('screen'));
      terminal.write(${JSON.stringify(text.trimEnd())}, () => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    })`,
  );
  await page.locator('#frame').screenshot({ path: join(docs, file) });
  await page.close();
};

const [folder] = process.argv.slice(2);
if (folder === undefined)
  throw new Error('expected the folder of a real run: npm run pictures -- runs/<time>-<scenario>');
const browser = await openChromium();
try {
  await screenOfReport(browser, folder, 'light', 'report.png');
  await screenOfReport(browser, folder, 'dark', 'report-dark.png');
  await screenOfTerminal(browser, await screenText(folder), 'terminal.png');
} finally {
  await browser.close();
}
process.stdout.write(`${docs}: report.png, report-dark.png, terminal.png, of ${folder}\n`);
