// The inputs of action.yml, as they come in the environment: INPUT_… each.
import { randomBytes } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { exitCodes, SkipbeatError } from '../../src/common/errors.ts';

const names = [
  'scenario',
  'profile',
  'kubernetes',
  'backend',
  'repeats',
  'kubeadm-config',
  'kube-controller-manager-manifest',
  'allow-unread',
  'out',
  'artifact',
] as const;

type Name = (typeof names)[number];

/** Inputs that were given; paths are absolute. */
export type ActionInputs = Readonly<Partial<Record<Name, string>>> & {
  readonly scenario: string;
  /** The folder of the run. */
  readonly out: string;
  /** The name of the artifact; where none was asked for, one that no other job of the workflow has. */
  readonly artifact: string;
};

const variableOf = (name: Name): string => `INPUT_${name.toUpperCase().replaceAll('-', '_')}`;

const problemOf = (name: Name, value: string): readonly string[] => {
  const shown = JSON.stringify(value);
  if (/\p{Cc}/u.test(value)) return [`${name}: expected one line without control characters, received ${shown}`];
  if (name === 'allow-unread' && value !== 'true' && value !== 'false')
    return [`allow-unread: expected true or false, received ${shown}`];
  if (name === 'artifact' && /["\\/:<>|*?]/.test(value))
    return [`artifact: expected a name without any of " \\ / : < > | * ?, received ${shown}`];
  return [];
};

/**
 * Reads the inputs of the action. White space around a value is no part of it, and an empty one was not given.
 * @param workspace what relative paths count from
 * @throws SkipbeatError ACTION_INPUT_INVALID (exit 64), with all problems at once
 */
export const readInputs = (
  environment: Readonly<Record<string, string | undefined>>,
  workspace: string,
): ActionInputs => {
  const inputs = names.flatMap((name) => {
    const value = environment[variableOf(name)]?.trim() ?? '';
    return value === '' ? [] : [[name, value] as const];
  });
  const { scenario, out = 'skipbeat-run', ...rest }: Partial<Record<Name, string>> = Object.fromEntries(inputs);
  const problems = inputs.flatMap(([name, value]) => problemOf(name, value));
  if (scenario === undefined) problems.push('scenario: expected a name or the path of a YAML file, received nothing');
  if (scenario === undefined || problems.length > 0) {
    throw new SkipbeatError('ACTION_INPUT_INVALID', `Inputs of the action:\n  ${problems.join('\n  ')}`, {
      exitCode: exitCodes.usage,
      next: 'correct them under `with:` of the step',
    });
  }
  const pathOf = (text: string): string => (isAbsolute(text) ? text : join(workspace, text));
  const files = (['kubeadm-config', 'kube-controller-manager-manifest'] as const).flatMap((name) => {
    const path = rest[name];
    return path === undefined ? [] : [[name, pathOf(path)] as const];
  });
  return {
    artifact: `skipbeat-run-${randomBytes(4).toString('hex')}`,
    ...rest,
    ...Object.fromEntries(files),
    scenario: /[/\\]|\.ya?ml$/.test(scenario) ? pathOf(scenario) : scenario,
    out: pathOf(out),
  };
};
