import { expect, test } from 'vitest';
import { readInputs } from '../../tools/ci/inputs.ts';

test('an input that was not given is not passed on: the Kubernetes version is then that of the files or the scenario', () => {
  const inputs = readInputs({ INPUT_SCENARIO: 'tight-grace', INPUT_KUBERNETES: '' }, '/caller');
  expect(Object.keys(inputs).sort()).toEqual(['artifact', 'out', 'scenario']);
});

test('paths count from the caller’s workspace, names of scenarios are no paths', () => {
  const { artifact: _, ...inputs } = readInputs(
    { INPUT_SCENARIO: 'a/b.yaml', INPUT_KUBEADM_CONFIG: 'k.yaml', INPUT_OUT: '/else/where' },
    '/caller',
  );
  expect(inputs).toEqual({ scenario: '/caller/a/b.yaml', 'kubeadm-config': '/caller/k.yaml', out: '/else/where' });
});

test('two cells of a matrix never name their artifacts alike, unless they are asked to', () => {
  const artifact = (name?: string) =>
    readInputs({ INPUT_SCENARIO: 'a', ...(name === undefined ? {} : { INPUT_ARTIFACT: name }) }, '/').artifact;
  expect(artifact()).not.toBe(artifact());
  expect(artifact('mine')).toBe('mine');
});

test('control characters and names that no artifact can have are refused, all at once', () => {
  const environment = {
    INPUT_OUT: 'x\nverdict=pass',
    INPUT_PROFILE: 'a\u001bb',
    INPUT_ARTIFACT: 'a/b',
    INPUT_ALLOW_UNREAD: 'yes',
  };
  expect(() => readInputs(environment, '/')).toThrow(
    [
      'Inputs of the action:',
      '  profile: expected one line without control characters, received "a\\u001bb"',
      '  allow-unread: expected true or false, received "yes"',
      '  out: expected one line without control characters, received "x\\nverdict=pass"',
      '  artifact: expected a name without any of " \\ / : < > | * ?, received "a/b"',
      '  scenario: expected a name or the path of a YAML file, received nothing',
    ].join('\n'),
  );
});
