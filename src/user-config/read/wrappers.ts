import { parseGoBoolean } from '../../profile/index.ts';

/**
 * What a word does that stands before a component's own: nothing but start it; nobody here knows; or its program ends with
 * it, and nothing is started: what that program expects, and what it received.
 */
type Word = 'fine' | 'unknown' | { readonly expected: string; readonly received: string };

/** An option as it stands: its name without dashes, and its value; empty where it takes none. */
type Option = { readonly name: string; readonly value: string };

/** Options of a program that takes them before its operands, and which of them take a value. */
type Options = { readonly alone: readonly string[]; readonly valued: readonly string[] };

type Operands = { readonly options: readonly Option[]; readonly from: number };

/** As getopt_long reads options, to the first operand; null where one stands there that is not known here. */
const getopt = (argv: readonly string[], { alone, valued }: Options): Operands | null => {
  const options: Option[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') return { options, from: index + 1 };
    const [, long, text] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const short = /^-[A-Za-z]/.test(word) ? word[1] : undefined;
    const name = long ?? short;
    if (name === undefined) return word.startsWith('-') ? null : { options, from: index };
    const own = long === undefined ? word.slice(2) || undefined : text;
    if (valued.includes(name)) {
      if (own === undefined) index += 1;
      const value = own ?? argv[index];
      if (value === undefined) return null;
      options.push({ name, value });
      continue;
    }
    const names = long === undefined ? [...word.slice(1)] : text === undefined ? [long] : [];
    if (names.length === 0 || !names.every((each) => alone.includes(each))) return null;
    options.push(...names.map((each) => ({ name: each, value: '' })));
  }
  return { options, from: argv.length };
};

/** As Go's package flag reads options, which all take `=value`, and those of `alone` stand without; null as of `getopt`. */
const goFlags = (argv: readonly string[], { alone, valued }: Options): Operands | null => {
  const options: Option[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') return { options, from: index + 1 };
    const [, name, text] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) return word.startsWith('-') && word !== '-' ? null : { options, from: index };
    if (!alone.includes(name) && !valued.includes(name)) return null;
    if (text === undefined && valued.includes(name)) index += 1;
    const value = text ?? (alone.includes(name) ? 'true' : argv[index]);
    if (value === undefined) return null;
    options.push({ name, value });
  }
  return { options, from: argv.length };
};

const refused = (expected: string, received: string): Word => ({ expected, received });

/** What a program makes of its own part of a command line. */
type Reads = (argv: readonly string[]) => Word;

/** Of several words the first that ends the program, or else whether all are known. */
const all = (...argv: readonly Word[]): Word =>
  argv.find((word) => typeof word !== 'string') ?? (argv.includes('unknown') ? 'unknown' : 'fine');

/** Options without values alone, and what their program starts behind them. */
const startsWith =
  (alone: readonly string[]): Reads =>
  (argv) =>
    getopt(argv, { alone, valued: [] })?.from === argv.length ? 'fine' : 'unknown';

/** @see Go time.ParseDuration */
const goDuration = /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;

/** Which runner an image has is not known, and those before flush-interval, log-file-size and log-file-age end with them. */
const goRunnerWord = ({ name, value }: Option): Word => {
  if (name === 'log-file') return 'fine';
  if (name === 'log-file-size') {
    return /^-.*[1-9]|^\D*$/s.test(value) ? refused('a quantity of no less than 0', value) : 'unknown';
  }
  if (name === 'flush-interval') return goDuration.test(value) ? 'unknown' : refused('a duration such as 5s', value);
  if (name === 'log-file-age') {
    return !goDuration.test(value) || /^-.*[1-9]/.test(value)
      ? refused('a duration of no less than 0', value)
      : 'unknown';
  }
  return parseGoBoolean(value) === null ? refused('true or false', value) : 'fine';
};

const goRunner: Reads = (argv) => {
  const read = goFlags(argv, {
    alone: ['also-stdout', 'redirect-stderr'],
    valued: ['log-file', 'log-file-size', 'log-file-age', 'flush-interval'],
  });
  if (read === null) return 'unknown';
  return all(...read.options.map(goRunnerWord), read.from === argv.length ? 'fine' : 'unknown');
};

