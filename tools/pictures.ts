// `npm run pictures` makes the pictures of README from one real run: report.png and report-dark.png from its report.html,
// terminal.png from what it printed to a terminal of its own. With a folder and a typescript (as script(1) records it) it
// takes those; without, it runs the scenario first.
//
//     npm run pictures
//     npm run pictures -- runs/2026-11-24T10-37-47-tight-grace terminal.typescript
import { mkdtempSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Browser } from 'playwright-core';
import { openChromium, openReport } from '../test/report/html/chromium.ts';

const root = join(import.meta.dirname, '..');
const docs = join(root, 'docs');
const scenario = 'tight-grace';
const columns = 80;
const rows = 100;

type Source = { readonly folder: string; readonly typescript: string };

/** One real run whose standard streams are a terminal of 80 columns. */
const runInTerminal = async (): Promise<Source> => {
  const base = mkdtempSync(join(tmpdir(), 'skipbeat-pictures-'));
  const folder = join(base, 'run');
  const typescript = join(base, 'terminal.typescript');
  // script(1) takes one line for a shell; nothing in it comes from outside but the folder, which has a name of our own.
  const command = `stty cols ${columns} rows ${rows}; node src/main.ts run ${scenario} --backend kind --out ${folder}`;
  await execa('script', ['--quiet', '--return', '--flush', '--command', command, typescript], {
    cwd: root,
    preferLocal: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return { folder, typescript };
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
const screenOfTerminal = async (browser: Browser, typescript: string, file: string): Promise<void> => {
  const xterm = (path: string): string => createRequire(import.meta.url).resolve(`@xterm/xterm/${path}`);
  const page = await browser.newPage({ viewport: { width: 900, height: 2400 } });
  await page.setContent(
    '<body style="margin:0;background:#14171b"><div id="frame" style="padding:18px 20px;display:inline-block"><div id="screen"></div></div>',
  );
  await page.addStyleTag({ path: xterm('css/xterm.css') });
  await page.addScriptTag({ path: xterm('lib/xterm.js') });
  const settings = {
    cols: columns,
    rows,
    fontFamily: 'DejaVu Sans Mono',
    fontSize: 14,
    cursorInactiveStyle: 'none',
    convertEol: true,
    theme: { background: '#14171b', foreground: '#d7dce2' },
  };
  const used = await page.evaluate<number>(
    `new Promise((resolve) => {
      const terminal = new Terminal(${JSON.stringify(settings)});
      terminal.open(document.getElementById('screen'));
      terminal.write(${JSON.stringify(received(typescript))}, () => {
        const lines = Array.from({ length: ${rows} }, (_, row) => terminal.buffer.active.getLine(row)?.translateToString(true) ?? '');
        const used = lines.findLastIndex((line) => line !== '') + 1;
        terminal.resize(${columns}, used);
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(used)));
      });
    })`,
  );
  if (used < 10) throw new Error(`${typescript}: expected what a run prints, found ${used} lines`);
  await page.locator('#frame').screenshot({ path: join(docs, file) });
  await page.close();
};

const [folder, typescript] = process.argv.slice(2);
const source = folder === undefined || typescript === undefined ? await runInTerminal() : { folder, typescript };
const browser = await openChromium();
try {
  await screenOfReport(browser, source.folder, 'light', 'report.png');
  await screenOfReport(browser, source.folder, 'dark', 'report-dark.png');
  await screenOfTerminal(browser, source.typescript, 'terminal.png');
} finally {
  await browser.close();
}
process.stdout.write(`${docs}: report.png, report-dark.png, terminal.png, of ${source.folder}\n`);
