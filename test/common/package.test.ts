import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { docsPage } from '../../src/common/package.ts';

test('a page is named by its path in the checkout', () => {
  expect(docsPage('run-folder.md#the-seal')).toBe('docs/run-folder.md#the-seal');
});

test('messages name pages that are there, by the path that they have where skipbeat is installed', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join('src', name), 'utf8').replaceAll(/^\s*(\/?\*|\/\/).*$/gm, ''));
  const named = sources.flatMap((text) => [...text.matchAll(/docsPage\('([^'#]+)/g)].map(([, page = '']) => page));
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((page) => !existsSync(join('docs', page)))).toEqual([]);
  // A path that stands in a text leads nowhere from the folder of somebody who has the package alone.
  const spelled = sources.flatMap((text) => [...text.matchAll(/docs\/[a-z-]+\.md/g)].map(([path]) => path));
  expect(spelled).toEqual([]);
});
