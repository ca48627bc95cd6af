/** A pattern of whole words, each with a line feed behind it. */
const lines = (...patterns: readonly RegExp[]): RegExp =>
  new RegExp(`^${patterns.map(({ source }) => source).join('')}$`);

const end = /(?:--\n)?/;

/**
 * What only starts the words behind it, each with all that may stand between: whatever else does may run something else, for
 * a while, or not at all.
 * @see kubernetes component-base logs/kube-log-runner; coreutils env and nice; util-linux ionice, chrt and taskset
 */
const wrappers = new Map<string, RegExp>([
  [
    'go-runner',
    lines(
      /(?:--?(?:(?:also-stdout|redirect-stderr)(?:=(?:true|false))?|(?:log-file(?:-size|-age)?|flush-interval)(?:=[^\n]*|\n[^\n-][^\n]*))\n)*/,
      end,
    ),
  ],
  ['hyperkube', lines()],
  // What -S splits is none of it, nor a directory.
  ['env', lines(/(?:(?:-[iv]*|--ignore-environment|--debug)\n)*/, end, /(?:[A-Za-z_]\w*=[^\n]*\n)*/)],
  ['tini', lines(/(?:-[sgvw]+\n)*/, end)],
  ['dumb-init', lines(/(?:(?:-[cv]+|--single-child|--verbose)\n)*/, end)],
  ['nice', lines(/(?:(?:-n\n?|--adjustment[=\n]|-)[+-]?\d+\n)*/, end)],
  ['ionice', lines(/(?:(?:(?:-[cn]\n?|--class(?:data)?[=\n])\w[\w-]*|-t|--ignore)\n)*/, end)],
  [
    'chrt',
    lines(
      /(?:(?:-[fribodRv]+|--(?:fifo|rr|idle|batch|other|deadline|reset-on-fork|verbose)|(?:-[TPD]\n?|--sched-(?:runtime|period|deadline)[=\n])\d+)\n)*/,
      end,
      /\d+\n/,
    ),
  ],
  ['taskset', lines(/(?:(?:-c|--cpu-list)\n)?/, end, /(?:0x)?[\da-fA-F][\da-fA-F,:-]*\n/)],
]);

const wrapperOf = (word: string): RegExp | null =>
  word.startsWith('-') || word.includes('=') ? null : (wrappers.get(word.split('/').at(-1) ?? '') ?? null);

/** Whether a program is one that only starts the words behind it. */
export const isWrapper = (word: string): boolean => wrapperOf(word) !== null;

/** Where among the words before a program the first one stands that may do more than start it; null: all only start it. */
export const oddWordAt = (argv: readonly string[]): number | null => {
  let from = 0;
  while (from < argv.length) {
    const takes = wrapperOf(argv[from] ?? '');
    if (takes === null) return from;
    const next = argv.findIndex((word, index) => index > from && isWrapper(word));
    const to = next < 0 ? argv.length : next;
    const own = argv.slice(from + 1, to);
    if (own.some((word) => word.includes('\n')) || !takes.test(own.map((word) => `${word}\n`).join(''))) {
      return Math.min(from + 1, argv.length - 1);
    }
    from = to;
  }
  return null;
};
