/** What every screen has. */
const columns = 80;

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
  if (percent >= 99.5 && percent < 100) return '>99 %';
  return `${Number(percent.toFixed(percent < 10 ? 1 : 0))} %`;
};

/** Words in lines of at most 80 columns, the first after `prefix`, the others under its text. */
export const wrapped = (prefix: string, text: string): readonly string[] => {
  const lines: string[] = [];
  let line = prefix;
  for (const word of text.split(' ')) {
    const isFirst = line.length === prefix.length;
    if (!isFirst && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = ' '.repeat(prefix.length) + word;
    } else line = isFirst ? line + word : `${line} ${word}`;
  }
  return [...lines, line];
};
