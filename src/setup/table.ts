import { type CheckName, checkNames, type EnvironmentCheck, type RequiredFor } from './check.ts';

/** What a step of `npm run setup`, or a run, does that takes more than a user's own rights; `takesRoot` null: nothing. */
type Rights = { readonly takesRoot: string | null; readonly why: string };

/** Of every step and of a run, in their order. A step that finds what it needs does nothing, and takes no rights at all. */
export const rights: Readonly<Record<CheckName | 'run', Rights>> = {
  disk: { takesRoot: null, why: 'it only reads' },
  engine: {
    takesRoot: 'where no engine answers',
    why: 'apt-get installs its packages, and dockerd is started',
  },
  reach: { takesRoot: null, why: 'it only reads' },
  inotify: { takesRoot: null, why: 'it only reads; to raise limits by sysctl, which takes root, is left to you' },
  privileged: {
    takesRoot: 'where an engine before 23 asks for capabilities that the machine lacks',
    why: '/etc/docker/daemon.json names a runtime that leaves them out, and dockerd reads it again',
  },
  kind: { takesRoot: null, why: "it lies in the user's cache folder" },
  'node-image': {
    takesRoot: 'where it is built',
    why:
      'mmdebstrap makes root file systems, as root or in user namespaces, and apt-get installs it where it is missing; ' +
      'one that is pulled takes none',
  },
  'workload-image': { takesRoot: null, why: 'it is pulled, where the node image does not hold it' },
  'load-balancer-image': { takesRoot: null, why: 'as the node image' },
  kwok: { takesRoot: null, why: "it lies in the user's cache folder, and runs as the user" },
  run: {
    takesRoot: null,
    why:
      "it asks the engine, whose socket has to be open to the user. Whoever may use a rootful engine's socket is as good " +
      'as root there; skipbeat uses it for containers that it made itself',
  },
};

const nameWidth = Math.max(...checkNames.map((name) => name.length));
const stateWidth = 'missing'.length;

const neededFor: Readonly<Record<RequiredFor, string | null>> = {
  kind: null,
  ha: 'needed for topology ha only',
  hollow: 'needed for cluster.hollow only',
};

/** The checks as a table for people: one row a check, then what is wrong and the command that fixes it. */
export const renderChecks = (checks: readonly EnvironmentCheck[], width = 80): string =>
  checks
    .flatMap((check) => {
      const facts = [check.found, check.problem].filter((fact) => fact !== null);
      const fix = check.fix === null ? [] : [`Try: ${check.fix}`];
      const only = check.state === 'ready' ? null : neededFor[check.requiredFor];
      const optional = only === null ? [] : [only];
      const head = `  ${check.name.padEnd(nameWidth)}  ${check.state.padEnd(stateWidth)}  `;
      return besideHead(head, [...facts, ...fix, ...optional], width);
    })
    .join('\n');

/** What takes root, and why: one row a step. */
export const renderRights = (rights: Readonly<Record<string, Rights>>, width = 80): string =>
  renderRows(
    Object.entries(rights).map(([name, { takesRoot, why }]) =>
      takesRoot === null ? [name, 'no root', why] : [name, 'root', `${takesRoot}: ${why}`],
    ),
    width,
  );

/** Rows of a name, a word or two, and a sentence, in columns; the words' is as wide as the longest. */
export const renderRows = (rows: readonly (readonly [string, string, string])[], width = 80): string => {
  const wide = Math.max(...rows.map(([, outcome]) => outcome.length));
  return rows
    .flatMap(([name, outcome, text]) =>
      besideHead(`  ${name.padEnd(nameWidth)}  ${outcome.padEnd(wide)}  `, [text], width),
    )
    .join('\n');
};

/** One step of a set-up: a sign, its name, what stands between (a time), and words that keep to the width. */
export const renderStep = (sign: string, name: string, between: string, text: string, width = 80): readonly string[] =>
  besideHead(`  ${sign} ${name.padEnd(nameWidth)} ${between}  `, [text], width);

/** Paragraphs to the right of a head, which stands on the first line alone. */
const besideHead = (head: string, paragraphs: readonly string[], width: number): readonly string[] =>
  paragraphs
    .flatMap((paragraph) => wrap(paragraph, width - head.length))
    .map((line, index) => (index === 0 ? head : ' '.repeat(head.length)) + line);

/** Breaks at spaces; a word longer than a line stands alone on one. */
const wrap = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
};
