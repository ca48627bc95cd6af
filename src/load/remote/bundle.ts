import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { modulePath, modulesFolder, packageFile } from '../../common/package.ts';

/** All that the generator is made of: no package is among it. */
export const generatorSources = ['load', 'common', 'timeline'] as const;

/** Where a pod has the generator, and its socket: a folder that it may write to. */
export const generatorFolder = '/skipbeat';
const socketIn = (folder: string): string => `${folder}/socket`;

/** The variable of a pod's container that holds the generator. */
export const bundleVariable = 'SKIPBEAT_GENERATOR';

const isModule = (name: string): boolean => /\.[jt]s$/.test(name) && !name.endsWith('.d.ts');

/** This very generator, compressed, in base64: some 60 kB. Whatever image has Node.js can run it. */
export const generatorBundle = (): string => {
  const paths = generatorSources.flatMap((source) => {
    const folder = join(modulesFolder, source);
    const names = readdirSync(packageFile(folder), { recursive: true, encoding: 'utf8' });
    return names.filter(isModule).map((name) => join(folder, name));
  });
  const files = ['package.json', ...paths.sort()].map((path) => [path, readFileSync(packageFile(path), 'utf8')]);
  const text = JSON.stringify(Object.fromEntries(files));
  const params = { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT };
  return brotliCompressSync(text, { params }).toString('base64');
};

/**
 * What the container runs: writes the generator down, and starts it. No `$` may stand in it, for a kubelet reads these.
 * @see kubernetes third_party/forked/golang/expansion
 */
export const generatorCommand = (folder: string = generatorFolder): readonly [string, ...string[]] => [
  'node',
  '--eval',
  [
    "const { mkdirSync, writeFileSync } = require('node:fs');",
    "const { dirname, join } = require('node:path');",
    `const text = require('node:zlib').brotliDecompressSync(Buffer.from(process.env.${bundleVariable}, 'base64'));`,
    'for (const [path, content] of Object.entries(JSON.parse(text))) {',
    `  const at = join('${folder}', path);`,
    '  mkdirSync(dirname(at), { recursive: true });',
    '  writeFileSync(at, content);',
    '}',
    `process.argv.splice(1, process.argv.length, 'generator', '${socketIn(folder)}');`,
    `import('${folder}/${modulePath('load/remote/in-pod')}');`,
  ].join('\n'),
];

/** What an exec into the container runs: carries lines between its own streams and the generator's socket. */
export const bridgeCommand = (folder: string = generatorFolder): readonly [string, ...string[]] => [
  'node',
  '--eval',
  [
    `const socket = require('node:net').connect('${socketIn(folder)}');`,
    'process.stdin.pipe(socket).pipe(process.stdout);',
    "socket.on('error', (error) => { console.error(error.message); process.exit(1); });",
    "socket.on('close', () => process.exit());",
  ].join('\n'),
];
