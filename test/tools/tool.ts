import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

export const root = join(import.meta.dirname, '../..');

/** Runs one tool of tools/ci as a workflow does. */
export const tool = (name: string, env: Readonly<Record<string, string>>, args: readonly string[] = []) =>
  execa(process.execPath, [join(root, 'tools/ci', `${name}.ts`), ...args], {
    ...{ env, reject: false, cwd: root },
    // What a signal ends takes its time for that on a busy machine.
    forceKillAfterDelay: false,
  });

/** Outputs of a step as GitHub reads them: `name=value` on one line, or `name<<delimiter`, lines, delimiter. */
export const readOutputs = (path: string): Readonly<Record<string, string>> => {
  const outputs: Record<string, string> = {};
  const lines = readFileSync(path, 'utf8').split('\n');
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    const [, name = '', delimiter = ''] = /^(\w[\w-]*)<<(.+)$/.exec(line) ?? [];
    if (name === '') {
      const at = line.indexOf('=');
      if (at > 0) outputs[line.slice(0, at)] = line.slice(at + 1);
      continue;
    }
    const end = lines.indexOf(delimiter);
    if (end < 0) throw new Error(`${path}: expected a line ${delimiter} after ${line}, found none`);
    outputs[name] = lines
      .splice(0, end + 1)
      .slice(0, end)
      .join('\n');
  }
  return outputs;
};
