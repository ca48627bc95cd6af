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

/** The title of a list, and which bugs are in it. */
const listed = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => /^(?:Known bugs of .*|kubernetes#\d+(?=: ))/.exec(line) ?? []);

const noTaint = 'kubernetes#94183';
/** Those that v1.20 and v1.21 have both, as they are listed. */
const others = [
  ...['kubernetes#120815', 'kubernetes#74651', 'kubernetes#122338', 'kubernetes#100277', 'kubernetes#113081'],
  ...['kubernetes#135205', 'kubernetes#85221', 'kubernetes#117555', 'kubernetes#111385', 'kubernetes#107543'],
  ...['kubernetes#140639', 'kubernetes#139992'],
];
const masters = 'kubernetes#77981';
const last = ['kubernetes#101652', 'kubernetes#102744', 'kubernetes#109998'];

test('the bugs of a version are listed, with or without its v', () => {
  const text = printed({ kubernetes: '1.20.2' });
  expect(listed(text)).toEqual(['Known bugs of v1.20.2: 17', noTaint, ...others, masters, ...last]);
  expect(printed({ kubernetes: 'v1.20.2' })).toBe(text);
  expect(listed(printed({ kubernetes: 'v1.20.5' }))).toEqual([
    ...['Known bugs of v1.20.5: 16', ...others, masters, ...last],
  ]);
});

test('as JSON each has its status on the version, and none where no version was asked for', () => {
  const of = (options: Parameters<typeof bugs>[0]) =>
    JSON.parse(printed({ ...options, json: true })) as { id: string; status: string | null }[];
  expect(of({ kubernetes: 'v1.20.2' }).find(({ id }) => id === 'kubernetes#94183')?.status).toBe('has');
  expect(new Set(of({}).map(({ status }) => status))).toEqual(new Set([null]));
});

test('of a minor those are listed that any patch of it has', () => {
  expect(listed(printed({ kubernetes: 'v1.20' }))).toEqual([
    ...['Known bugs of v1.20: 17', noTaint, ...others, masters, ...last],
  ]);
  expect(listed(printed({ kubernetes: 'v1.21' }))).toEqual(['Known bugs of v1.21: 15', ...others, ...last]);
});

test('a version that is none is refused', () => {
  for (const kubernetes of ['v1.99', '1.20.2.3', 'latest']) {
    expect(() => bugs({ kubernetes })).toThrow('expected an exact version');
  }
});
