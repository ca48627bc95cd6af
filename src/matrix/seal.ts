import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { assertOutside, isSealOf, type SealKey, sealOf } from '../run/index.ts';
import { writeMatrix } from './store.ts';
import type { MatrixDocument } from './types.ts';

/** What a key seals of matrix.json: all of it but the seal. The records of the cells are sealed by themselves. */
const sealedText = ({ hmacSha256: _, ...document }: MatrixDocument): string =>
  JSON.stringify(['skipbeat matrix', document]);

/** Writes matrix.json, under the seal of a key where there is one. */
export const writeSealed = (folder: string, document: MatrixDocument, key: SealKey | null): void => {
  const { hmacSha256: _, ...unsealed } = document;
  writeMatrix(folder, key === null ? unsealed : { ...unsealed, hmacSha256: sealOf(key, sealedText(document)) });
};

/** Of a matrix that is gone on with without a key: what it rests on. */
export const unsealed = (folder: string): string =>
  `no seal key: what ${folder} held, results and what was asked for, rests on files that anyone could have edited; --seal-key FILE on a matrix of its own tells`;

/** What is left of a matrix that a key sealed is not gone on with, for nobody knows what it was. */
export const notAsSealed = (folder: string, problem: string): SkipbeatError =>
  new SkipbeatError('EVIDENCE_UNSEALED', `${folder}: ${problem}.`, {
    exitCode: exitCodes.inconclusive,
    next: 'get the folder again from where it was made, or begin the matrix again',
  });

/**
 * Whether a matrix may be gone on with.
 * @throws SkipbeatError EVIDENCE_UNSEALED (exit 2) where the key did not seal its matrix.json; MATRIX_INVALID (exit 64) where
 *   a key did, and none is given: going on would leave it without; SEAL_KEY_INVALID (exit 64) where the key lies in it
 */
export const assertSealed = (folder: string, document: MatrixDocument, key: SealKey | null): void => {
  const { hmacSha256 } = document;
  if (key === null && hmacSha256 === undefined) return;
  if (key === null) {
    throw new SkipbeatError(
      'MATRIX_INVALID',
      `${folder}: expected the key that this matrix is sealed with, found none.`,
      {
        exitCode: exitCodes.usage,
        next: skipbeat(`matrix --resume ${folder} --seal-key FILE`),
      },
    );
  }
  assertOutside(key, folder);
  if (hmacSha256 === undefined)
    throw notAsSealed(
      folder,
      `matrix.json: expected the seal of --seal-key ${key.file}, found none: the matrix had no key, or somebody without it wrote matrix.json again`,
    );
  if (!isSealOf(key, sealedText(document), hmacSha256))
    throw notAsSealed(
      folder,
      `matrix.json: expected the seal of --seal-key ${key.file}, found another: the matrix had another key, or somebody without it changed matrix.json`,
    );
};
