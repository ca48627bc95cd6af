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

describe('a disk that is full', () => {
  test('before anything is seen ends with 75 and a sentence', async () => {
    const ended = await withDisk('4k', 'run --out "$DISK/run"');
    expect(ended.stderr).toContain('DISK_FULL  Expected space on the disk, found ENOSPC');
    expect(ended.stderr).toContain('Try: free space (df -h), or choose other places: --out DIR');
    expect(ended.stderr).not.toMatch(/BUG|^\s+at /m);
    expect(ended.exitCode).toBe(75);
  });

  test('ends a run with 75, and what was seen until then stays', async () => {
    const ended = await withDisk(
      '64k',
      'run --out "$DISK/run"; code=$?; wc -c < "$DISK/run/events.ndjson"; exit $code',
    );
    expect(ended.stderr).toContain('RECORD_FAILED  The evidence could not be written to');
    expect(Number(ended.stdout)).toBeGreaterThan(4096);
    expect(ended.exitCode).toBe(75);
  });

  test('that has no room for a report is no bug', async () => {
    const ended = await withDisk('400k', 'run --out "$DISK/run" > /dev/null');
    expect(ended.stderr).toMatch(
      /^REPORT_BROKEN .*: not written: report.html \(ENOSPC: .*; the evidence itself is complete\.$/m,
    );
    expect(ended.exitCode).toBe(75);
  });

  test('that takes a part of the results on stdout does not count as having taken them', async () => {
    const ended = await withDisk(
      '4k',
      'mkdir /tmp/x$$ && run --json --out /tmp/x$$ > "$DISK/run.json"; code=$?; rm -r /tmp/x$$; exit $code',
    );
    expect(ended.stderr).toContain('DISK_FULL  Expected space on the disk, found ENOSPC');
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
    expect(ended.stderr).toMatch(/^RUN_FOLDER_NOT_MADE .*EROFS: read-only file system/m);
    expect(ended.exitCode).toBe(75);
  });
});
