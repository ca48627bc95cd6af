import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

const program = '/usr/bin/chromium';

/** Debian's Chromium, without its sandbox where it runs as root and without anything that would ask the network. */
export const openChromium = (): Promise<Browser> => {
  if (!existsSync(program)) throw new Error(`expected ${program}, found none; install it: npm run setup -- --tests`);
  const args = ['--disable-gpu', '--disable-background-networking', '--no-first-run'];
  return chromium.launch({
    executablePath: program,
    args: process.getuid?.() === 0 ? [...args, '--no-sandbox'] : args,
    timeout: 60_000,
  });
};

export type OpenedPage = {
  readonly page: Page;
  /** Everything that the page said or asked for which it should not have; empty where all is well. */
  readonly complaints: () => readonly string[];
};

/** Opens a file as a reader would and waits until its chart is drawn. */
export const openReport = async (
  browser: Browser,
  path: string,
  view: { readonly colorScheme?: 'light' | 'dark'; readonly width?: number } = {},
): Promise<OpenedPage> => {
  const { colorScheme = 'light', width = 1280 } = view;
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
  page.setDefaultTimeout(60_000);
  const url = pathToFileURL(path).href;
  const seen: string[] = [];
  page.on('console', (message) => seen.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => seen.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    seen.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url() !== url && request.url() !== 'data:,') seen.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  await page.waitForSelector('html[data-drawn]');
  return { page, complaints: () => seen };
};
