import { writeFileSync } from 'node:fs';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { type SweepDocument, sweepText } from '../sweep/index.ts';
import { say } from './say.ts';

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
      process.stdout.write(text);
      throw new SkipbeatError(
        'SWEEP_NOT_WRITTEN',
        `--out ${out}: ${messageOf(thrown)}; the result stands on stdout instead.`,
        {
          exitCode: exitCodes.environment,
          cause: thrown,
        },
      );
    }
    say(`written to ${out}`);
  }
  process.stdout.write(json === true ? text : sweepText(document));
};
