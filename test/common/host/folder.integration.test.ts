import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeFolder } from '../../../src/common/host/folder.ts';

let place = '';
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-folder-'));
});
afterAll(() => rmSync(place, { recursive: true }));

test('makes a folder with those above it, and is content with one that is there', () => {
  const folder = join(place, 'a/b/c');
  makeFolder(folder);
  makeFolder(folder);
  expect(existsSync(folder)).toBe(true);
});

test.each([
  ['/proc/skipbeat/run', 'ENOENT'],
  ['/dev/null/run', 'EEXIST'],
])('%s ends with %s', (folder, code) => {
  expect(() => makeFolder(folder)).toThrow(expect.objectContaining({ code }));
});

test('a file in its place is refused', () => {
  const file = join(place, 'file');
  writeFileSync(file, '');
  expect(() => makeFolder(file)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
});
