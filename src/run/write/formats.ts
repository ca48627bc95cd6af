import { join, relative } from 'node:path';
import type { Plan } from '../../plan/index.ts';
import {
  htmlReport,
  junitXml,
  openMetricsText,
  repeatsJunitXml,
  repeatsMarkdown,
  repeatsOpenMetricsText,
  repeatsReport,
  runJson,
  summaryMarkdown,
} from '../../report/index.ts';
import type { RepeatsDocument } from '../../verdict/index.ts';

type OfRun = Parameters<typeof htmlReport>[0];

type OfRepeats = {
  readonly plan: Plan;
  readonly document: RepeatsDocument;
  /** Where the reports of all of them lie. */
  readonly place: string;
  /** Those that came to their end, each with its own folder. */
  readonly complete: readonly { readonly folder: string; readonly run: Pick<OfRun, 'document' | 'series'> }[];
};

/** A file that is made from the evidence alone, so that making it again gives the same bytes. */
type Format = {
  readonly file: string;
  readonly ofRun: (run: OfRun) => string;
  /** Of repeats together; null: there is none. */
  readonly ofRepeats: (repeats: OfRepeats) => string | null;
};

/** The page shows a spread; of no repeat there is none, and the page of the one that broke tells why. */
const repeatsPage = ({ plan, document, complete, place }: OfRepeats): string | null => {
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

/** Every format of a report, by the name that `report --format` has for it. */
const formats = {
  json: {
    file: 'run.json',
    ofRun: ({ document }) => runJson(document),
    ofRepeats: ({ document }) => runJson(document),
  },
  markdown: {
    file: 'summary.md',
    ofRun: ({ document, plan }) => summaryMarkdown(document, plan),
    ofRepeats: ({ document, plan }) => repeatsMarkdown(document, plan),
  },
  junit: {
    file: 'junit.xml',
    ofRun: ({ document }) => junitXml(document),
    ofRepeats: ({ document }) => repeatsJunitXml(document),
  },
  html: { file: 'report.html', ofRun: htmlReport, ofRepeats: repeatsPage },
  openmetrics: {
    file: 'openmetrics.txt',
    ofRun: ({ document }) => openMetricsText(document),
    ofRepeats: ({ document }) => repeatsOpenMetricsText(document),
  },
} as const satisfies Readonly<Record<string, Format>>;

export type ReportFormat = keyof typeof formats;

export const reportFormats = Object.keys(formats) as readonly ReportFormat[];

/** The names of the files. */
export const reportFiles: readonly string[] = Object.values(formats).map(({ file }) => file);

/** A file that is yet to be made; null: of this there is none. */
export type UnmadeReport = { readonly file: string; readonly make: () => string | null };

export const reportsOfRun = (run: OfRun, asked: readonly ReportFormat[]): readonly UnmadeReport[] =>
  asked.map((format) => ({ file: formats[format].file, make: () => formats[format].ofRun(run) }));

export const reportsOfRepeats = (repeats: OfRepeats, asked: readonly ReportFormat[]): readonly UnmadeReport[] =>
  asked.map((format) => ({ file: formats[format].file, make: () => formats[format].ofRepeats(repeats) }));