/**
 * Without PATH, which -i clears, a program that is named without its folder is looked for in /bin and /usr/bin alone; what -S
 * splits is none of it, nor a directory; older ones have no -v.
 */
const env: Reads = (argv) => {
  const operands = argv[0] === '--' ? argv.slice(1) : argv;
  return operands.every((word) => /^[A-Za-z_]\w*=/.test(word)) ? 'fine' : 'unknown';
};

/** The last adjustment counts. Less than 0 asks for a right that a container has not, and not each nice goes on without. */
const nice: Reads = (argv) => {
  const isValue = (index: number): boolean => ['-n', '--adjustment'].includes(argv[index - 1] ?? '');
  const named = argv.map((word, index) => (/^-[+-]?\d+$/.test(word) && !isValue(index) ? `-n${word.slice(1)}` : word));
  const read = getopt(named, { alone: [], valued: ['n', 'adjustment'] });
  if (read === null) return 'unknown';
  const value = read.options.at(-1)?.value ?? '10';
  if (!/^\s*[+-]?\d+$/.test(value)) return refused('an integer', value);
  return read.from === argv.length && /^\+?\d{1,9}$/.test(value) ? 'fine' : 'unknown';
};

/**
 * Realtime asks for a right that a container has not. Kernels keep three bits of a class, or refuse what has more; 4 to 7
 * are none of any kernel. Of data the newest take more than 0 to 7.
 */
const ioniceWord = ({ name, value }: Option, isIgnored: boolean): Word => {
  if (name === 'n' || name === 'classdata') {
    if (/^[0-7]$/.test(value)) return 'fine';
    return /\d/.test(value) ? 'unknown' : refused('a number from 0 to 7', value);
  }
  if (name !== 'c' && name !== 'class') return 'fine';
  if (/^(?:[023]|none|best-effort|idle)$/i.test(value)) return 'fine';
  if (/^(?:1|realtime)$/i.test(value) || /^\s*[+-]?\d{2,}$|^[89]$/.test(value)) return 'unknown';
  if (isIgnored && /^[4-7]$/.test(value)) return 'unknown';
  return refused('a class from 0 to 3, or its name', value);
};

const ionice: Reads = (argv) => {
  const read = getopt(argv, { alone: ['t', 'ignore'], valued: ['c', 'class', 'n', 'classdata'] });
  if (read === null) return 'unknown';
  const isIgnored = read.options.some(({ name }) => name === 't' || name === 'ignore');
  const own = read.options.map((option) => ioniceWord(option, isIgnored));
  return all(...own, read.from === argv.length ? 'fine' : 'unknown');
};

/** A policy in time asks for a right that a container has not. */
const chrt: Reads = (argv) => {
  const policies = ['f', 'fifo', 'r', 'rr', 'i', 'idle', 'b', 'batch', 'o', 'other'];
  const others = ['R', 'reset-on-fork', 'v', 'verbose'];
  const read = getopt(argv, { alone: [...policies, ...others], valued: [] });
  const priority = read === null ? undefined : argv[read.from];
  if (read === null || priority === undefined || !/^\d+$/.test(priority)) return 'unknown';
  const names = read.options.map(({ name }) => name);
  const policy = names.filter((name) => policies.includes(name)).at(-1) ?? 'rr';
  if (['f', 'fifo', 'r', 'rr'].includes(policy)) {
    return Number(priority) < 1 || Number(priority) > 99 ? refused('a priority from 1 to 99', priority) : 'unknown';
  }
  if (Number(priority) !== 0) return refused('priority 0, which its policy has alone,', priority);
  const isKnown = read.from === argv.length - 1 && !names.includes('R') && !names.includes('reset-on-fork');
  return isKnown ? 'fine' : 'unknown';
};

