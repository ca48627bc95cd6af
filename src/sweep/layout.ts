/** A share from 0 to 1: `67 %`, `2.5 %`; what is neither never nor always is not rounded to it. */
export const shareText = (share: number): string => {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return '<0.1 %';
  if (percent >= 99.5 && percent < 100) return '>99 %';
  return `${Number(percent.toFixed(percent < 10 ? 1 : 0))} %`;
};
