// Commands that the docs show: each must still be one that this package has, with options that it takes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, CommanderError } from 'commander';
import { programFor } from '../../src/cli/program.ts';
import { messageOf } from '../../src/common/errors.ts';

const root = join(import.meta.dirname, '..', '..');

/** Words of one command, as a shell would split them; null where it needs a shell for more than quotes. */
export const splitArgs = (text: string): readonly string[] | null => {
  const args: string[] = [];
  for (const [match, double, single] of text.matchAll(/"([^"\\$`]*)"|'([^']*)'|[^\s"']+|["']/g)) {
    if (match === '"' || match === "'") return null;
    args.push(double ?? single ?? match);
  }
  return args;
};

/** What runs in place of an npm script of ours, or of the program by its name. */
const scripts: Readonly<Record<string, readonly string[]>> = { skipbeat: [], scenario: ['run'], setup: ['setup'] };

export type ShownCommand =
  /** `arguments` are those of the program. */
  | { readonly kind: 'skipbeat'; readonly arguments: readonly string[] }
  | { readonly kind: 'script'; readonly name: string };

/** The commands of ours in a line for a shell: behind `&&`, and before a comment, a pipe or a remark in brackets, too. */
export const commandsIn = (line: string): readonly ShownCommand[] =>
  line
    .replace(/(^|\s)#.*$/, '')
    .replace(/ {2,}\(.*$/, '')
    .split(/&&|\|\||[|;>]/)
    .flatMap((part): readonly ShownCommand[] => {
      const args = splitArgs(part.trim());
      if (args === null) return [];
      const [first, second, ...others] = args.filter((word) => !/^[A-Z_]+=/.test(word));
      if (first === 'skipbeat' || (first === 'npx' && second === 'skipbeat')) {
        const rest = first === 'npx' ? others : [...(second === undefined ? [] : [second]), ...others];
        return [{ kind: 'skipbeat', arguments: rest }];
      }
      if (first !== 'npm' || (second !== 'run' && second !== 'test')) return [];
      if (second === 'test') return [{ kind: 'script', name: 'test' }];
      const [name, ...rest] = others[0] === '-s' || others[0] === '--silent' ? others.slice(1) : others;
      if (name === undefined) return [];
      const before = scripts[name];
      if (before === undefined) return [{ kind: 'script', name }];
      const own = rest[0] === '--' ? rest.slice(1) : rest;
      return [{ kind: 'skipbeat', arguments: [...before, ...own] }];
    });

/** The whole command line, with actions that do nothing but refuse spellings of before, which help does not show. */
const parserOf = async (): Promise<Command> => {
  const program = await programFor();
  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    const visible = new Set(command.parent?.createHelp().visibleCommands(command.parent));
    command.action((...args: readonly unknown[]) => {
      const own = args.at(-1) as Command;
      const old = own.options.find(
        (option) => option.hidden && own.getOptionValueSource(option.attributeName()) === 'cli',
      );
      if (old !== undefined) throw new Error(`${own.name()} ${old.long}: a spelling of before`);
      if (own.parent !== null && !visible.has(own)) throw new Error(`${own.name()}: a spelling of before`);
    });
    command.commands.forEach(quiet);
  };
  program.commands.forEach(quiet);
  return program.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
};

const npmScripts = (): ReadonlySet<string> => {
  const { scripts: named } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  return new Set(Object.keys(named));
};

/** @returns for a command what is wrong with it, or null; commander forgets what it parsed before it parses anew */
export const commandCheck = (): ((command: ShownCommand) => Promise<string | null>) => {
  const known = npmScripts();
  let parser: Promise<Command> | null = null;
  return async (command) => {
    if (command.kind === 'script') {
      return known.has(command.name) ? null : `package.json has no script ${JSON.stringify(command.name)}`;
    }
    // `COMMAND` stands for any of them.
    if (command.arguments.length === 0 || command.arguments[0] === 'COMMAND') return null;
    try {
      parser ??= parserOf();
      await (await parser).parseAsync([...command.arguments], { from: 'user' });
      return null;
    } catch (thrown) {
      const isAnswer = thrown instanceof CommanderError && thrown.exitCode === 0;
      return isAnswer ? null : messageOf(thrown).replace(/^error: /, '');
    }
  };
};
