import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { main } from '../support/program.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-storage-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A script in a mount namespace of its own, with a small disk at $DISK; `run` in it is a prediction. */
const withDisk = (size: string, script: string) => {
  const run = `run() { "${process.execPath}" "${main}" run tight-grace --backend model --plain --no-color "$@"; }`;
  const mount = `mount -t tmpfs -o size=${size} tmpfs "$DISK"`;
  return execa('unshare', ['--map-root-user', '--mount', 'sh', '-c', `set -u; ${mount} || exit 9; ${run}; ${script}`], {
    reject: false,
    env: { DISK: folder },
    cwd: tmpdir(),
  });
};

/** What was said after the progress of the run, which is another test's. */
const endOf = (stderr: string): string => stderr.slice(stderr.search(/^[A-Z_]+ {2}/m));

const full = `DISK_FULL  Expected space on the disk, found ENOSPC: no space left on device, write.
Try: free space (df -h), or choose other places: --out DIR for evidence, SKIPBEAT_STATE_DIR and SKIPBEAT_CACHE_DIR for what is kept`;

describe('a disk that is full', () => {
  test('before anything is seen ends with 75 and a sentence', async () => {
    const ended = await withDisk('4k', 'run --out "$DISK/run"');
    expect(ended.stderr).toBe(`predicted, nothing is run: --backend model\n${full}`);
    expect(ended.exitCode).toBe(75);
  });

  test('ends a run with 75, and what was seen until then stays', async () => {
    const ended = await withDisk(
      '64k',
      'run --out "$DISK/run"; code=$?; wc -c < "$DISK/run/events.ndjson"; exit $code',
    );
    expect(endOf(ended.stderr)).toBe(
      `RECORD_FAILED  The evidence could not be written to ${folder}/run: ENOSPC: no space left on device, write.
Try: free space where ${folder}/run lies or choose another place with --out, then run again
What was seen until then: ${folder}/run/`,
    );
    expect(Number(ended.stdout)).toBeGreaterThan(4096);
    expect(ended.exitCode).toBe(75);
  });

  test('that has no room for a report is no bug', async () => {
    const ended = await withDisk('400k', 'run --out "$DISK/run" > /dev/null');
    expect(endOf(ended.stderr)).toBe(
      `REPORT_BROKEN  ${folder}/run: not written: report.html (ENOSPC: no space left on device, write); the evidence itself is complete.
Try: npm run skipbeat -- report ${folder}/run
What was seen until then: ${folder}/run/`,
    );
    expect(ended.exitCode).toBe(75);
  });

  test('that takes a part of the results on stdout does not count as having taken them', async () => {
    const ended = await withDisk(
      '4k',
      'mkdir /tmp/x$$ && run --json --out /tmp/x$$ > "$DISK/run.json"; code=$?; rm -r /tmp/x$$; exit $code',
    );
    expect(endOf(ended.stderr)).toBe(full);
    expect(ended.exitCode).toBe(75);
  });

  test('that takes no progress does not end a run', async () => {
    const ended = await withDisk('2m', 'run --json --out "$DISK/run" 2> /dev/full');
    expect(JSON.parse(ended.stdout)).toMatchObject({ verdict: 'pass' });
    expect(ended.exitCode).toBe(0);
  });
});

describe('a home that is read-only', () => {
  test('is no reason not to predict', async () => {
    const ended = await withDisk(
      '2m',
      'mkdir "$DISK/out"; mount -t tmpfs -o ro none /mnt; HOME=/mnt run --json --out "$DISK/out"',
    );
    expect(JSON.parse(ended.stdout)).toMatchObject({ verdict: 'pass' });
    expect(ended.exitCode).toBe(0);
  });

  test('ends with 75 and a sentence where evidence was to go there', async () => {
    const ended = await withDisk('4k', 'mount -o remount,ro "$DISK"; run --out "$DISK/run"');
    expect(ended.stderr).toBe(
      `predicted, nothing is run: --backend model
RUN_FOLDER_NOT_MADE  ${folder}/run: expected to make a new folder for the evidence, found that EROFS: read-only file system, mkdir '${folder}/run'.
Try: name another place with --out DIR`,
    );
    expect(ended.exitCode).toBe(75);
  });
});
