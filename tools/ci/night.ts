// `npm run ci:night -- TONIGHT [LAST]`: the summary of a night's runs, each folder TONIGHT/<scenario>-<version> held against
// the same one of LAST, the last good night. Written to GITHUB_STEP_SUMMARY, else to stdout.
// Exit: 3 a regression · 1 an expectation not held · 2 a run inconclusive or missing · 0 all is well.
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { RunDocument } from '../../src/verdict/index.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const [tonight, last] = process.argv.slice(2);
if (tonight === undefined) throw new Error('expected the folder of tonight’s runs');

const folders = (of: string): readonly string[] =>
  existsSync(of)
    ? readdirSync(of, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort()
    : [];

const textOf = (folder: string, file: string): string | null => {
  const path = join(folder, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
};

type Night = { readonly name: string; readonly verdict: string; readonly summary: string; readonly compared: Compared };
type Compared = { readonly word: string; readonly text: string };

const words: Readonly<Record<number, string>> = { 0: 'no regression', 2: 'too few runs to tell', 3: '**regression**' };

const compare = async (base: string, candidate: string): Promise<Compared> => {
  if (!existsSync(base)) return { word: 'nothing to compare with', text: '' };
  const argv = [main, 'compare', base, candidate, '--markdown'];
  const { exitCode, stdout, stderr } = await execa(process.execPath, argv, { reject: false });
  const word = words[exitCode ?? 70] ?? 'not comparable';
  return { word, text: stdout === '' ? `    ${stderr.replaceAll('\n', '\n    ')}` : stdout };
};

/** Of a run that ended before its summary was written: what `report` prints of it. */
const reported = async (folder: string): Promise<string> => {
  const argv = [main, 'report', folder, '--format', 'none', '--no-color'];
  const { stdout, stderr } = await execa(process.execPath, argv, { reject: false });
  return `\`\`\`text\n${(stdout === '' ? stderr : stdout).replaceAll('```', '')}\n\`\`\`\n`;
};

const one = async (name: string): Promise<Night> => {
  const folder = join(tonight, name);
  const run = textOf(folder, 'run.json');
  const verdict = run === null ? 'inconclusive' : (JSON.parse(run) as RunDocument).verdict;
  const summary = textOf(folder, 'summary.md') ?? (await reported(folder));
  const compared =
    run === null || last === undefined
      ? { word: 'nothing to compare with', text: '' }
      : await compare(join(last, name), folder);
  return { name, verdict, summary, compared };
};

const nights: Night[] = [];
for (const name of folders(tonight)) nights.push(await one(name));
const missing = last === undefined ? [] : folders(last).filter((name) => !nights.some((night) => night.name === name));

const lines = [
  '## The night',
  '',
  '| run | verdict | against the last good night |',
  '|---|---|---|',
  ...nights.map(({ name, verdict, compared }) => `| ${name} | ${verdict} | ${compared.word} |`),
  ...missing.map((name) => `| ${name} | missing tonight | |`),
  ...nights.flatMap(({ name, summary, compared }) => [
    '',
    `<details><summary>${name}</summary>`,
    '',
    ...(compared.text === '' ? [] : [compared.text, '']),
    summary,
    '</details>',
  ]),
];
const text = lines.map((line) => `${line}\n`).join('');
if (process.env.GITHUB_STEP_SUMMARY === undefined) process.stdout.write(text);
else appendFileSync(process.env.GITHUB_STEP_SUMMARY, text);

if (nights.some(({ compared }) => compared.word === words[3])) process.exitCode = 3;
else if (nights.some(({ verdict }) => verdict === 'fail')) process.exitCode = 1;
else if (nights.length === 0 || missing.length > 0 || nights.some(({ verdict }) => verdict !== 'pass'))
  process.exitCode = 2;
