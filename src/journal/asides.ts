import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../common/errors.ts';
import { isProcessIdentity, lifeOf } from '../common/host/process.ts';
import { draftPrefix, gonePrefix, journalRoot, jsonIn, ownerName } from './journal.ts';

/** Whether who made a journal aside has ended; one that does not say who that was may still be made. */
const isAbandoned = (draft: string): boolean => {
  try {
    const owner = JSON.parse(readFileSync(jsonIn(draft, ownerName), 'utf8')) as { readonly process?: unknown } | null;
    return isProcessIdentity(owner?.process) && lifeOf(owner.process) === 'dead';
  } catch (thrown) {
    if (thrown instanceof SyntaxError || errnoOf(thrown) !== null) return false;
    throw thrown;
  }
};

/**
 * Removes what processes that were killed left of journals that were no journal yet, or none any more. Whatever else lies
 * there is somebody's.
 * @throws what the file system says of one that cannot be removed
 */
export const removeAsides = (): void => {
  let names: readonly string[];
  try {
    names = readdirSync(journalRoot());
  } catch (thrown) {
    // Where it cannot be read, whoever looks for journals there says so.
    if (errnoOf(thrown) !== null) return;
    throw thrown;
  }
  for (const name of names) {
    const path = join(journalRoot(), name);
    const goes = name.startsWith(gonePrefix) || (name.startsWith(draftPrefix) && isAbandoned(path));
    if (goes) rmSync(path, { recursive: true, force: true });
  }
};
