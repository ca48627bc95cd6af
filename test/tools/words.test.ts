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
  expect(homeMadeWords('src/verdict/links.ts', 'export const shape = { given: 1, lacking: 2 };\n')).toEqual([]);
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
