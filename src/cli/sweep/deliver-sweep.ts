import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type SweepDocument, sweepText } from '../../sweep/index.ts';
import { log, printResult } from '../output/print.ts';

/**
 * Refuses a file that cannot be written, before hours are spent on what is to stand in it.
 * @throws SkipbeatError SWEEP_OUT_INVALID (exit 64)
 */
export const checkOut = (out: string | undefined): void => {
  if (out === undefined) return;
  try {
    accessSync(dirname(out), constants.W_OK);
    if (statSync(out, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  } catch (thrown) {
    throw refused(out, messageOf(thrown), thrown);
  }
  throw refused(out, 'received a folder');
};

const refused = (out: string, found: string, cause?: unknown): SkipbeatError =>
  new SkipbeatError('SWEEP_OUT_INVALID', `--out ${out}: expected a file in a folder that can be written, ${found}`, {
    exitCode: exitCodes.usage,
    next: '--out FILE.json in a folder that is there',
    cause,
  });

/** Writes a sweep's document where that was asked for, and prints it. */
export const deliver = (
  document: SweepDocument,
  { out, json }: { readonly out?: string; readonly json?: boolean },
): void => {
  const text = `${JSON.stringify(document, null, 2)}\n`;
  if (out !== undefined) {
    try {
      writeFileSync(out, text);
    } catch (thrown) {
      printResult(text);
      throw new SkipbeatError(
        'SWEEP_NOT_WRITTEN',
        `--out ${out}: ${messageOf(thrown)}; the result stands on stdout instead.`,
        {
          exitCode: exitCodes.environment,
          next: `${skipbeat('sweep merge FILE')}, with what stdout holds in FILE, for the table`,
          cause: thrown,
        },
      );
    }
    log(`written to ${out}`);
  }
  printResult(json === true ? text : sweepText(document));
};
