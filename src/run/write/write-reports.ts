import { join } from 'node:path';
import { codeOf, messageOf, SkipbeatError } from '../../common/errors.ts';
import { writeAll } from '../../common/host/text-file.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type ReportFormat, reportFormats, reportsOfRun, type UnmadeReport } from './formats.ts';

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
  throw new SkipbeatError('REPORT_BROKEN', `${folder}: not written: ${message}; the evidence itself is whole.`, {
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
