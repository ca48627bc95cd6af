import { chmodSync, lstatSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { replaceText } from '../../src/common/host/text-file.ts';
import { isAsWritten, readChanges, writeDown } from '../../src/setup/changes.ts';

test('a file is as it was written, or another, or gone; one that cannot be read is none of these', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-changes-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'daemon.json');
  const change = { kind: 'file', path, before: null, after: 'ours' } as const;
  expect(await isAsWritten(change)).toBe(false);
  writeFileSync(path, 'ours');
  expect(await isAsWritten(change)).toBe(true);
  writeFileSync(path, 'another');
  expect(await isAsWritten(change)).toBe(false);
  await expect(isAsWritten({ ...change, path: folder })).rejects.toThrow('EISDIR');
});

test('what is written down is there whole at every moment: a kill or a full disk takes no text of before along', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-changes-'));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  vi.stubEnv('SKIPBEAT_STATE_DIR', folder);
  const change = { kind: 'file', path: join(folder, 'daemon.json'), before: 'x'.repeat(4_000_000), after: '' } as const;
  await writeDown(change);
  let isOver = false;
  const writing = Promise.all(['1', '2', '3'].map((after) => writeDown({ ...change, after }))).finally(() => {
    isOver = true;
  });
  while (!isOver) expect(await readChanges()).toHaveLength(1);
  await writing;
});

test('a file of others that is replaced stays whose it was, as closed as it was, and behind the link that leads to it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-changes-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [file, link] = [join(folder, 'theirs.json'), join(folder, 'daemon.json')];
  writeFileSync(file, 'a password');
  chmodSync(file, 0o600);
  symlinkSync(file, link);
  replaceText(link, 'a password, and ours');
  expect(readFileSync(file, 'utf8')).toBe('a password, and ours');
  expect([lstatSync(link).isSymbolicLink(), statSync(file).mode & 0o777]).toEqual([true, 0o600]);
});
