import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { chartSection, lanesFor, pageData } from './chart.ts';
import { courseSection, faultSection, findingSection, settingSection } from './evidence.ts';
import type { HtmlInput } from './input.ts';
import { el, inertJson, type Markup, verbatim } from './markup.ts';
import { expectationSection, pageHeader, verdictBlock } from './overview.ts';
import { reproduceSection } from './reproduce.ts';
import { chainSection, nodeSection, phaseSection } from './tables.ts';
import { verdictWord } from './words.ts';

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

const links = [
  ['expectations', 'Expectations'],
  ['timeline', 'Timeline'],
  ['chain', 'Chain of firsts'],
  ['requests', 'Requests'],
  ['nodes', 'Nodes'],
  ['settings', 'Settings'],
  ['faults', 'Faults'],
  ['findings', 'Worth knowing'],
  ['course', 'Course'],
  ['reproduce', 'Reproduce'],
] as const;

const contents = (present: readonly Markup[]): Markup => {
  const html = present.map((part) => part.html).join('');
  return el(
    'nav',
    { 'aria-label': 'Parts of this report', class: 'contents' },
    links.filter(([id]) => html.includes(`<section id="${id}"`)).map(([id, text]) => el('a', { href: `#${id}` }, text)),
  );
};

/**
 * report.html: one file that needs no other, for a person. Its figures are those of run.json; its chart is drawn from
 * the timeline. Pure but for reading the page's own files; the same input gives the same bytes.
 */
export const htmlReport = (input: HtmlInput): string => {
  const own = loadAssets();
  const { document } = input;
  const lanes = lanesFor(input);
  const sections = [
    expectationSection(input),
    chartSection(input, lanes),
    chainSection(input),
    phaseSection(input),
    nodeSection(input),
    settingSection(input),
    faultSection(input),
    findingSection(input),
    courseSection(input),
    reproduceSection(input),
  ].filter((part) => part !== null);
  const title = `${verdictWord[document.verdict]}: ${document.scenario} on ${document.kubernetesVersion}${document.predicted ? ' (predicted)' : ''}`;
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
  const body = el(
    'body',
    {},
    el('a', { class: 'skip', href: '#verdict' }, 'To the verdict'),
    pageHeader(input),
    el('main', {}, verdictBlock(input), contents(sections), sections),
    el(
      'footer',
      {},
      el(
        'p',
        {},
        'Made by skipbeat from plan.json, events.ndjson and requests.ndjson.gz alone; the same folder gives the same page.',
      ),
      el(
        'details',
        {},
        el('summary', {}, 'Licences of what is inside this file'),
        el('pre', { tabindex: 0 }, own.licences),
      ),
    ),
    el('script', { type: 'application/json', id: 'data' }, inertJson(pageData(input, lanes))),
    el('script', {}, verbatim(own.library)),
    el('script', {}, verbatim(own.script)),
  );
  return `<!doctype html>\n${el('html', { lang: 'en' }, head, body).html}\n`;
};
