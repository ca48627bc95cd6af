import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makePlace } from './support/harness.ts';
import { buildImage } from './support/image.ts';

const tag = 'skipbeat-e2e:test';
const place = makePlace();
let removeImage: (() => Promise<void>) | null = null;

beforeAll(async () => {
  removeImage = await buildImage(tag);
}, 900_000);
afterAll(async () => {
  await removeImage?.();
  place.remove();
});

describe('the container image', () => {
  /** With nothing that an image could lean on: no network, no capability, no file that it may write to but below /tmp. */
  const run = (args: readonly string[], options: readonly string[] = []) =>
    execa(
      'docker',
      [
        ...['run', '--rm', '--network=none', '--cap-drop=ALL', '--security-opt=no-new-privileges', '--read-only'],
        ...['--tmpfs=/tmp:mode=1777', ...options, tag, ...args],
      ],
      { reject: false },
    );

  test('runs as a user that is not root, by number', async () => {
    const { stdout } = await run(['-p', '[process.getuid(), process.getgid()].join()'], ['--entrypoint=node']);
    expect(stdout).toBe('65532,65532');
    const { stdout: user } = await execa('docker', ['image', 'inspect', '--format', '{{.Config.User}}', tag]);
    expect(user).toBe('65532:65532');
  });

  test('predicts a run, and another container judges it again to the same bytes', async () => {
    const runs = join(place.folder, 'runs');
    mkdirSync(runs, { mode: 0o777 });
    await execa('chown', ['65532:65532', runs]);
    const shared = ['--volume', `${runs}:/runs`];
    const model = ['--backend', 'model', '--seed', '7'];
    const first = await run(['run', 'tight-grace', ...model, '--out', '/runs/first'], shared);
    expect(first.exitCode, first.stderr).toBe(0);
    const written = readFileSync(join(runs, 'first/run.json'), 'utf8');
    const reported = await run(['report', '/runs/first', '--json'], shared);
    expect(reported.exitCode, reported.stderr).toBe(0);
    expect(`${reported.stdout}\n`).toBe(written);
    expect(readFileSync(join(runs, 'first/run.json'), 'utf8')).toBe(written);
  });

  test('has no engine, and says so where a real cluster is asked for', async () => {
    const asked = await run(['run', 'tight-grace', '--backend', 'kind', '--out', '/tmp/run']);
    expect(asked.exitCode, asked.stderr).toBe(75);
    expect(asked.stderr).toMatch(/^ENVIRONMENT_NOT_READY /);
  });
});
