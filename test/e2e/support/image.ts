import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The files that a program maps at its start, as `ldd` names them: its libraries and their loader. */
const librariesOf = async (program: string): Promise<readonly string[]> => {
  const { stdout } = await execa('ldd', [program]);
  return stdout.split('\n').flatMap((line) => /(?:=> |^\s*)(\/\S+) \(/.exec(line)?.[1] ?? []);
};

/**
 * A base with this process's own Node.js and its libraries, and nothing else: no registry has to answer, and whatever else
 * the image needed would be missed.
 */
export const makeBase = async (tag: string): Promise<void> => {
  const context = mkdtempSync(join(tmpdir(), 'skipbeat-base-'));
  try {
    const put = (from: string, to: string): void => {
      mkdirSync(dirname(join(context, 'files', to)), { recursive: true });
      copyFileSync(from, join(context, 'files', to));
    };
    put(process.execPath, '/usr/local/bin/node');
    for (const library of await librariesOf(process.execPath)) put(library, library);
    writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY files/ /\nENV PATH=/usr/local/bin\n');
    await execa('docker', ['build', '--tag', tag, context]);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
};

/**
 * Builds the image as `npm run image` does.
 * @returns what removes it and its base
 */
export const buildImage = async (tag: string): Promise<() => Promise<void>> => {
  const base = `${tag.replace(/:.*$/, '')}-base:test`;
  await makeBase(base);
  await execa(process.execPath, [join(root, 'tools/image.ts'), '--base', base, '--tag', tag], { cwd: root });
  return async () => {
    await execa('docker', ['image', 'rm', tag, base]);
  };
};
