// `npm run known-bugs` writes docs/known-bugs.md from the table in src/known-bugs. With --check nothing is written, and a
// file that is not what the table says fails.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { affectedText, fixedText, type KnownBug, knownBugs, measuredText } from '../src/known-bugs/index.ts';

const file = join(import.meta.dirname, '..', 'docs', 'known-bugs.md');

const repositories: Readonly<Record<string, string>> = {
  kubernetes: 'kubernetes/kubernetes',
  'client-go': 'kubernetes/client-go',
};

const issueLink = (id: string): string => {
  const [name = '', number = ''] = id.split('#');
  return `[${id}](https://github.com/${repositories[name]}/issues/${number})`;
};

const fixLink = (text: string): string =>
  text.replace(/^#(\d+)/, (name, number) => `[${name}](https://github.com/kubernetes/kubernetes/pull/${number})`);

const cell = (text: string): string => text.replace(/[|<>]/g, '\\$&');

const row = (bug: KnownBug): string =>
  `| ${[issueLink(bug.id), cell(bug.title), affectedText(bug), fixedText(bug)].join(' | ')} |`;

const shownText = ({ shown }: KnownBug): string =>
  'model' in shown ? `by the model: ${shown.model}` : `not modelled: ${shown.notModelled}`;

const section = (bug: KnownBug): readonly string[] => [
  '',
  `### ${bug.id}: ${bug.title}`,
  '',
  `- Affected: ${affectedText(bug)}; fixed in: ${fixedText(bug)}`,
  ...(bug.also === undefined ? [] : [`- Also: ${bug.also.map(issueLink).join(', ')}`]),
  `- Seen: ${cell(bug.seen)}`,
  `- Shown: ${cell(shownText(bug))}`,
  `- Measured: ${cell(measuredText(bug))}`,
  ...(bug.shown.command === undefined ? [] : [`- Try: \`${bug.shown.command}\``]),
  ...(bug.fix.length === 0 ? [] : [`- Fix: ${bug.fix.map(fixLink).join(', ')}`]),
  `- Read in: \`${bug.source}\``,
];

const text = [
  '# Known bugs of Kubernetes',
  '',
  'Bugs in what keeps nodes and evicts pods, by the patch releases that have them. Made from `src/known-bugs/table.ts` by',
  '`npm run known-bugs`; do not edit it. `skipbeat bugs --kubernetes v1.20.2` lists those of a version. `plan` and `run`',
  'name those that the faults of a scenario may meet, `review` those that matter to settings alone. Where a bug makes a',
  'prediction wrong, the prediction is left out and a review calls it unknown.',
  '',
  'Both ends of each range were read in the source of these patches, or are dated by a changelog. "Perhaps" says that a',
  'version was not read. A bug that is open was open in v1.37.2; later patches may have it.',
  '`npm run bench:known-bugs` asks the model of each version whether it has each bug, and puts beside it what real',
  'controllers did: those of Kubernetes itself, compiled, in the same situation on a virtual clock (`--measure` asks them',
  'again). A version between two that are named was not compiled.',
  '',
  '| bug | in short | affected | fixed in |',
  '|---|---|---|---|',
  ...knownBugs.map(row),
  '',
  '## One by one',
  ...knownBugs.flatMap(section),
  '',
  '## Not in the table',
  '',
  'kubernetes#133049 and kubernetes#101101 were named to us as bugs of this kind. What they say could not be read from here,',
  'and neither the changelog of v1.37 nor a comment in the sources of v1.20 to v1.37 names them.',
].join('\n');
const wanted = `${text}\n`;

const there = existsSync(file) ? readFileSync(file, 'utf8') : '';
if (there !== wanted) {
  if (process.argv.includes('--check')) {
    process.stderr.write(
      'docs/known-bugs.md: expected what src/known-bugs says, found something else: npm run known-bugs\n',
    );
    process.exitCode = 1;
  } else {
    writeFileSync(file, wanted);
  }
}
