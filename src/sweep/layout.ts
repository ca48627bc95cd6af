/** Lines of cells under one another, two blanks between them: columns named in `left` are text, the others numbers. */
export const columnsOf = (rows: readonly (readonly string[])[], left: readonly number[] = [0]): readonly string[] => {
  const widths = rows.reduce<readonly number[]>(
    (known, row) => row.map((cell, index) => Math.max(known[index] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, index) =>
        left.includes(index) ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
};

/** A share from 0 to 1: `67 %`, `2.5 %`; what is neither never nor always is not rounded to it. */
export const shareText = (share: number): string => {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return '<0.1 %';
  if (percent > 99.5 && percent < 100) return '>99 %';
  return `${Number(percent.toFixed(percent < 10 ? 1 : 0))} %`;
};
