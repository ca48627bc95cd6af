// `npm run bench:known-bugs`: version × bug. Of each version at which the table of known bugs changes, whether it has the
// bug by the table, by the model (null where the model cannot show it), and measured on real controllers (null where
// nobody has). Exit 1 where model and table differ, or a measurement and the table.
// --json prints it as JSON; --measured FILE takes measurements: [{"bug": "kubernetes#94183", "version": "v1.20.2",
// "present": true}, …].
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bugStatus, knownBugs } from '../src/known-bugs/index.ts';
import { exactVersion, type Version } from '../src/profile/index.ts';
import { probes } from '../test/known-bugs/probes.ts';

type Measured = { readonly bug: string; readonly version: string; readonly present: boolean };
type Row = {
  readonly bug: string;
  readonly version: string;
  readonly table: ReturnType<typeof bugStatus>;
  readonly predicted: boolean | null;
  readonly measured: boolean | null;
};

const { values } = parseArgs({ options: { json: { type: 'boolean' }, measured: { type: 'string' } } });
const measurements =
  values.measured === undefined ? [] : (JSON.parse(readFileSync(values.measured, 'utf8')) as Measured[]);

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
    ...measurements.filter((one) => one.bug === bug.id).map(({ version }) => exactVersion(version)),
  ];
  const versions = [...new Map(ends.map((version) => [textOf(version), version])).values()].toSorted(
    (one, other) => one.minor - other.minor || one.patch - other.patch,
  );
  return versions.map((version) => ({
    bug: bug.id,
    version: textOf(version),
    table: bugStatus(bug, version),
    predicted: probes[bug.id]?.(version) ?? null,
    measured: measurements.find((one) => one.bug === bug.id && one.version === textOf(version))?.present ?? null,
  }));
});

const contradicts = ({ table, predicted, measured }: Row): boolean =>
  table !== 'mayHave' && [predicted, measured].some((seen) => seen !== null && seen !== (table === 'has'));
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
  process.stdout.write([head, ...body].map((text) => `${text}\n`).join(''));
}
const differing = rows.filter(contradicts).length;
process.stderr.write(`${rows.length} versions of bugs, ${differing} where table, model and measurement differ\n`);
if (differing > 0) process.exitCode = 1;
