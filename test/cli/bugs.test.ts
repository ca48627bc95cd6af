import { afterEach, expect, test, vi } from 'vitest';
import { bugs } from '../../src/cli/bugs.ts';
import { exitCodes } from '../../src/common/errors.ts';

afterEach(() => vi.restoreAllMocks());

/** What the command prints. */
const printed = (options: Parameters<typeof bugs>[0]): string => {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  expect(bugs(options)).toBe(exitCodes.ok);
  vi.restoreAllMocks();
  return written.join('');
};

/** The first line of one, as it is wrapped at 80 columns. */
const noTaint = 'kubernetes#94183: the NoExecute taint, which evicts pods, may never come to a';

test('the bugs of a version are listed, with or without its v', () => {
  const text = printed({ kubernetes: '1.20.2' });
  expect(text).toMatch(/^Known bugs of v1\.20\.2: \d+\n/);
  expect(text.split('\n')).toContain(noTaint);
  expect(printed({ kubernetes: 'v1.20.2' })).toBe(text);
  expect(printed({ kubernetes: 'v1.20.5' })).not.toContain('kubernetes#94183');
});

test('as JSON each has its status on the version, and none where no version was asked for', () => {
  const of = (options: Parameters<typeof bugs>[0]) =>
    JSON.parse(printed({ ...options, json: true })) as { id: string; status: string | null }[];
  expect(of({ kubernetes: 'v1.20.2' }).find(({ id }) => id === 'kubernetes#94183')?.status).toBe('has');
  expect(new Set(of({}).map(({ status }) => status))).toEqual(new Set([null]));
});

test('of a minor those are listed that any patch of it has', () => {
  expect(printed({ kubernetes: 'v1.20' }).split('\n')).toContain(noTaint);
  expect(printed({ kubernetes: 'v1.21' })).not.toContain('kubernetes#94183');
});

test('a version that is none is refused', () => {
  for (const kubernetes of ['v1.99', '1.20.2.3', 'latest']) {
    expect(() => bugs({ kubernetes })).toThrow('expected an exact version');
  }
});
