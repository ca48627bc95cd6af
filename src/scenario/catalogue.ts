import { readdirSync } from 'node:fs';
import { relative } from 'node:path';
import { packageFile } from '../common/package.ts';

/** The folder of the named scenarios, wherever the command is run. */
const folder = packageFile('scenarios/');

/** Names of the scenarios that come with this package, sorted. */
export const scenarioNames = (): readonly string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();

/** Whether the text names a file and no scenario: it has a slash or YAML's ending. */
export const isFileName = (text: string): boolean => /[/\\]|\.ya?ml$/.test(text);

/** The path of a named scenario as seen from the working directory, where that is shorter. */
export const scenarioFile = (name: string): string => {
  const path = `${folder}${name}.yaml`;
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
};
