import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { packageVersion } from '../../common/package.ts';
import { readDocument } from '../read.ts';
import type { Cell, Detection, Shard, SweepSpec } from '../types.ts';

type Entry = Cell | Detection;

/** What of a sweep is finished, on the disk as it is finished. */
export type KeptSweep = {
  /** By an earlier start of the same sweep that was interrupted. */
  readonly done: readonly Entry[];
  readonly keep: (entry: Entry) => void;
  /** The whole stands elsewhere now. */
  readonly remove: () => void;
};

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch (thrown) {
    // The last line of a process that was killed while it wrote.
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
};

const readDone = (file: string, head: object): readonly Entry[] => {
  const [first, ...lines] = readFileSync(file, 'utf8').split('\n').map(parsed);
  if (!isDeepStrictEqual(first, head)) {
    throw new SkipbeatError(
      'SWEEP_KEPT_OF_ANOTHER',
      `${file}: expected what is finished of this sweep by this version of skipbeat, found another one's.`,
      {
        exitCode: exitCodes.usage,
        next: `start that sweep again to finish it, or remove ${file}`,
      },
    );
  }
  const entries = lines.filter((line): line is Entry => typeof line === 'object' && line !== null);
  const cells = entries.filter((entry) => 'pauseMs' in entry);
  const detections = entries.filter((entry) => !('pauseMs' in entry));
  const entire = readDocument(JSON.stringify({ ...head, cells, detections }), file);
  return [...entire.cells, ...entire.detections];
};

/**
 * Opens `<out>.partial`, which is there where the same sweep was interrupted before.
 * @throws SkipbeatError SWEEP_KEPT_OF_ANOTHER, SWEEP_FILE_INVALID (exit 64)
 */
export const openKept = (out: string, sweep: SweepSpec, shard: Shard | null): KeptSweep => {
  const file = `${out}.partial`;
  const head = { schemaVersion: 1, predicted: true, skipbeat: packageVersion(), sweep, shard };
  const done = existsSync(file) ? readDone(file, head) : [];
  // Written anew, so that half a line is gone and what follows stands on lines of its own.
  writeFileSync(file, [head, ...done].map((line) => `${JSON.stringify(line)}\n`).join(''));
  return {
    done,
    keep: (entry) => appendFileSync(file, `${JSON.stringify(entry)}\n`),
    remove: () => rmSync(file, { force: true }),
  };
};
