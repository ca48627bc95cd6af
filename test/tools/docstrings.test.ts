import { expect, test } from 'vitest';
import { strayParameters } from '../../tools/docstrings.ts';

test('a docstring that names what is no parameter of what follows is found, with the names that there are', () => {
  const text = [
    '/** @param say prints a line */',
    'export const watch = (log: (line: string) => void, texts: readonly string[]): void => log(texts.join());',
    '/** @param object as it came */',
    'export function sight({ metadata: { name } }: Node, [first]: readonly string[]): string { return name + first; }',
    '/** @param any */',
    'export const nothing = 1;',
  ].join('\n');
  expect(strayParameters('src/watch/watch.ts', text)).toEqual([
    'src/watch/watch.ts: line 1: expected log, texts, found @param say',
    'src/watch/watch.ts: line 3: expected metadata, name, first, found @param object',
    'src/watch/watch.ts: line 5: expected no @param: nothing here takes any, found @param any',
  ]);
});

test('parameters of functions, types, methods, and of functions that they return are named, and what is taken apart', () => {
  const text = [
    '/** @param options.signal ends it @param ms how long */',
    'export const pause = async (ms: number, options: Options): Promise<void> => undefined;',
    '/** @param node by its name */',
    'export type Exec = (node: string) => Promise<string>;',
    'type Api = {',
    '  /** @param path from the root */',
    '  readonly get: (path: string) => string;',
    '  /** @param body as JSON */',
    '  put(body: string): void;',
    '};',
    '/** @param second of the function that is returned */',
    'const curried = (first: number) => (second: number) => first + second;',
    '/** @param ref as it is called outside @param inner as it is bound */',
    'const bound = ({ ref: inner = true }: Options) => inner;',
  ].join('\n');
  expect(strayParameters('src/common/wait.ts', text)).toEqual([]);
});

test('parameters of functions inside a body are not those of what is declared', () => {
  const text =
    '/** @param inner no parameter of this */\nconst outer = (own: number) => {\n  return ((inner: number) => inner)(own);\n};\n';
  expect(strayParameters('src/common/wait.ts', text)).toEqual([
    'src/common/wait.ts: line 1: expected own, found @param inner',
  ]);
});
