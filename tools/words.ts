// `npm run check:words`: what files and the code are called, and what comments and pages say, uses the words of the field.
// Keys of documents, events, scenarios and commands are contracts: properties are not checked, and neither are fixtures.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** Words that were once used in a sense of their own, and what takes their place: in names of files, types and variables. */
const inNames: Readonly<Record<string, string>> = {
  given: 'config, or what it is',
  outline: 'measurement window',
  course: 'impact, script or steps',
  maskings: 'caveats',
  lacking: 'missing',
  unwell: 'unhealthy',
  crowded: 'unbalanced or overfull',
  calm: 'stable',
  settle: 'flush, drain, finish or read back',
  pulse: 'readyz',
  tenure: 'claim',
  standing: 'running, active or connected',
  commander: 'exec',
  wish: 'option',
  words: 'text, labels, message or options',
  say: 'print, log or send',
  tell: 'print, notify, emit or record',
  told: 'notified, printed or recorded',
  heard: 'received or notified',
  hears: 'receives or is connected',
  mended: 'fixed',
  deaf: 'disconnected',
  look: 'probe, poll, check or verify',
  looks: 'probes, checks or results',
  mend: 'fix',
  deed: 'step',
  deeds: 'steps',
  companions: 'add-ons',
  happening: 'event',
  happenings: 'events',
  inexpressible: 'unsupported',
  remade: 'regenerated',
  remains: 'leftovers',
  far: 'host peer',
  homeless: 'unplaced',
  guilty: 'source',
  blame: 'attribution',
  world: 'simulation',
  tally: 'counters',
  uml: 'user-mode-linux',
  whole: 'complete, entire, or integer',
  longest: 'max, or what it is',
  largest: 'max',
  most: 'max (atMost stays)',
  least: 'min (atLeast stays)',
  doubt: 'caveat, reason or evidence problem',
  doubts: 'caveats, reasons or evidence problems',
  nearest: 'closest or didYouMean',
  chains: 'groups or milestones',
  tells: 'power, or what it is',
};

/** Words that no comment, message or page needs either. */
const inText: Readonly<Record<string, string>> = {
  mend: 'fix',
  mends: 'fixes',
  mended: 'fixed',
  deed: 'step',
  deeds: 'steps',
  unwell: 'unhealthy',
  homeless: 'unplaced',
  maskings: 'caveats',
  deaf: 'disconnected',
  wish: 'option or signal',
  wishes: 'options or signals',
  blame: 'source or attribution',
  crowded: 'unbalanced, overfull or displaced',
  course: 'impact, script or steps (of course stays)',
  calm: 'stable',
  pulse: 'readiness probe',
  companions: 'add-ons',
  guilty: 'source',
};

