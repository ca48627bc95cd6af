import { isCheckout } from './package.ts';

/** How this process was started: by a script of the checkout, by npx, or by the installed program's own name. */
export type Invocation = 'checkout' | 'npx' | 'installed';

/**
 * @param checkout whether the sources of a checkout run
 * @param npmCommand npm's name for what it does (`exec` is npx), in the environment of what it starts
 */
export const invocationOf = (checkout: boolean, npmCommand: string | undefined): Invocation => {
  if (checkout) return 'checkout';
  return npmCommand === 'exec' ? 'npx' : 'installed';
};

/** A command line of the checkout, by the scripts of its package.json. */
const script = (commandText: string): string => {
  if (commandText.startsWith('run ')) return `npm run scenario -- ${commandText.slice('run '.length)}`;
  if (commandText === 'setup') return 'npm run setup';
  if (commandText.startsWith('setup ')) return `npm run setup -- ${commandText.slice('setup '.length)}`;
  return `npm run skipbeat -- ${commandText}`;
};

/** A command line for whoever started skipbeat in that way. */
export const commandLine = (invocation: Invocation, commandText: string): string => {
  if (invocation === 'checkout') return script(commandText);
  return invocation === 'npx' ? `npx skipbeat ${commandText}` : `skipbeat ${commandText}`;
};

const own = invocationOf(isCheckout, process.env.npm_command);

/**
 * What a person types next, in the way in which this process was started; every hint is made here. Nothing that is
 * kept in a run's folder may hold one: the same evidence gives the same bytes however skipbeat was started.
 * @param commandText the command and its arguments: `run tight-grace`, `setup --kubernetes v1.34`
 * @returns `npm run scenario -- tight-grace` in a checkout, else `npx skipbeat run tight-grace` or `skipbeat run tight-grace`
 */
export const skipbeat = (commandText: string): string => commandLine(own, commandText);

/** The program's name in help texts, such as `Usage: npx skipbeat run [options] <scenario>`. */
export const programName = commandLine(own, '').trimEnd();
