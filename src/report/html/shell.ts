import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { el, inertJson, type Markup, verbatim } from './markup.ts';

type Assets = { readonly style: string; readonly script: string; readonly library: string; readonly licences: string };

let assets: Assets | null = null;

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

/** Colour keys of the legend as classes: a style attribute would need a weaker security policy. */
const keyClasses = (style: string): string =>
  [...new Set([...style.matchAll(/--([a-zA-Z0-9]+):/g)].map(([, name]) => name))]
    .map((name) => `.c-${name}{--mark:var(--${name})}`)
    .join('');

/** Of the library, and of what it brought into its file. */
const licences = (): string => {
  const echarts = createRequire(import.meta.url).resolve('echarts/package.json');
  const zrender = createRequire(echarts).resolve('zrender/package.json');
  const texts = [
    join(dirname(echarts), 'NOTICE'),
    join(dirname(echarts), 'LICENSE'),
    join(dirname(zrender), 'LICENSE'),
  ];
  return texts.map((path) => readFileSync(path, 'utf8').trim()).join('\n\n');
};

/** The page's own files and the charting library, read once. */
const loadAssets = (): Assets => {
  if (assets !== null) return assets;
  const library = read(import.meta.resolve('echarts/dist/echarts.common.min.js'));
  const style = read('page/page.css');
  assets = {
    style: style + keyClasses(style),
    script: read('page/page.js'),
    // A script ends at the first such tag, wherever it stands.
    library: library.replaceAll('</script', '<\\/script').trim(),
    licences: licences(),
  };
  return assets;
};

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing is loaded from anywhere, and no script runs but the two that are meant. */
const policy = ({ style, script, library }: Assets): string =>
  [
    "default-src 'none'",
    `script-src ${hash(library)} ${hash(script)}`,
    `style-src ${hash(style)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

export type Shell = {
  readonly title: string;
  readonly header: Markup;
  readonly verdict: Markup;
  /** In their order, each with its id and the word for it in the list of contents; null where it has nothing to show. */
  readonly sections: readonly (readonly [id: string, word: string, content: Markup | null])[];
  /** What the page's script reads, as page/data.d.ts has it. */
  readonly data: unknown;
};

/** One file that needs no other: style, data, the charting library and the page's script are in it. */
export const pageOf = ({ title, header, verdict, sections, data }: Shell): string => {
  const own = loadAssets();
  const present = sections.filter(([, , content]) => content !== null);
  const contents = el(
    'nav',
    { 'aria-label': 'Parts of this report', class: 'contents' },
    present.map(([id, word]) => el('a', { href: `#${id}` }, word)),
  );
  const head = el(
    'head',
    {},
    el('meta', { charset: 'utf-8' }),
    el('meta', { 'http-equiv': 'Content-Security-Policy', content: policy(own) }),
    el('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    el('meta', { name: 'color-scheme', content: 'light dark' }),
    el('link', { rel: 'icon', href: 'data:,' }),
    el('title', {}, title),
    el('style', {}, verbatim(own.style)),
  );
  const footer = el(
    'footer',
    {},
    el('p', {}, 'Made by skipbeat from what the run recorded alone; the same folder gives the same page.'),
    el(
      'details',
      {},
      el('summary', {}, 'Licences of what is inside this file'),
      el('pre', { tabindex: 0 }, own.licences),
    ),
  );
  const body = el(
    'body',
    {},
    el('a', { class: 'skip', href: '#verdict' }, 'To the verdict'),
    header,
    el(
      'main',
      {},
      verdict,
      contents,
      present.map(([, , content]) => content),
    ),
    footer,
    el('script', { type: 'application/json', id: 'data' }, inertJson(data)),
    el('script', {}, verbatim(own.library)),
    el('script', {}, verbatim(own.script)),
  );
  return `<!doctype html>\n${el('html', { lang: 'en' }, head, body).html}\n`;
};
