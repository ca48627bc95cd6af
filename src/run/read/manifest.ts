import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import type { Frozen } from '../../common/frozen.ts';
import { writeAll } from '../../common/host/text-file.ts';
import { packageVersion } from '../../common/package.ts';
import { reportFiles } from '../write/formats.ts';
import { isSealOf, type SealKey, sealOf } from './seal-key.ts';

export const manifestFile = 'manifest.json';

const texts = z.record(z.string(), z.string());

export const manifestShape = z
  .strictObject({
    schemaVersion: z.literal(1),
    sealedBy: z
      .enum(['run', 'report'])
      .describe(
        '`run`: written as the run ended. `report`: written later, over files that nothing vouched for: the run was killed before it could, or its own manifest was taken away. Such evidence never passes, however often it is sealed again.',
      ),
    versions: texts.describe('Of skipbeat, of Kubernetes and of every tool that took part.'),
    sha256: texts.describe('Of every other file in the folder, by its path in it.'),
    hmacSha256: z
      .string()
      .describe(
        'Of a run with --seal-key: HMAC-SHA-256 under that key of everything here but the sums of what `report` makes again.',
      )
      .exactOptional(),
  })
  .describe('manifest.json: what the folder held when it was closed, and what made it.');

export type Manifest = Frozen<z.infer<typeof manifestShape>>;

/** Files that `report` makes again, whoever asks it to: they are not sealed with a key, what they are made from is. */
const isMadeAgain = (name: string): boolean => {
  const [, own = name] = /^repeats\/\d+\/(.*)$/.exec(name) ?? [];
  // Of each repeat the manifest is sealed by itself.
  return reportFiles.includes(own) || (own !== name && own === manifestFile);
};

const entriesOf = (record: Readonly<Record<string, string>>): readonly (readonly [string, string])[] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

/** What a key seals, as one text and in one order. */
const sealedText = ({ schemaVersion, sealedBy, versions, sha256: sums }: Manifest): string =>
  JSON.stringify([
    'skipbeat manifest',
    schemaVersion,
    sealedBy,
    entriesOf(versions),
    entriesOf(sums).filter(([name]) => !isMadeAgain(name)),
  ]);

/** What speaks against a manifest that a key should have sealed, in words; null where nothing does. */
export const keyProblem = (manifest: Manifest, key: SealKey): string | null => {
  const { hmacSha256 } = manifest;
  if (hmacSha256 === undefined) {
    return `${manifestFile}: expected the seal of --seal-key ${key.file}, found none: the run had no key, or somebody without it sealed its folder again`;
  }
  return isSealOf(key, sealedText(manifest), hmacSha256)
    ? null
    : `${manifestFile}: expected the seal of --seal-key ${key.file}, found another: the run had another key, or somebody without it changed the folder`;
};

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((name) => name !== manifestFile)
    .sort();

/** A link may lead to what is no part of the folder, a pipe never ends: neither is evidence. */
export const isPlainFile = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;

const sha256 = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
};

const write = (folder: string, manifest: Manifest): void =>
  writeAll(join(folder, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);

/**
 * Closes a folder: sha256 of every other file in it, and the versions of everything that took part.
 * @param key of a run that seals its folder with one; nobody else vouches for it
 */
export const writeManifest = async (
  folder: string,
  versions: Readonly<Record<string, string>>,
  sealedBy: Manifest['sealedBy'] = 'run',
  key: SealKey | null = null,
): Promise<void> => {
  const files: Record<string, string> = {};
  for (const name of filesBelow(folder)) files[name] = await sha256(join(folder, name));
  const all = { skipbeat: packageVersion(), node: process.version, ...versions };
  const manifest: Manifest = { schemaVersion: 1, sealedBy, versions: all, sha256: files };
  write(folder, key === null ? manifest : { ...manifest, hmacSha256: sealOf(key, sealedText(manifest)) });
};

/** Takes the sums of some files anew and leaves those of all others, and the versions, as the run wrote them. */
export const renewManifest = async (folder: string, before: Manifest, files: readonly string[]): Promise<void> => {
  const renewed: Record<string, string> = { ...before.sha256 };
  for (const name of files) renewed[name] = await sha256(join(folder, name));
  write(folder, { ...before, sha256: Object.fromEntries(entriesOf(renewed)) });
};

/** Files that lie in the folder, or below it, and that the manifest does not list. */
export const unlistedFiles = (folder: string, { sha256: listed }: Manifest): readonly string[] =>
  filesBelow(folder).filter((name) => !Object.hasOwn(listed, name));

/** Every file of the manifest that is missing or is not what it was, in words. */
export const manifestProblems = async (folder: string, manifest: Manifest): Promise<readonly string[]> => {
  const problems: string[] = [];
  for (const [name, expected] of Object.entries(manifest.sha256)) {
    const path = join(folder, name);
    if (relative(folder, path).startsWith('..')) problems.push(`${name}: expected a file of this folder`);
    else if (lstatSync(path, { throwIfNoEntry: false }) === undefined)
      problems.push(`${name}: expected this file, found none`);
    else if (!isPlainFile(path)) problems.push(`${name}: expected a file, found a link or a folder`);
    else {
      const found = await sha256(path);
      if (found !== expected) {
        problems.push(`${name}: expected sha256 ${expected.slice(0, 12)}…, found ${found.slice(0, 12)}…`);
      }
    }
  }
  return problems;
};
