import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/** The declarations that some of a package's entries reach, and the packages that these take types from. */
export type TypeImports = {
  /** From the package's folder. */
  readonly files: readonly string[];
  /** By the name that is imported: `zod`, `zod/v4/core`. */
  readonly packages: readonly string[];
};

/** Follows imports, `import('…')` in types, and references from declarations. @param entries paths of .d.ts, from `folder` */
export const typeImports = (folder: string, entries: readonly string[]): TypeImports => {
  const files = new Set(entries.map((entry) => join(folder, entry)));
  const packages = new Set<string>();
  // A set is walked to its end, what is added meanwhile included.
  for (const file of files) {
    const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
    for (const { fileName } of [...importedFiles, ...typeReferenceDirectives]) {
      if (fileName.startsWith('.')) files.add(join(dirname(file), fileName.replace(/\.[jt]s$/, '.d.ts')));
      else packages.add(fileName);
    }
  }
  return { files: [...files].map((file) => relative(folder, file)).sort(), packages: [...packages].sort() };
};
