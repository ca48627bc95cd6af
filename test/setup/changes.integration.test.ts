import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isAsWritten } from '../../src/setup/changes.ts';

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
