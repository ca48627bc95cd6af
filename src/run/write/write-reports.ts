import { join, relative } from 'node:path';
import { codeOf, messageOf, SkipbeatError } from '../../common/errors.ts';
import { writeAll } from '../../common/host/text-file.ts';
import { skipbeat } from '../../common/invocation.ts';
import type { TimelineEvent } from '../../timeline/index.ts';
import { manifestFile, renewManifest, writeManifest } from '../read/manifest.ts';
import { isComplete, type ReadRepeats } from '../read/read-repeats.ts';
import { type ReportFormat, reportFormats, reportsOfRepeats, reportsOfRun, type UnmadeReport } from './formats.ts';

/**
 * Makes and writes reports; one that cannot be made does not keep the others from being.
 * @returns the names of the files @throws SkipbeatError REPORT_BROKEN (exit 70; 75 for want of space), when all the others are written
 */
export const writeMade = (folder: string, reports: readonly UnmadeReport[]): readonly string[] => {
  const written: string[] = [];
  const broken: { readonly file: string; readonly thrown: unknown }[] = [];
  for (const { file, make } of reports) {
    try {
      const text = make();
      if (text === null) continue;
      writeAll(join(folder, file), text);
      written.push(file);
    } catch (thrown) {
      broken.push({ file, thrown });
    }
  }
  if (broken.length === 0) return written;
  const message = broken.map(({ file, thrown }) => `${file} (${messageOf(thrown)})`).join(', ');
  const [{ thrown } = { thrown: null }] = broken;
  throw new SkipbeatError('REPORT_BROKEN', `${folder}: not written: ${message}; the evidence itself is complete.`, {
    // A format that cannot be made is a bug, a disk that is full is none.
    exitCode: codeOf(thrown),
    cause: thrown,
    next: skipbeat(`report ${folder}`),
  });
};

/** Writes the reports of one run, or some of them. @returns their names @throws SkipbeatError REPORT_BROKEN */
export const writeReports = (
  folder: string,
  run: Parameters<typeof reportsOfRun>[0],
  formats: readonly ReportFormat[] = reportFormats,
): readonly string[] => writeMade(folder, reportsOfRun(run, formats));

const completeOf = ({ runs }: ReadRepeats) => runs.filter(({ run }) => isComplete(run.events));

/** Writes what is made of the repeats together. @returns the names of the files @throws SkipbeatError REPORT_BROKEN */
export const writeTogether = (
  folder: string,
  read: ReadRepeats,
  formats: readonly ReportFormat[] = reportFormats,
): readonly string[] =>
  writeMade(folder, reportsOfRepeats({ ...read, place: folder, complete: completeOf(read) }, formats));

const versionsOf = (events: readonly TimelineEvent[]): Readonly<Record<string, string>> =>
  events.find((event) => event.type === 'run.place')?.versions ?? {};

/** Of all that took part in any of them. */
export const versionsOfAll = ({ runs }: ReadRepeats): Readonly<Record<string, string>> =>
  versionsOf(runs.flatMap(({ run }) => run.events));

/** Writes what is made from the evidence alone, of the whole and of each repeat, and their sums. */
export const writeRepeatsReports = async (
  folder: string,
  read: ReadRepeats,
  formats: readonly ReportFormat[] = reportFormats,
): Promise<void> => {
  const written: string[] = [];
  for (const { folder: own, run } of read.runs) {
    const files = writeReports(own, run, formats);
    if (run.manifest !== null) await renewManifest(own, run.manifest, files);
    else await writeManifest(own, versionsOf(run.events), 'report');
    written.push(...[...files, manifestFile].map((file) => join(relative(folder, own), file)));
  }
  written.push(...writeTogether(folder, read, formats));
  if (read.manifest !== null) await renewManifest(folder, read.manifest, written);
  else await writeManifest(folder, versionsOfAll(read), 'report');
};
