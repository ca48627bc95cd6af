import { join, relative } from 'node:path';
import type { TimelineEvent } from '../../timeline/index.ts';
import { manifestFile, renewManifest, writeManifest } from '../read/manifest.ts';
import { isComplete, type ReadRepeats } from '../read/read-repeats.ts';
import { type ReportFormat, reportFormats, reportsOfRepeats } from './formats.ts';
import { writeMade, writeReports } from './write-reports.ts';

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
