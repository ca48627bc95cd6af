import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const file = 'src/backend/model/of-plan.ts';
const good = 'graceUs: us(effective.nodeMonitorGracePeriodMs),';
const worse = 'graceUs: us(15_000),';

/**
 * Puts a regression into a copy of the sources: nodes are NotReady after 15 s of silence, though nobody asked for it. The
 * plan stays what it was: evidence whose plan is another one does not stand at all.
 */
export const regress = (sources: string): void => {
  const path = join(sources, file);
  const text = readFileSync(path, 'utf8');
  if (text.split(good).length !== 2)
    throw new Error(`${file}: expected ${JSON.stringify(good)} once, found it otherwise`);
  writeFileSync(path, text.replace(good, worse));
};
