import { type Command, Option } from 'commander';
import { quoteCommand } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';

/** What takes the place of a spelling that there was once. */
export type Replacement = {
  /** The old spelling as it was typed: `sweep --recommend`. */
  readonly old: string;
  /** The command that does it: `recommend`. */
  readonly now: string;
  /** Typed behind the command's name, as far as the new one takes it. */
  readonly args: readonly string[];
  /** Options that were typed and that the new command does not take, or not so. */
  readonly left?: readonly string[];
};

/** @returns COMMAND_MOVED (exit 64) */
export const moved = ({ old, now, args, left = [] }: Replacement): SkipbeatError => {
  const without = left.length === 0 ? '' : `, and what ${now} does not take: ${quoteCommand(left)}`;
  return new SkipbeatError(
    'COMMAND_MOVED',
    `${old}: expected ${now}, received the spelling that it had before${without}.`,
    { exitCode: exitCodes.usage, next: skipbeat(`${now} ${quoteCommand(args)}`.trimEnd()) },
  );
};

/** What was typed behind the command's name: `--repeats 3` is one of it, `3` alone another. */
const typedParts = (command: Command): readonly (readonly string[])[] => {
  const parts: string[][] = [];
  const args = process.argv.slice(3);
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? '';
    const option = command.options.find(({ long, short }) => word === long || word === short);
    const value = option?.required === true ? args[at + 1] : undefined;
    parts.push(value === undefined ? [word] : [word, value]);
    if (value !== undefined) at += 1;
  }
  return parts;
};

/**
 * Splits what was typed behind the command's name by what another command takes.
 * @param command the old one, which knows which of its options take a value
 * @param takes whether the new one takes that option, by its long name, with that value; null: it has none
 */
export const carryOver = (
  command: Command,
  takes: (name: string, value: string | null) => boolean,
): Required<Pick<Replacement, 'args' | 'left'>> => {
  const isTaken = ([word = '', next]: readonly string[]): boolean => {
    const [, name = word, inWord] = /^(--[^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    return !word.startsWith('-') || takes(name, inWord ?? next ?? null);
  };
  const parts = typedParts(command);
  return { args: parts.filter(isTaken).flat(), left: parts.filter((part) => !isTaken(part)).flat() };
};

/** Long names of a command's options, those that no help shows left out. */
export const optionNames = (command: Command): ReadonlySet<string> =>
  new Set(command.options.flatMap(({ long, hidden }) => (typeof long === 'string' && !hidden ? [long] : [])));

/** Adds options that another command has now: they are read, so that they can be answered, and shown nowhere. */
export const addMovedOptions = (command: Command, flags: readonly string[]): Command => {
  for (const one of flags) command.addOption(new Option(one).hideHelp());
  return command;
};

/** The first of them that was typed: `--recommend`; null where none was. */
export const typedMovedOption = (command: Command): string | null =>
  command.options.find((option) => option.hidden && command.getOptionValueSource(option.attributeName()) === 'cli')
    ?.long ?? null;

/** `skipbeat merge`, which is `sweep merge` now. */
export const registerMovedMerge = (program: Command): void => {
  program
    .command('merge', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(() => {
      throw moved({ old: 'merge', now: 'sweep merge', args: process.argv.slice(3) });
    });
};
