import { join, relative } from 'node:path';
import {
  repeatsJunitXml,
  repeatsMarkdown,
  repeatsOpenMetricsText,
  repeatsReport,
  runJson,
} from '../../report/index.ts';
import type { TimelineEvent } from '../../timeline/index.ts';
import { writeReports } from '../read/evidence.ts';
import { manifestFile, renewManifest, writeManifest } from '../read/manifest.ts';
import { isComplete, type ReadRepeats } from '../read/read-repeats.ts';
import { type ReportFormat, type ReportMakers, reportFormats, writeMade } from './write-reports.ts';

type Together = ReadRepeats & { readonly place: string };

/** The page shows a spread; of no repeat there is none, and the page of the one that broke tells why. */
const html = ({ plan, document, runs, place }: Together): string | null => {
  const complete = runs.filter(({ run }) => isComplete(run.events));
  if (complete.length === 0) return null;
  return repeatsReport({
    plan,
    document,
    runs: complete.map(({ folder, run }) => ({
      document: run.document,
      series: run.series,
      href: join(relative(place, folder), 'report.html'),
    })),
  });
};

const makers: ReportMakers<Together> = {
  json: ({ document }) => runJson(document),
  markdown: ({ document, plan }) => repeatsMarkdown(document, plan),
  junit: ({ document }) => repeatsJunitXml(document),
  html,
  openmetrics: ({ document }) => repeatsOpenMetricsText(document),
};

/** Writes what is made of the repeats together. @returns the names of the files @throws SkipbeatError REPORT_BROKEN */
export const writeTogether = (
  folder: string,
  read: ReadRepeats,
  formats: readonly ReportFormat[] = reportFormats,
): readonly string[] => writeMade(folder, makers, { ...read, place: folder }, formats);

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
