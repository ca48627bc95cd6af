import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { forgetScript } from '../../../../src/backend/kind/entrance/entrance.ts';

const vanished = "conntrack v1.4.8 (conntrack-tools): Operation failed: such conntrack doesn't exist";

/** @param conntrack sh, in place of the program */
const forget = (conntrack: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-forget-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const program = join(folder, 'conntrack');
  writeFileSync(program, `#!/bin/sh\ncalls=${folder}/calls\n${conntrack}`);
  chmodSync(program, 0o755);
  const env = { PATH: `${folder}:${process.env.PATH}` };
  return execa('bash', ['-c', forgetScript, 'forget', '30080', '1'], { env, reject: false, timeout: 20_000 });
};

test('goes on behind a connection that ended by itself, until none is left', async () => {
  const { exitCode, stdout, stderr } = await forget(`
    echo . >> "$calls"
    case $(wc -l < "$calls") in
      1) echo 'tcp first'; echo "${vanished}" >&2; exit 1 ;;
      2) echo 'tcp second'; echo 'conntrack v1.4.8: 1 flow entries have been deleted.' >&2 ;;
    esac`);
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: 'tcp first\ntcp second', stderr: '' });
});

test('a conntrack that says so for ever is an error with its own words, and ends', async () => {
  const { exitCode, stdout, stderr } = await forget(`echo "${vanished}" >&2; exit 1`);
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 1, stdout: '', stderr: vanished });
});
