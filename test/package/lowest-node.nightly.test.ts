import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Installed, installNode, installPackage, lowestNode, testExample } from './installed.ts';

let installed: Installed;
beforeAll(async () => {
  installed = await installPackage();
}, 300_000);
afterAll(() => installed.remove());

test('on the lowest Node that the package promises it installs, predicts to the same bytes, and the example passes', async () => {
  const node = await installNode(lowestNode());
  const lowest = await installPackage({ node: node.path, archive: installed.archive });
  try {
    const { stdout: version } = await lowest.run('npx', ['--call', 'node --version']);
    expect(version).toBe(`v${lowestNode()}`);
    const run = ['run', 'tight-grace', '--backend', 'model', '--seed', '7', '--out', 'seven', '--json'];
    const sweep = ['sweep', '--profiles', 'fast', '--pause', '20s', '--nodes', '3', '--repeats', '4', '--json'];
    for (const args of [run, [...sweep, '--workers', '2']]) {
      const [here, there] = [
        await installed.run('npx', ['skipbeat', ...args]),
        await lowest.run('npx', ['skipbeat', ...args]),
      ];
      expect(there.exitCode, there.stderr).toBe(0);
      expect(there.stdout).toBe(here.stdout);
    }
    const { ended, passed } = await testExample(lowest);
    expect([ended.exitCode, passed], ended.stderr).toEqual([0, 3]);
  } finally {
    lowest.remove();
    node.remove();
  }
}, 180_000);
