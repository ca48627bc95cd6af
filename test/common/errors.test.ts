import { describe, expect, test } from 'vitest';
import { codeOf, exitCodes, firstOf, SkipbeatError, withStorageNamed } from '../../src/common/errors.ts';

const failed = (code: string, syscall: string) =>
  Object.assign(new Error(`${code}: …, ${syscall} '/x'`), { code, syscall });

describe('what a disk refused', () => {
  test.each([
    ['ENOSPC', 'write', 'DISK_FULL'],
    ['EDQUOT', 'fsync', 'DISK_FULL'],
    ['EROFS', 'mkdir', 'NOT_WRITABLE'],
    ['EACCES', 'open', 'NOT_WRITABLE'],
  ])('%s of %s(2) is an environment that is not ready', (code, syscall, named) => {
    expect(withStorageNamed(failed(code, syscall))).toMatchObject({ code: named, exitCode: exitCodes.environment });
    expect(codeOf(failed(code, syscall))).toBe(75);
  });

  test.each([
    ['EACCES', 'connect'],
    ['EPERM', 'kill'],
    ['EACCES', 'spawn docker'],
    ['ENOENT', 'open'],
  ])('is not what %s of %s says', (code, syscall) => {
    const thrown = failed(code, syscall);
    expect(withStorageNamed(thrown)).toBe(thrown);
    expect(codeOf(thrown)).toBe(70);
  });

  test('leaves what has a name of its own, and what is no error, as they are', () => {
    const own = new SkipbeatError('RECORD_FAILED', 'no', {
      exitCode: exitCodes.environment,
      cause: failed('ENOSPC', 'write'),
    });
    expect(withStorageNamed(own)).toBe(own);
    expect(withStorageNamed(null)).toBeNull();
    expect(codeOf('text')).toBe(70);
  });
});

describe('two failures', () => {
  const first = new SkipbeatError('INTERRUPTED', 'called off', { exitCode: exitCodes.interrupted, next: 'again' });

  test('are reported as the first one, which has the words of both', () => {
    expect(firstOf(first, new Error('no space'))).toMatchObject({
      ...{ code: 'INTERRUPTED', exitCode: 130, next: 'again', message: 'called off\nno space', cause: first },
    });
  });

  test('that say the same say it once', () => {
    expect(firstOf(first, new Error('called off'))).toBe(first);
    const both = firstOf(first, new Error('no space\nleft'));
    expect(firstOf(both, new Error('no space\nleft'))).toBe(both);
    expect(firstOf(both, new Error('no space'))).toBe(both);
    expect(firstOf(both, new Error('space'))).toMatchObject({ message: 'called off\nno space\nleft\nspace' });
  });

  test('that are one are that one, unchanged', () => {
    const second = new Error('no space');
    expect([firstOf(null, second), firstOf(undefined, second), firstOf(first, null)]).toEqual([second, second, first]);
    expect(firstOf(null, null)).toBeNull();
  });

  test('of which the first is a bug show that one as it is', () => {
    const bug = new TypeError('x is not a function');
    expect(firstOf(bug, new Error('no space'))).toBe(bug);
  });
});
