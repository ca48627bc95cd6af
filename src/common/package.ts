import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `.ts` where Node strips the types of the checkout's own sources, `.js` where this is the compiled package. */
const moduleEnding = extname(fileURLToPath(import.meta.url));

/** Whether the sources of a checkout run, and no compiled package. */
export const isCheckout = moduleEnding === '.ts';

/** The folder that all modules lie in, below the package's own: `src` of a checkout, `dist` of a package. */
export const modulesFolder = isCheckout ? 'src' : 'dist';

/**
 * A file that comes with this package, wherever the command is run. The package's folder is only ever read.
 * @param path from the package's folder: `scenarios/`, `kind-configs/single.yaml`
 */
export const packageFile = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/**
 * A page of the documentation, as a person finds it from anywhere: an installed package has its own.
 * @param name its file, and a heading of it where one is meant: `run-folder.md#the-seal`
 */
export const docsPage = (name: string): string => (isCheckout ? `docs/${name}` : packageFile(`docs/${name}`));

/** Where the module of that name lies in the package's folder: `src/load/worker.ts` for `load/worker`. */
export const modulePath = (name: string): string => `${modulesFolder}/${name}${moduleEnding}`;

/**
 * The module of that name beside the one that asks, for a thread or a process to start with: an `import` finds the
 * compiled file by itself, a URL does not.
 * @param name without an ending: `./worker`
 * @param asker `import.meta.url`
 */
export const moduleBeside = (name: string, asker: string): URL => new URL(name + moduleEnding, asker);

/** This package's own version, as package.json has it. */
export const packageVersion = (): string =>
  (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version;
