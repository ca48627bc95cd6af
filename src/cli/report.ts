import type { Command } from 'commander';
import { type ExitCode, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { docsPage } from '../common/package.ts';
import { repeatsText, runJson, summaryText } from '../report/index.ts';
import {
  holdsRepeats,
  type Manifest,
  type ReadRun,
  type ReportFormat,
  readCalibration,
  readRepeatsFolder,
  readRunFolder,
  readSealKey,
  renewManifest,
  reportFormats,
  writeManifest,
  writeRepeatsReports,
  writeReports,
} from '../run/index.ts';
import type { RunDocument } from '../verdict/index.ts';
import { recordedAgain } from './output/again.ts';
import { log, printCalibration, printDetection, printResult } from './output/print.ts';
import { screenOf } from './output/screen.ts';

type Options = {
  readonly format?: string;
  readonly acceptChanges?: boolean;
  readonly sealKey?: string;
  readonly json?: boolean;
  readonly color: boolean;
};

/** @throws SkipbeatError REPORT_FORMAT_UNKNOWN (exit 64) */
const readFormats = (text: string | undefined): readonly ReportFormat[] => {
  if (text === undefined) return reportFormats;
  if (text === 'none') return [];
  const asked = text.split(',').map((word) => word.trim());
  const unknown = asked.filter((word) => !reportFormats.some((format) => format === word));
  if (unknown.length === 0) return reportFormats.filter((format) => asked.includes(format));
  throw new SkipbeatError(
    'REPORT_FORMAT_UNKNOWN',
    `--format: expected ${reportFormats.join(', ')}, several of them with commas, or none, received ${JSON.stringify(unknown[0])}.`,
    { exitCode: exitCodes.usage, next: 'leave --format out: all of them are made' },
  );
};

const writing = async (folder: string, write: () => Promise<void>): Promise<void> => {
  try {
    await write();
  } catch (thrown) {
    throw new SkipbeatError(
      'REPORT_NOT_WRITTEN',
      `${folder}: the reports could not be written: ${messageOf(thrown)}.`,
      {
        exitCode: exitCodes.environment,
        cause: thrown,
        next: 'free space or copy the folder to where you may write; --format none writes nothing',
      },
    );
  }
};

const write = async (folder: string, run: ReadRun, formats: readonly ReportFormat[]): Promise<void> => {
  if (formats.length === 0) return;
  await writing(folder, async () => {
    const written = writeReports(folder, run, formats);
    if (run.manifest !== null) return renewManifest(folder, run.manifest, written);
    const place = run.events.find((event) => event.type === 'run.place');
    return writeManifest(folder, place?.versions ?? {}, 'report');
  });
};

const codes = { pass: exitCodes.ok, fail: exitCodes.notMet, inconclusive: exitCodes.inconclusive } as const;

type Sealed = Pick<RunDocument, 'evidence' | 'predicted'>;

const readOptions = ({ acceptChanges, sealKey }: Options) => ({
  acceptChanges: acceptChanges === true,
  againstModel: true,
  sealKey: sealKey === undefined ? null : readSealKey(sealKey),
});

/** What the seal of a real run proves where nothing speaks against it: that depends on who has written the folder. */
const logSeal = (
  { manifest, document }: { readonly manifest: Manifest | null; readonly document: Sealed },
  { sealKey }: Options,
): void => {
  if (manifest === null || document.evidence?.sealed !== true) return;
  if (sealKey !== undefined)
    log(`sealed with the key in ${sealKey}: nobody without that key has changed what was recorded`);
  else if (manifest.hmacSha256 !== undefined) log('sealed with a key, which was not checked: --seal-key FILE does');
  else if (!document.predicted)
    log(`sealed against accident, not against whoever can write the folder: see ${docsPage('run-folder.md')}`);
};

const reportRepeats = async (folder: string, options: Options, formats: readonly ReportFormat[]): Promise<ExitCode> => {
  const read = await readRepeatsFolder(folder, readOptions(options));
  for (const note of read.notes) log(note);
  logSeal(read, options);
  printResult(
    options.json === true
      ? runJson(read.document)
      : repeatsText(read.document, { ...screenOf(process.stdout, options.color), folder }),
  );
  if (formats.length > 0) await writing(folder, () => writeRepeatsReports(folder, read, formats));
  return codes[read.document.verdict];
};

const report = async (folder: string, options: Options): Promise<ExitCode> => {
  const formats = readFormats(options.format);
  if (holdsRepeats(folder)) return reportRepeats(folder, options, formats);
  const run = await readRunFolder(folder, readOptions(options));
  const { document, plan } = run;
  for (const note of run.notes) log(note);
  logSeal(run, options);
  printResult(
    options.json === true
      ? runJson(document)
      : summaryText(document, plan, {
          ...{ ...screenOf(process.stdout, options.color), folder },
          again: recordedAgain(folder, document, plan),
        }),
  );
  if (options.json !== true) {
    await printCalibration(await readCalibration(folder));
    await printDetection(document, screenOf(process.stdout, options.color));
  }
  await write(folder, run, formats);
  return codes[document.verdict];
};

/** `skipbeat report DIR`: judges a saved run anew and makes its reports again; also of one that was cut short. */
export const registerReport = (program: Command): void => {
  program
    .command('report')
    .description('judge a saved run anew, offline, and make its reports again from what was seen')
    .argument('<folder>', 'a run folder, such as runs/<time>-<scenario>')
    .option('--format <formats>', `only these files: ${reportFormats.join(', ')}; or none (default: all)`)
    .option('--accept-changes', 'take files that are not as the run left them as they are; they prove nothing (exit 2)')
    .option(
      '--seal-key <file>',
      'the key that the run was sealed with: a folder without its seal proves nothing (exit 2)',
    )
    .option('--json', 'print run.json alone')
    .option('--no-color', 'no colour')
    .action(async (folder: string, options: Options) => {
      process.exitCode = await report(folder, options);
    });
};
