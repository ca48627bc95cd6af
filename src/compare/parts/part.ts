import type { RunDocument } from '../../verdict/index.ts';

/** A part of a figure, by run. */
export type Part = {
  /** The path of the figure. */
  readonly figure: string;
  readonly name: string;
  readonly value: (run: RunDocument) => number | null;
  /**
   * How much more of it there may be where its figure is the same; left out: as much as of the figure, of which it is a share.
   * @param own its own tolerance @param total that of its figure
   */
  readonly mayBeMore?: (own: number, total: number) => number;
  /** It speaks against a figure that is less alone: where that is the same, it is asked elsewhere. */
  readonly onlyOfLess?: true;
  /** The figure by whose tolerance it is judged, where that is another: of another unit. */
  readonly judgedAs?: string;
  /**
   * Where it varies by chance, so that it need not be shown to be the same: it speaks where it is worse in more runs than the
   * frequency tolerance (`often`), or only where that is significant.
   */
  readonly onlyWhere?: 'often' | 'significant';
};

/** Of a record that was read from JSON, whatever its names are: `constructor` is one for a node. */
export const entryOf = <T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;

/** What any of the runs has. */
export const namesIn = (runs: readonly RunDocument[], of: (run: RunDocument) => object): readonly string[] => [
  ...new Set(runs.flatMap((run) => Object.keys(of(run)))),
];

/** What is no share of its figure has to be the same by its own tolerance. */
export const byItself: Pick<Part, 'mayBeMore'> = { mayBeMore: (own) => own };
