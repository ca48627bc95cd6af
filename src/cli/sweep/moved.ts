import { type Command, Option } from 'commander';
import { quoteCommand } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';

/**
 * The answer to a spelling that there was once: what takes its place, with what was typed behind the command's name.
 * @param old as it was typed: `sweep --recommend`
 * @param now the command that does it: `recommend`
 * @param dropped options of the old spelling that the new command has not
 * @returns COMMAND_MOVED (exit 64)
 */
export const moved = (old: string, now: string, dropped: readonly string[] = []): SkipbeatError =>
  new SkipbeatError('COMMAND_MOVED', `${old}: expected ${now}, received the spelling that it had before.`, {
    exitCode: exitCodes.usage,
    next: skipbeat(`${now} ${quoteCommand(process.argv.slice(3).filter((word) => !dropped.includes(word)))}`.trimEnd()),
  });

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
      throw moved('merge', 'sweep merge');
    });
};