/** Phrases likewise. `elsewhere`: files in which they stay. */
const inPhrases: readonly { readonly phrase: RegExp; readonly instead: string; readonly elsewhere?: RegExp }[] = [
  // The remote side of a connection is no veth peer.
  { phrase: /\bfar end\b/, instead: 'host-side veth peer', elsewhere: /^test\/load\/remote-clock\.test\.ts$/ },
  // Things are told apart, and differences from chance.
  { phrase: /\btold\b(?! (?:apart|from)\b)/, instead: 'notified, printed or recorded' },
  { phrase: /\b(?:hears|heard of|hear of)\b/, instead: 'receives or is notified' },
  { phrase: /\b(?:a|the (?:last|next|first)|each|one more) looks?\b/, instead: 'probe, poll, check or pass' },
  { phrase: /\b(?:check:road|road-\$|one-way road)/, instead: 'check:layers, layer or layers' },
  { phrase: /\bhappenings\b/, instead: 'event' },
  // Of somebody's lock, lease or breath something is held, and one thing against another.
  {
    phrase:
      /\bexpectations? (?:(?:that )?(?:was |were |is |are )?(?:not )?)?held\b(?! against)|\b(?:not )?held in each\b/,
    instead: 'met',
  },
  // Of periods there may be a whole number.
  { phrase: /\bwhole numbers?\b(?! of (?!at least|up to))(?! of so many digits)/, instead: 'integer' },
  { phrase: /\b(?:are|is) whole\b(?! (?:seconds|microseconds))/, instead: 'complete' },
  // A promise settles.
  { phrase: /(?<!\b(?:it|promise|done`|allsettled) )\bsettles?\b/, instead: 'finish, stable or decided' },
  // `npm run ci:rehearse` is a command, and what it runs its rehearsals.
  {
    phrase: /\brehears\w+/,
    instead: 'dry run',
    elsewhere:
      /^(?:tools\/ci\/|test\/tools\/(?:night|rehearsal)\.|docs\/ci\.md$|test\/support\/order\.ts$|package\.json$)/,
  },
  { phrase: /\bchain of (?:firsts|events)\b|\blinks? of the chain\b/, instead: 'milestones' },
];

/** Names that are contracts, or someone else's: each by where it stands. */
const allowed: readonly RegExp[] = [
  // The host-side peer's index, as undo journals hold it.
  /^src\/fault\/netem\/attachments\.ts: farIndex$/,
  // The key of `doctor --json`.
  /^src\/cli\/machine\/doctor\.ts: line /,
  // Bounds as they are asked for: at least one, at most so many.
  /: \w*[aA]t(?:Most|Least)\w*$/,
];

/** `readGivenText` is read, given, text. */
const wordsIn = (name: string): readonly string[] =>
  (name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []).map((word) => word.toLowerCase());

const line = (place: string, name: string, table: Readonly<Record<string, string>>, words: readonly string[]) =>
  words
    .filter((word) => Object.hasOwn(table, word) && !allowed.some((one) => one.test(`${place}: ${name}`)))
    .map((word) => `${place}: ${name}: expected ${table[word]}, found ${word}`);

const phraseLines = (file: string, at: string, row: string): readonly string[] =>
  inPhrases.flatMap(({ phrase, instead, elsewhere }) => {
    const found = elsewhere?.test(file) === true ? null : phrase.exec(row);
    return found === null ? [] : [`${file}: ${at}: expected ${instead}, found ${found[0]}`];
  });

/** Names that a source declares for itself: types, functions, variables and parameters. */
const declaredIn = (file: string, text: string): ReadonlySet<string> => {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const declares =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      // `{ key }` bears the name of a property, which may be a contract; `{ key: name }` and `[name]` are names of our own.
      (ts.isBindingElement(node) && (ts.isArrayBindingPattern(node.parent) || node.propertyName !== undefined));
    if (declares && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return names;
};

/**
 * What one file has to be changed in, each in a line.
 * @param file its path from the root of the repository
 */
export const homeMadeWords = (file: string, text: string): readonly string[] => {
  const names = /\.[cm]?[jt]s$/.test(file) ? [...declaredIn(file, text)] : [];
  return [
    ...line(file, 'its path', inNames, file.split(/[/.-]/)),
    ...names.flatMap((name) => line(file, name, inNames, wordsIn(name))),
    ...text.split('\n').flatMap((row, index) => {
      const lower = row.toLowerCase();
      const at = `line ${index + 1}`;
      return [...line(file, at, inText, lower.match(/[a-z]+/g) ?? []), ...phraseLines(file, at, lower)];
    }),
  ];
};

/** Folders whose names and text are ours. */
const checkedPaths = [
  'src',
  'test',
  'bench',
  'tools',
  'docs',
  'README.md',
  'CONTRIBUTING.md',
  'package.json',
  '.dependency-cruiser.cjs',
];
const exempt = /^(test\/fixtures\/|test\/backend\/model\/oracle|tools\/words\.ts$|test\/tools\/words\.test\.ts$)/;

if (import.meta.main) {
  const listed = execFileSync('git', [
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    '--deduplicate',
    ...checkedPaths,
  ]);
  const files = String(listed)
    .split('\n')
    .filter((file) => /(?:\.(?:[cm]?[jt]s|md)|^package\.json)$/.test(file) && !exempt.test(file) && existsSync(file));
  const lines = files.flatMap((file) => homeMadeWords(file, readFileSync(file, 'utf8')));
  for (const one of lines) process.stderr.write(`${one}\n`);
  process.exitCode = lines.length === 0 ? 0 : 1;
}
