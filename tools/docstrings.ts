// `npm run check:docstrings`: every `@param NAME` names a parameter of what follows, or one that a parameter takes apart.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import ts from 'typescript';

const namesOf = (name: ts.BindingName): readonly string[] => {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => {
    if (ts.isOmittedExpression(element)) return [];
    // `{ cluster: { node } }`: a docstring may name the property as well as what it is bound to.
    const property = element.propertyName;
    const own = property !== undefined && ts.isIdentifier(property) ? [property.text] : [];
    return [...own, ...namesOf(element.name)];
  });
};

const isFunction = (node: ts.Node): node is ts.SignatureDeclaration =>
  ts.isFunctionLike(node) && !ts.isConstructorTypeNode(node);

/** Parameters of the functions that a declaration is, makes or returns at once; not of those inside their bodies. */
const parametersOf = (node: ts.Node): readonly string[] => {
  if (isFunction(node)) {
    const own = node.parameters.flatMap(({ name }) => namesOf(name));
    const result = ts.isArrowFunction(node) && !ts.isBlock(node.body) ? node.body : undefined;
    return [...own, ...[node.type, result].flatMap((next) => (next === undefined ? [] : parametersOf(next)))];
  }
  const names: string[] = [];
  ts.forEachChild(node, (child) => {
    names.push(...parametersOf(child));
  });
  return names;
};

/**
 * What the docstrings of one file have to be changed in, each in a line.
 * @param file its path from the root of the repository
 */
export const strayParameters = (file: string, text: string): readonly string[] => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lines: string[] = [];
  const visit = (node: ts.Node): void => {
    for (const doc of ts.getJSDocCommentsAndTags(node)) {
      // What stands above a declaration is also given for the function that it declares.
      if (doc.parent !== node || !ts.isJSDoc(doc)) continue;
      const known = new Set(parametersOf(node));
      for (const tag of doc.tags ?? []) {
        if (!ts.isJSDocParameterTag(tag)) continue;
        const [name = ''] = tag.name.getText(source).split('.');
        if (known.has(name)) continue;
        const at = source.getLineAndCharacterOfPosition(tag.getStart(source)).line + 1;
        const expected = known.size === 0 ? 'no @param: nothing here takes any' : [...known].join(', ');
        lines.push(`${file}: line ${at}: expected ${expected}, found @param ${name}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lines;
};

if (import.meta.main) {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', ...['src', 'test', 'bench', 'tools']],
    { encoding: 'utf8' },
  );
  const files = listed.split('\n').filter((file) => file.endsWith('.ts') && existsSync(file));
  const lines = files.flatMap((file) => strayParameters(file, readFileSync(file, 'utf8')));
  for (const one of lines) process.stderr.write(`${one}\n`);
  process.exitCode = lines.length === 0 ? 0 : 1;
}
