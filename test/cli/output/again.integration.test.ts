import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { recordedAgain, typedAgain } from '../../../src/cli/output/again.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-again-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a command that was typed is the same again, but for the folder that has to be new; what a shell would part is quoted', () => {
  const rest = ['--nodes', 'zone!=a,pool=chaos', '--load-from', 'pod', '--service', 'shop/web:80', '--plain'];
  for (const out of [['--out', 'runs/it is'], ['--out=runs/x'], []]) {
    expect(
      typedAgain(['run', 'my files/soak.yaml', ...out, '--context', 'staging eu', ...rest], 'my files/soak.yaml', {
        context: 'staging eu',
        kubeconfig: 'my files/kc',
      }),
    ).toEqual({
      run: "run 'my files/soak.yaml' --context 'staging eu' --nodes 'zone!=a,pool=chaos' --load-from pod --service shop/web:80 --plain",
      ...{ scenario: "'my files/soak.yaml'", context: "--context 'staging eu' --kubeconfig 'my files/kc'" },
    });
  }
  expect(typedAgain(['run', 'fast'], 'fast', {})).toEqual({ run: 'run fast', scenario: 'fast', context: null });
});

test('what a header says is in no command that is printed', () => {
  const typed = ['run', 'fast', '--service-header', 'Authorization: Bearer s3cret', 'X-Key:s3cret', '--plain'];
  expect(typedAgain(typed, 'fast', { context: 'staging' }).run).toBe(
    "run fast --service-header 'Authorization: VALUE' 'X-Key: VALUE' --plain",
  );
  const file = ['run', 'fast', '--service-header', '@/run/secrets/a:b', 'X-Key:s3cret'];
  expect(typedAgain(file, 'fast', {}).run).toBe("run fast --service-header @/run/secrets/a:b 'X-Key: VALUE'");
  const equal = ['run', '--service-header=Authorization: s3cret', '--service-header', 's3cret', '--json', 'fast'];
  expect(typedAgain(equal, 'fast', { context: 'staging' }).run).toBe(
    "run '--service-header=Authorization: VALUE' --service-header 'NAME: VALUE' --json fast",
  );
});

test('of a saved run it is the scenario that lies in its folder; without that nothing is known', () => {
  const document = { backend: 'cluster', requests: { offered: 10 } } as Parameters<typeof recordedAgain>[1];
  const plan = { workload: { replicas: 2 }, load: { ratePerSecond: 10 } } as Parameters<typeof recordedAgain>[2];
  expect(recordedAgain(folder, document, plan)).toBeNull();
  const file = join(folder, 'scenario.yaml');
  writeFileSync(file, 'name: x\n');
  expect(recordedAgain(folder, document, plan)).toEqual({
    ...{ run: `run ${file} --context NAME --nodes WHICH --load-from pod`, scenario: file, context: null },
  });
  expect(recordedAgain(folder, { ...document, backend: 'kind' }, plan)?.run).toBe(`run ${file}`);
});
