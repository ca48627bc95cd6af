import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../../common/errors.ts';
import { type RepeatsDocument, type RunDocument, withEvidence } from '../../verdict/index.ts';
import { checkOf } from './checks.ts';
import { documentProblems } from './document-problems.ts';
import { type Manifest, manifestFile, manifestProblems } from './manifest.ts';
import { nameAnother, readJson, schemaVersion, unreadable } from './read-folder.ts';

const checkSum = async (path: string): Promise<string | null> => {
  const folder = dirname(path);
  if (!existsSync(join(folder, manifestFile))) return null;
  const manifest = await readJson<Manifest>(folder, manifestFile, 'manifest');
  const expected = manifest.sha256[basename(path)];
  if (expected === undefined) return null;
  const [problem] = await manifestProblems(folder, { ...manifest, sha256: { [basename(path)]: expected } });
  return problem ?? null;
};

/** Contradictions that an error names. */
const maxShown = 5;

type ReadDocument = RunDocument | RepeatsDocument;

const byItself =
  'run.json: expected the folder that it was made from, found this file alone: nothing of the run is here to check';

/**
 * Reads a run.json by itself, of one run or of several repeats, and checks it: JSON, schema version, every name in it,
 * its sum where a manifest lies beside it, and that it does not contradict itself. It is no more than what somebody says of a run, and is marked so.
 * @returns `document` with that mark, `unmarked` as it stands in the file
 * @throws SkipbeatError EVIDENCE_UNREADABLE (exit 64)
 */
export const readDocument = async (
  path: string,
  { acceptChanges = false }: { readonly acceptChanges?: boolean } = {},
): Promise<{ readonly document: ReadDocument; readonly unmarked: ReadDocument }> => {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (thrown) {
    throw unreadable(`${path}: expected a run.json, found ${messageOf(thrown)}.`, nameAnother, thrown);
  }
  if (typeof value !== 'object' || value === null) throw unreadable(`${path}: expected a JSON object.`, nameAnother);
  const found = (value as { readonly schemaVersion?: unknown }).schemaVersion;
  if (found !== schemaVersion) {
    throw unreadable(
      `${path}: schemaVersion: expected ${schemaVersion}, received ${JSON.stringify(found) ?? 'none'}.`,
      'read it with the version of skipbeat that wrote it, which manifest.json names',
    );
  }
  const problem = (await checkOf('repeats' in value ? 'repeats' : 'run'))(value);
  if (problem !== null) {
    throw unreadable(
      `${path}: ${problem}.`,
      'read it with the version of skipbeat that wrote it; a file that was edited by hand is no evidence',
    );
  }
  const changed = await checkSum(path);
  if (changed !== null && !acceptChanges) {
    throw unreadable(
      `${path}: ${changed}.`,
      'get the file again from where it was made; --accept-changes takes it as it is',
    );
  }
  const unmarked = value as ReadDocument;
  const contradictions = documentProblems(unmarked);
  if (contradictions.length > 0) {
    throw unreadable(
      `${path}: expected a document that agrees with itself, found otherwise:\n  ${contradictions.slice(0, maxShown).join('\n  ')}`,
      'name the folder that it was made from; a file that was edited by hand is no evidence',
    );
  }
  return { unmarked, document: withEvidence(unmarked, [byItself]) };
};
