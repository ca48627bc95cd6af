import { expect, test } from 'vitest';
import { homeMadeWords } from '../../tools/words.ts';

test('a name that holds a home-made word is named with the word that takes its place', () => {
  expect(homeMadeWords('src/plan/plan.ts', 'export const readGivenText = (uml: string) => uml;\n')).toEqual([
    'src/plan/plan.ts: readGivenText: expected config, or what it is, found given',
    'src/plan/plan.ts: uml: expected user-mode-linux, found uml',
  ]);
});

test('so is a file, and a word of a comment or a page', () => {
  expect(homeMadeWords('src/fault/remains.ts', '')).toEqual([
    'src/fault/remains.ts: its path: expected leftovers, found remains',
  ]);
  expect(homeMadeWords('docs/ci.md', 'One\nthat mends it\n')).toEqual([
    'docs/ci.md: line 2: expected fixes, found mends',
  ]);
});

test('so is a phrase, but not where plain English means something else by its words', () => {
  const text =
    '// At the far end of its device.\n// Told of each step.\n// Told apart; told from chance; so far.\n// Hears of it in the next look.\n';
  expect(homeMadeWords('src/fault/netem/scripts.ts', text)).toEqual([
    'src/fault/netem/scripts.ts: line 1: expected host-side veth peer, found far end',
    'src/fault/netem/scripts.ts: line 2: expected notified, printed or recorded, found told',
    'src/fault/netem/scripts.ts: line 4: expected receives or is notified, found hears',
    'src/fault/netem/scripts.ts: line 4: expected probe, poll, check or pass, found the next look',
  ]);
});

test('an expectation is met, a run is complete, a number is an integer; a lock is held, a promise settles, periods are whole', () => {
  const text = [
    '// 1 of 2 expectations not held.',
    '// Every expectation is held; the milestones are held against a model.',
    '// All 3 repeats are whole.',
    '// Expected a whole number; a whole number of periods; stamps are whole seconds.',
    '// Settles one request. Ends when it settles.',
    '// A rehearsal touches nothing.',
  ].join('\n');
  expect(homeMadeWords('src/report/terminal.ts', text)).toEqual([
    'src/report/terminal.ts: line 1: expected met, found expectations not held',
    'src/report/terminal.ts: line 2: expected met, found expectation is held',
    'src/report/terminal.ts: line 3: expected complete, found are whole',
    'src/report/terminal.ts: line 4: expected integer, found whole number',
    'src/report/terminal.ts: line 5: expected finish, stable or decided, found settles',
    'src/report/terminal.ts: line 6: expected dry run, found rehearsal',
  ]);
  expect(homeMadeWords('docs/ci.md', '## Rehearsal\n')).toEqual([]);
});

test('a name of its own in a destructuring is checked, a key of a document is none', () => {
  const text = 'const [most, { given, link: wish }] = seen;\n';
  expect(homeMadeWords('src/plan/plan.ts', text)).toEqual([
    'src/plan/plan.ts: most: expected max (atMost stays), found most',
    'src/plan/plan.ts: wish: expected option, found wish',
    'src/plan/plan.ts: line 1: expected option or signal, found wish',
  ]);
});

test('scripts of a package and of plain JavaScript are read as well', () => {
  expect(homeMadeWords('package.json', '    "check:road": "depcruise src"\n')).toEqual([
    'package.json: line 1: expected check:layers, layer or layers, found check:road',
  ]);
  expect(homeMadeWords('.dependency-cruiser.cjs', 'const wish = 1;\n')).toEqual([
    '.dependency-cruiser.cjs: wish: expected option, found wish',
    '.dependency-cruiser.cjs: line 1: expected option or signal, found wish',
  ]);
});

test('keys of documents are contracts, and words within others are none', () => {
  expect(homeMadeWords('src/verdict/milestones.ts', 'export const shape = { given: 1, lacking: 2 };\n')).toEqual([]);
  expect(homeMadeWords('src/sweep/retold.ts', 'const lookup = 1;\n')).toEqual([]);
});

test('extremes are max and min; bounds that are asked for stay at most and at least', () => {
  const names = 'const longestMs = 1;\nconst isWhole = true;\nconst toRefuseAtMost = 2;\nconst atLeast = 3;\n';
  expect(homeMadeWords('src/plan/plan.ts', names)).toEqual([
    'src/plan/plan.ts: longestMs: expected max, or what it is, found longest',
    'src/plan/plan.ts: isWhole: expected complete, entire, or integer, found whole',
  ]);
  expect(homeMadeWords('test/plan/least-silence.test.ts', '')).toEqual([
    'test/plan/least-silence.test.ts: its path: expected min (atLeast stays), found least',
  ]);
});
