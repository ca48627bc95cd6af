import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commandLine, invocationOf, programName, skipbeat } from '../../src/common/invocation.ts';
import { moduleBeside, modulePath, packageFile } from '../../src/common/package.ts';

test('sources of a checkout are started by its scripts, a package by npx or by its own name', () => {
  expect(invocationOf(true, undefined)).toBe('checkout');
  expect(invocationOf(true, 'exec')).toBe('checkout');
  expect(invocationOf(false, 'exec')).toBe('npx');
  // A script of somebody's package.json, and a shell.
  expect(invocationOf(false, 'run-script')).toBe('installed');
  expect(invocationOf(false, undefined)).toBe('installed');
});

test('the same hint is typed in three ways', () => {
  const typed = (command: string): readonly string[] =>
    (['checkout', 'npx', 'installed'] as const).map((invocation) => commandLine(invocation, command));
  expect(typed('doctor')).toEqual(['npm run skipbeat -- doctor', 'npx skipbeat doctor', 'skipbeat doctor']);
  expect(typed('run tight-grace')).toEqual([
    'npm run scenario -- tight-grace',
    'npx skipbeat run tight-grace',
    'skipbeat run tight-grace',
  ]);
  expect(typed('setup')).toEqual(['npm run setup', 'npx skipbeat setup', 'skipbeat setup']);
  expect(typed('setup --rebuild')).toEqual([
    'npm run setup -- --rebuild',
    'npx skipbeat setup --rebuild',
    'skipbeat setup --rebuild',
  ]);
});

test('tests run in a checkout', () => {
  expect(programName).toBe('npm run skipbeat --');
  expect(skipbeat('list')).toBe('npm run skipbeat -- list');
});

test('a module is found beside the one that asks and from the package’s folder, with the ending that it has here', () => {
  expect(moduleBeside('./worker', 'file:///x/dist/load/load.js').href).toBe('file:///x/dist/load/worker.ts');
  expect(modulePath('load/remote/remote')).toBe('src/load/remote/remote.ts');
  expect(existsSync(packageFile(modulePath('load/remote/remote')))).toBe(true);
});
