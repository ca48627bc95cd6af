// `npm run bench:known-bugs`: version × bug. Of each version at which the table of known bugs changes, or that was measured,
// whether it has the bug by the table, by the model (null where the model cannot show it), and measured on the real
// controllers (null where they were not compiled, or cannot show it; the last lines say why). Exit 1 where model and table
// differ, or a measurement and the table. --json prints it as JSON; --measure asks the real controllers anew, which
// takes Go and, where they are not compiled yet, minutes a version; what real clusters did is taken from the record.
import { parseArgs } from 'node:util';
import { bugStatus, knownBugs, measured, measuredResults } from '../src/known-bugs/index.ts';
import { exactVersion, type Version } from '../src/profile/index.ts';
import { buildOracle } from '../test/backend/model/support/oracle.ts';
import { controllersOf } from '../test/known-bugs/controllers.ts';
import { measurements } from '../test/known-bugs/measurements.ts';
import { probes } from '../test/known-bugs/probes.ts';
import { measuredVersions } from '../test/known-bugs/versions.ts';

type Result = (typeof measuredResults)[number];
type Row = {
  readonly bug: string;
  readonly version: string;
  readonly table: ReturnType<typeof bugStatus>;
  readonly predicted: boolean | null;
  readonly measured: boolean | null;
};

const { values } = parseArgs({ options: { json: { type: 'boolean' }, measure: { type: 'boolean' } } });

const measureAll = async (): Promise<readonly Result[]> => {
  const found: Result[] = [];
  for (const version of measuredVersions) {
    const text = `v1.${version.minor}.${version.patch}`;
    const controllers = controllersOf(await buildOracle(text), version);
    for (const [id, measure] of Object.entries(measurements)) {
      const present = await measure(controllers);
      if (present !== null) found.push({ id, version: text, present, onCluster: false });
    }
  }
  return [...found, ...measuredResults.filter(({ onCluster }) => onCluster)];
};

const results = values.measure === true ? await measureAll() : measuredResults;

/** A minor alone ends with a patch that every one of them has had. */
const exact = (text: string, patch: number): Version =>
  exactVersion(text.split('.').length > 2 ? `v${text}` : `v${text}.${patch}`);
const before = ({ minor, patch }: Version): Version =>
  patch > 0 ? { minor, patch: patch - 1 } : { minor: Math.max(11, minor - 1), patch: 10 };
const textOf = ({ minor, patch }: Version): string => `v1.${minor}.${patch}`;

const rows = knownBugs.flatMap((bug): readonly Row[] => {
  const ends = [
    ...bug.affected.flatMap(([first, last]) => [before(exact(first, 0)), exact(first, 0), exact(last, 10)]),
    ...bug.fixedIn.map((version) => exact(version, 0)),
    ...results.filter(({ id }) => id === bug.id).map(({ version }) => exactVersion(version)),
  ];
  const versions = [...new Map(ends.map((version) => [textOf(version), version])).values()].toSorted(
    (one, other) => one.minor - other.minor || one.patch - other.patch,
  );
  return versions.map((version) => ({
    bug: bug.id,
    version: textOf(version),
    table: bugStatus(bug, version),
    predicted: probes[bug.id]?.(version) ?? null,
    measured: results.find((one) => one.id === bug.id && one.version === textOf(version))?.present ?? null,
  }));
});

const contradicts = ({ table, ...row }: Row): boolean =>
  table !== 'mayHave' && [row.predicted, row.measured].some((seen) => seen !== null && seen !== (table === 'has'));
const word = (seen: boolean | null): string => (seen === null ? '-' : seen ? 'present' : 'absent');

if (values.json === true) {
  process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
} else {
  const line = (cells: readonly string[]): string =>
    [20, 10, 9, 11, 10]
      .map((width, index) => (cells[index] ?? '').padEnd(width))
      .join('')
      .trimEnd();
  const head = line(['bug', 'version', 'table', 'predicted', 'measured']);
  const body = rows.map((row) => {
    const cells = [row.bug, row.version, row.table, word(row.predicted), word(row.measured)];
    return `${line(cells)}${contradicts(row) ? '   differs' : ''}`;
  });
  const unmeasured = knownBugs.flatMap(({ id }) => {
    const of = measured[id];
    return of !== undefined && 'notMeasured' in of ? [`${id} is not measured: ${of.notMeasured}`] : [];
  });
  process.stdout.write([head, ...body, '', ...unmeasured].map((text) => `${text}\n`).join(''));
}
const differing = rows.filter(contradicts).length;
process.stderr.write(`${rows.length} versions of bugs, ${differing} where table, model and measurement differ\n`);
if (differing > 0) process.exitCode = 1;