/** Every machine has CPU 0; whether it has another one is not in a file. */
const cpuMask = (mask: string): Word => {
  const digits = mask.replace(/^0x/i, '');
  if (/[^\da-f,]/i.test(digits) || !/[1-9a-f]/i.test(digits)) return refused('a mask of at least one CPU', mask);
  return /^(?:[\da-f]+|[\da-f]{1,8}(?:,[\da-f]{8})+)$/i.test(digits) && /[13579bdf]$/i.test(digits)
    ? 'fine'
    : 'unknown';
};

const cpuList = (list: string): Word => {
  const ranges = list.split(',').map((each) => /^(\d{1,3})(?:-(\d{1,3})(?::[1-9]\d?)?)?$/.exec(each));
  if (ranges.some((range) => range === null)) return 'unknown';
  const isBackwards = ranges.some((range) => Number(range?.[2] ?? range?.[1]) < Number(range?.[1]));
  if (isBackwards) return refused('a list of CPUs whose ranges end after they begin', list);
  return ranges.some((range) => Number(range?.[1]) === 0) ? 'fine' : 'unknown';
};

const taskset: Reads = (argv) => {
  const read = getopt(argv, { alone: ['c', 'cpu-list'], valued: [] });
  const cpus = read === null ? undefined : argv[read.from];
  if (read === null || cpus === undefined) return 'unknown';
  return all(
    read.options.length > 0 ? cpuList(cpus) : cpuMask(cpus),
    read.from === argv.length - 1 ? 'fine' : 'unknown',
  );
};

const system = ['', '/bin/', '/sbin/', '/usr/bin/', '/usr/sbin/', '/usr/local/bin/', '/usr/local/sbin/'];
const root = [...system, '/'];

/**
 * What only starts the words behind it, with the folders that it is known in: whatever else does may run something else,
 * for a while, or not at all, and so may a program of that name elsewhere.
 * @see kubernetes component-base logs/kube-log-runner, which is go-runner since component-base v0.23; coreutils src/env.c and
 *   src/nice.c; util-linux schedutils: ionice.c, chrt.c, taskset.c; linux block/ioprio.c and kernel/sched/syscalls.c, which
 *   refuse classes, priorities and empty masks
 */
const wrappers: Readonly<Record<string, { readonly folders: readonly string[]; readonly reads: Reads }>> = {
  'go-runner': { folders: root, reads: goRunner },
  hyperkube: { folders: root, reads: (argv) => (argv.length === 0 ? 'fine' : 'unknown') },
  env: { folders: system, reads: env },
  tini: { folders: root, reads: startsWith(['s', 'g', 'v', 'w']) },
  'dumb-init': { folders: root, reads: startsWith(['c', 'v', 'single-child', 'verbose']) },
  nice: { folders: system, reads: nice },
  ionice: { folders: system, reads: ionice },
  chrt: { folders: system, reads: chrt },
  taskset: { folders: system, reads: taskset },
};

const wrapperOf = (word: string): Reads | null => {
  const at = word.lastIndexOf('/') + 1;
  const name = word.slice(at);
  const known = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined;
  return known?.folders.includes(word.slice(0, at)) === true ? known.reads : null;
};

/** Whether a program, as it is called, is one that only starts the words behind it. */
export const isWrapper = (word: string): boolean => wrapperOf(word) !== null;

/** A word before a program that may do more than start it, or, with what it expects, that nothing is started with. */
export type OddWord = {
  readonly index: number;
  readonly refusal: { readonly program: string; readonly expected: string; readonly received: string } | null;
};

/** The first of the words before a program that does more than start it; null: all only start it. */
export const oddWordAt = (argv: readonly string[]): OddWord | null => {
  let from = 0;
  while (from < argv.length) {
    const program = argv[from] ?? '';
    const reads = wrapperOf(program);
    if (reads === null) return { index: from, refusal: null };
    const next = argv.findIndex((word, index) => index > from && isWrapper(word));
    const to = next < 0 ? argv.length : next;
    const word = reads(argv.slice(from + 1, to));
    if (word !== 'fine') {
      const refusal = word === 'unknown' ? null : { program, ...word };
      return { index: Math.min(from + 1, argv.length - 1), refusal };
    }
    from = to;
  }
  return null;
};
