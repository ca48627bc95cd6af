import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tokenFileSource } from '../../../src/cluster/reach/source.ts';

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-source-'));
  file = join(folder, 'token');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a tokenFile is read again after 50 s, and one that is gone leaves the last token in use', async () => {
  let nowMs = 0;
  const source = tokenFileSource('staging', { file, token: 'own' }, () => nowMs);
  const token = async () => (await source.current()).authorization;
  expect(await token()).toBe('Bearer own');
  writeFileSync(file, 'one\n');
  expect(await token()).toBe('Bearer one');
  writeFileSync(file, 'two\n');
  nowMs = 49_999;
  expect(await token()).toBe('Bearer one');
  nowMs = 50_000;
  expect(await token()).toBe('Bearer two');
  rmSync(file);
  nowMs = 1e6;
  expect(await token()).toBe('Bearer two');
});
