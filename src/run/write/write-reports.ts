import { join } from 'node:path';
import { codeOf, messageOf, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { writeWhole } from './write-atomically.ts';

/** Files that are made from the evidence alone, so that making them again gives the same bytes, by their format. */
const files = {
  json: 'run.json',
  markdown: 'summary.md',
  junit: 'junit.xml',
  html: 'report.html',
  openmetrics: 'openmetrics.txt',
} as const;

export type ReportFormat = keyof typeof files;

export const reportFormats = Object.keys(files) as readonly ReportFormat[];

/** The names of those files. */
export const reportFiles: readonly string[] = Object.values(files);

/** How each of them is made; null: of this there is none. */
export type ReportMakers<T> = Readonly<Record<ReportFormat, (of: T) => string | null>>;

/**
 * Writes them, or some of them; one that cannot be made does not keep the others from being.
 * @returns their names @throws SkipbeatError REPORT_BROKEN (exit 70; 75 for want of space), when all the others are written
 */
export const writeMade = <T>(
  folder: string,
  makers: ReportMakers<T>,
  of: T,
  formats: readonly ReportFormat[],
): readonly string[] => {
  const written: string[] = [];
  const broken: { readonly file: string; readonly thrown: unknown }[] = [];
  for (const format of formats) {
    const file = files[format];
    try {
      const text = makers[format](of);
      if (text === null) continue;
      writeWhole(join(folder, file), text);
      written.push(file);
    } catch (thrown) {
      broken.push({ file, thrown });
    }
  }
  if (broken.length === 0) return written;
  const words = broken.map(({ file, thrown }) => `${file} (${messageOf(thrown)})`).join(', ');
  const [{ thrown } = { thrown: null }] = broken;
  throw new SkipbeatError('REPORT_BROKEN', `${folder}: not written: ${words}; the evidence itself is whole.`, {
    // A format that cannot be made is a bug, a disk that is full is none.
    exitCode: codeOf(thrown),
    cause: thrown,
    next: skipbeat(`report ${folder}`),
  });
};
