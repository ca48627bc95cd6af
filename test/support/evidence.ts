/** Evidence of a fault with N in place of what was counted and measured; what was asked, and what was lost, stays. */
export const withoutMeasures = (evidence: string): string =>
  evidence.replaceAll(
    /\d+ of \d+(?= connections)|\d+(?= (?:packets|delayed)\b)|(?<=(?:OUTPUT|INPUT) )\d+|(?<!asked \+ )\b\d+\.\d(?= (?:ms|kB)\b)/g,
    'N',
  );
