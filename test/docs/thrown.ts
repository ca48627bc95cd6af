import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { type ExitCode, exitCodes } from '../../src/common/errors.ts';

/** A code, and an exit code that some place in the sources throws it with; null where reading alone does not tell. */
export type Thrown = { readonly code: string; readonly exit: ExitCode | null; readonly file: string };

/** A function that makes an error of the code that it is called with. */
type Maker = { readonly parameter: number; readonly exits: readonly (ExitCode | null)[] };

type Source = { readonly file: string; readonly tree: ts.SourceFile };

const isKnown = (name: string): name is keyof typeof exitCodes => name in exitCodes;

/** Every `exitCodes.NAME` in that text; null, alone, where there is none. */
const exitsIn = (text: string): readonly (ExitCode | null)[] => {
  const names = [...text.matchAll(/\bexitCodes\.(\w+)/g)].flatMap(([, name = '']) => (isKnown(name) ? [name] : []));
  return names.length === 0 ? [null] : [...new Set(names)].map((name) => exitCodes[name]);
};

const enclosing = (node: ts.Node): ts.ArrowFunction | null => {
  let at: ts.Node | undefined = node.parent;
  while (at !== undefined && !ts.isArrowFunction(at)) at = at.parent;
  return at ?? null;
};

const parameterOf = (node: ts.Node, name: string): { readonly index: number; readonly type: string } | null => {
  const parameters = enclosing(node)?.parameters ?? [];
  const index = parameters.findIndex((one) => ts.isIdentifier(one.name) && one.name.text === name);
  return index < 0 ? null : { index, type: parameters[index]?.type?.getText() ?? '' };
};

/** What the third argument of an error says: without an exit code it is a bug. */
const exitsOf = (made: ts.NewExpression): readonly (ExitCode | null)[] => {
  const options = made.arguments?.[2];
  if (options === undefined) return [exitCodes.bug];
  if (!ts.isObjectLiteralExpression(options)) return [null];
  const own = options.properties.find((one) => one.name?.getText() === 'exitCode');
  if (own === undefined) return options.properties.some(ts.isSpreadAssignment) ? [null] : [exitCodes.bug];
  if (ts.isPropertyAssignment(own)) return exitsIn(own.initializer.getText());
  // `{ exitCode }`: its type may name all that it can be.
  return exitsIn(parameterOf(own, 'exitCode')?.type ?? '');
};

/** The codes that an argument may be: `'A'`, or `wrong ? 'A' : 'B'`. */
const codesOf = (argument: ts.Expression | undefined): readonly string[] => {
  if (argument === undefined) return [];
  if (ts.isStringLiteral(argument)) return [argument.text];
  return ts.isConditionalExpression(argument) ? [...codesOf(argument.whenTrue), ...codesOf(argument.whenFalse)] : [];
};

const walk = (node: ts.Node, visit: (node: ts.Node) => void): void => {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
};

const isError = (node: ts.Node): node is ts.NewExpression =>
  ts.isNewExpression(node) && node.expression.getText() === 'SkipbeatError';

const makersIn = ({ tree }: Source): ReadonlyMap<string, Maker> => {
  const makers = new Map<string, Maker>();
  walk(tree, (node) => {
    if (!isError(node)) return;
    const [code] = node.arguments ?? [];
    const maker = enclosing(node)?.parent;
    const parameter = code !== undefined && ts.isIdentifier(code) ? parameterOf(node, code.text) : null;
    if (parameter === null || maker === undefined || !ts.isVariableDeclaration(maker)) return;
    makers.set(maker.name.getText(), { parameter: parameter.index, exits: exitsOf(node) });
  });
  return makers;
};

/** From which file each name of an import comes. */
const importsOf = ({ file, tree }: Source): ReadonlyMap<string, string> =>
  new Map(
    tree.statements.flatMap((one) => {
      if (!ts.isImportDeclaration(one) || !ts.isStringLiteral(one.moduleSpecifier)) return [];
      const from = join(dirname(file), one.moduleSpecifier.text);
      const named = one.importClause?.namedBindings;
      const names = named !== undefined && ts.isNamedImports(named) ? named.elements : [];
      return names.map(({ name }) => [name.text, from] as const);
    }),
  );

const sourcesIn = (folder: string): readonly Source[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => ({ file: join(folder, name), text: readFileSync(join(folder, name), 'utf8') }))
    .filter(({ text }) => /'[A-Z]+_[A-Z_]+'/.test(text))
    .map(({ file, text }) => ({ file, tree: ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true) }));

/** All errors that these folders' sources make, by themselves or by a function that makes them of a code. */
export const thrownIn = (folders: readonly string[]): readonly Thrown[] => {
  const sources = folders.flatMap(sourcesIn);
  const makers = new Map(sources.map((source) => [source.file, makersIn(source)]));
  return sources.flatMap(({ file, tree }) => {
    const found: Thrown[] = [];
    const imported = importsOf({ file, tree });
    const add = (codes: readonly string[], exits: readonly (ExitCode | null)[]): void => {
      for (const code of codes) for (const exit of exits) found.push({ code, exit, file });
    };
    walk(tree, (node) => {
      if (isError(node)) add(codesOf(node.arguments?.[0]), exitsOf(node));
      if (!ts.isCallExpression(node)) return;
      const name = node.expression.getText();
      const maker = makers.get(imported.get(name) ?? file)?.get(name);
      if (maker !== undefined) add(codesOf(node.arguments[maker.parameter]), maker.exits);
    });
    return found;
  });
};
