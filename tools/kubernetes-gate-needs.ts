// `node tools/kubernetes-gate-needs.ts FOLDER` writes src/user-config/tables/gate-needs-table.ts from what
// tools/kubernetes-flags/main.go found in the sources of each version of v1.35 and later: FOLDER/1.35.4.json and so on. No
// minor before has gates that need others.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { knownMinors } from '../src/profile/index.ts';
import { grouped, head, ranges, readScans, type Scan, type State, specOn, stateOf } from './kubernetes-flags/tables.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('expected the folder of the scans');
const firstMinor = 35;
const scans = readScans(folder).filter(({ minor }) => minor >= firstMinor);
for (const minor of knownMinors) {
  if (minor >= firstMinor && !scans.some((each) => each.minor === minor)) {
    throw new Error(`expected a scan of v1.${minor}`);
  }
}

const table = (names: readonly string[], stateIn: (name: string, scan: Scan, minor: number) => State): string =>
  grouped([...new Set(names)], (name) =>
    ranges((minor) => {
      const own = scans.filter((each) => each.minor === minor);
      return own.length === 0 ? '-' : stateOf(own.map(({ scan }) => stateIn(name, scan, minor)));
    }),
  );

const pairsOf = ({ needs }: Scan): readonly string[] =>
  Object.entries(needs).flatMap(([gate, others]) => others.map((other) => `${gate}<${other}`));

const pairs = scans.flatMap(({ scan }) => pairsOf(scan));

const defaultOn = (name: string, scan: Scan, minor: number): State => {
  const value = specOn(scan.gates[name]?.Specs ?? [], minor)?.Default;
  if (!pairsOf(scan).some((pair) => pair.split('<').includes(name))) return '-';
  return value === 'true' ? 'T' : value === 'false' ? 'F' : '?';
};

writeFileSync(
  join(import.meta.dirname, '../src/user-config/tables/gate-needs-table.ts'),
  `${head('tools/kubernetes-gate-needs.ts')}/** Gates that cannot be on without another one, \`gate<other\`, by minors; \`?\`: not on all patches of those. */
export const gateNeedsTable = \`
${table(pairs, (pair, scan) => (pairsOf(scan).includes(pair) ? '' : '-'))}
\`;

/** What those are where nobody sets them: \`T\` on, \`F\` off, \`?\` not known. */
export const gateDefaultsTable = \`
${table(
  pairs.flatMap((pair) => pair.split('<')),
  defaultOn,
)}
\`;
`,
);
