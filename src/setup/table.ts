import { checkNames, type EnvironmentCheck } from './check.ts';

const nameWidth = Math.max(...checkNames.map((name) => name.length));
const stateWidth = 'missing'.length;

/** The checks as a table for people: one row a check, then what is wrong and the command that mends it. */
export const renderChecks = (checks: readonly EnvironmentCheck[], width = 80): string => {
  const indent = 2 + nameWidth + 2 + stateWidth + 2;
  return checks
    .flatMap((check) => {
      const facts = [check.found, check.problem].filter((fact) => fact !== null);
      const text = [...facts, ...(check.mend === null ? [] : [`Try: ${check.mend}`])];
      const optional = check.requiredFor === 'ha' && check.state !== 'ready' ? ['needed for topology ha only'] : [];
      const lines = [...text, ...optional].flatMap((line) => wrap(line, width - indent));
      const head = `  ${check.name.padEnd(nameWidth)}  ${check.state.padEnd(stateWidth)}  `;
      return lines.map((line, index) => (index === 0 ? head : ' '.repeat(indent)) + line);
    })
    .join('\n');
};

/** Breaks at spaces; a word longer than a line stands alone on one. */
const wrap = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
};
