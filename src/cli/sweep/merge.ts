import { readFileSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { type ExitCode, errnoOf, exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { mergeSweeps, type NamedDocument, readDocument } from '../../sweep/index.ts';
import { deliver } from './deliver-sweep.ts';

type MergeOptions = { readonly out?: string; readonly json?: boolean };

const load = (file: string): NamedDocument => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (thrown) {
    const found = errnoOf(thrown) === 'ENOENT' ? 'there is none' : messageOf(thrown);
    throw new SkipbeatError('SWEEP_FILE_UNREADABLE', `${file}: expected a readable file, ${found}`, {
      exitCode: exitCodes.usage,
      next: skipbeat(`sweep --shard I/N --out ${file}`),
      cause: thrown,
    });
  }
  return { file, document: readDocument(text, file) };
};

/** One file by two names is one as well. */
const isSameFile = (one: string, other: string): boolean => {
  const [first, second] = [one, other].map((file) => statSync(file, { throwIfNoEntry: false }));
  return first !== undefined && second !== undefined && first.ino === second.ino && first.dev === second.dev;
};

/** A shard that is overwritten is none any more. @throws SkipbeatError SWEEP_OUT_INVALID (exit 64) */
const refuseOwnInput = (files: readonly string[], out: string | undefined): void => {
  const input = out === undefined ? undefined : files.find((file) => isSameFile(file, out));
  if (input === undefined) return;
  throw new SkipbeatError('SWEEP_OUT_INVALID', `--out ${out}: expected another file than those that are merged`, {
    exitCode: exitCodes.usage,
    next: '--out with a file of its own',
  });
};

const merge = (files: readonly string[], options: MergeOptions): ExitCode => {
  refuseOwnInput(files, options.out);
  const documents: NamedDocument[] = [];
  const errors: SkipbeatError[] = [];
  for (const file of files) {
    try {
      documents.push(load(file));
    } catch (thrown) {
      if (!(thrown instanceof SkipbeatError)) throw thrown;
      errors.push(thrown);
    }
  }
  const [first] = errors;
  if (first !== undefined) {
    throw new SkipbeatError(first.code, errors.map(({ message }) => message).join('\n'), {
      exitCode: exitCodes.usage,
      cause: first,
      ...(first.next === null ? {} : { next: first.next }),
    });
  }
  deliver(mergeSweeps(documents), options);
  return exitCodes.ok;
};

/** `skipbeat sweep merge`. */
export const registerMerge = (sweep: Command): void => {
  sweep
    .command('merge')
    .description('join the shards of one sweep')
    .argument('<files...>', 'what each shard wrote with --out')
    .option('--out <file>', 'write the whole as JSON to this file too')
    .option('--json', 'print the whole as JSON')
    .action((files: readonly string[], options: MergeOptions) => {
      process.exitCode = merge(files, options);
    });
};
